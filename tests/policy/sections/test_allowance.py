"""The personal-use allowance: off unless minutes and categories are given."""

from typing import Any

import pytest
from pydantic import ValidationError

from policy.sections.allowance import Allowance
from tests.samples import shipped_policy


def test_it_is_off_by_default() -> None:
    assert shipped_policy().allowance is None


@pytest.mark.parametrize(
    "keys",
    [
        {"categories": ["games"]},
        {"minutes_a_day": 30},
        {"categories": [], "minutes_a_day": 30},
        {"categories": ["games"], "minutes_a_day": 1441},
        {"categories": ["games"], "minutes_a_day": 0},
    ],
)
def test_half_an_allowance_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Allowance.model_validate(keys)


def test_without_a_schedule_it_holds_at_any_time() -> None:
    assert Allowance(categories=("games",), minutes_a_day=1440).schedule == ""
