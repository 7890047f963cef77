"""Which attributes tell what."""

import pytest
from pydantic import ValidationError

from console.people.settings import PeopleSettings


def test_an_attribute_has_a_plain_name_or_is_not_asked_for() -> None:
    assert PeopleSettings(ends="accountExpires", unit="").unit == ""
    with pytest.raises(ValidationError):
        PeopleSettings(unit="a)(b=c")


@pytest.mark.parametrize("days", [0, 732])
def test_a_role_is_held_for_two_years_at_most(days: int) -> None:
    with pytest.raises(ValidationError):
        PeopleSettings(role_days=days)
