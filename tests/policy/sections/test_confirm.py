"""How long a stated work purpose holds."""

import pytest
from pydantic import ValidationError

from policy.sections.confirm import Confirm
from tests.samples import shipped_policy


def test_an_hour_unless_the_policy_says_otherwise() -> None:
    assert Confirm().minutes == shipped_policy().confirm_minutes == 60


@pytest.mark.parametrize("minutes", [0, 1441, -5])
def test_never_for_no_time_and_never_for_more_than_a_day(minutes: int) -> None:
    with pytest.raises(ValidationError):
        Confirm(minutes=minutes)
