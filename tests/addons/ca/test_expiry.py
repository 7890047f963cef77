"""When to say that an authority ends."""

from datetime import timedelta

import pytest

from addons.ca.expiry import days_left, warning_for
from tests.addons.ca.made import NOW


@pytest.mark.parametrize(
    ("left", "days"),
    [(timedelta(days=3, hours=23), 3), (timedelta(), 0), (timedelta(hours=-1), -1)],
)
def test_days_are_whole_ones(left: timedelta, days: int) -> None:
    assert days_left(NOW + left, NOW) == days


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (91, None),
        (90, "plan"),
        (31, "plan"),
        (30, "begin"),
        (8, "begin"),
        (7, "finish"),
        (0, "finish"),
        (-1, "has ended"),
    ],
)
def test_warnings_become_more_urgent(days: int, says: str | None) -> None:
    warning = warning_for(days)
    assert warning is None if says is None else says in (warning or "")
