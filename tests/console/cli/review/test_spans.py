"""Figures in the order of time."""

from datetime import UTC, datetime, timedelta

from console.cli.review import spans
from policy.review.figures import Figures, FiguresAt

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)


def days(number: int) -> list[FiguresAt]:
    return [FiguresAt(MONDAY + timedelta(days=day), Figures(blocked=1)) for day in range(number)]


def test_some_days_are_a_column_each() -> None:
    plot = spans.plot(days(96), hourly=False)
    assert plot.title == "Visits by day (UTC)"
    assert len(plot.bars) == 96
    assert plot.labels[0].text == "2 Nov"


def test_many_days_are_a_column_a_week_and_none_is_lost() -> None:
    plot = spans.plot(days(100), hourly=False)
    assert plot.title == "Visits by week, beginning on Monday (UTC)"
    blocked = plot.legend[0]
    assert blocked.values == (7,) * 14 + (2,)


def test_hours_say_which() -> None:
    plot = spans.plot([FiguresAt(MONDAY.replace(hour=7), Figures(allowed=1))], hourly=True)
    assert plot.labels[0].text == "2 Nov 07:00"


def test_a_table_has_what_is_there() -> None:
    table = spans.table("By day", [*days(1), FiguresAt(MONDAY + timedelta(days=1), Figures())], hourly=False)
    assert table.rows == (("2026-11-02", 0, 0, 1, 0, 0, 0),)


def test_many_hours_are_a_column_a_day() -> None:
    hours = [FiguresAt(MONDAY + timedelta(hours=hour), Figures(allowed=1)) for hour in range(14 * 24)]
    plot = spans.plot(hours, hourly=True)
    assert plot.title == "Visits by day (UTC)"
    assert plot.legend[2].values == (24,) * 14
