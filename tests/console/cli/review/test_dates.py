"""Whole days as they are typed."""

from datetime import UTC, date, datetime

import pytest
import typer

from console.cli.review.dates import days_of, purpose_of

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("30d", None, (date(2026, 10, 24), date(2026, 11, 23))),
        ("2026-11-01", "2026-11-08", (date(2026, 11, 1), date(2026, 11, 8))),
        ("2d", "1d", (date(2026, 11, 21), date(2026, 11, 22))),
    ],
)
def test_days_are_of_utc_and_the_last_is_not_in_it(
    since: str, until: str | None, found: tuple[date, date]
) -> None:
    assert days_of(since, until, NOW) == found


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("yesterday", None),
        ("2026-11-01T10:00", None),
        ("99999999d", None),
        ("d", None),
        ("0d", None),
        ("1d", "2d"),
    ],
)
def test_what_is_no_whole_day_is_an_error_of_usage(since: str, until: str | None) -> None:
    with pytest.raises(typer.BadParameter):
        days_of(since, until, NOW)


def test_every_look_is_for_something() -> None:
    assert purpose_of(" why ") == "why"
    with pytest.raises(typer.BadParameter):
        purpose_of(" ")
