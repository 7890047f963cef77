"""Figures in the order of time, for a plot and a table: by hour or day, or by week where days are many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.cli.review.figures_shown import COUNTED, moment, numbers
from console.cli.review.page import Table
from console.cli.review.plots import Columns, Series, columns
from policy.review.figures import Figures, FiguresAt

_MOST_DAYS = 92  # of a plot; columns of more cannot be told apart


@dataclass(frozen=True, slots=True)
class Span:
    """One column of a plot."""

    label: str
    figures: Figures


def plot(figures: Sequence[FiguresAt], *, hourly: bool) -> Columns:
    """Visits by verdict, a column an hour, day or week."""
    by_week = not hourly and len(figures) > _MOST_DAYS
    spans = (
        _weeks(figures)
        if by_week
        else [Span(_label(each.at, hourly=hourly), each.figures) for each in figures]
    )
    step = "hour" if hourly else "week, beginning on Monday" if by_week else "day"
    return columns(
        "by-time",
        f"Visits by {step} (UTC)",
        [span.label for span in spans],
        [
            Series("blocked", "block", tuple(span.figures.blocked for span in spans)),
            Series("work purpose asked", "confirm", tuple(span.figures.confirmed for span in spans)),
            Series("allowed", "allow", tuple(span.figures.allowed for span in spans)),
        ],
    )


def table(caption: str, figures: Sequence[FiguresAt], *, hourly: bool) -> Table:
    """Every hour or day that has anything."""
    return Table(
        caption,
        ("hour" if hourly else "day", *COUNTED),
        tuple(
            (moment(each, hourly=hourly), *numbers(each.figures))
            for each in figures
            if each.figures != Figures()
        ),
    )


def _label(at: datetime, *, hourly: bool) -> str:
    return f"{at:%-d %b %H:00}" if hourly else f"{at:%-d %b}"


def _weeks(figures: Sequence[FiguresAt]) -> list[Span]:
    weeks: dict[datetime, list[Figures]] = {}
    for each in figures:
        weeks.setdefault(each.at - timedelta(days=each.at.weekday()), []).append(each.figures)
    return [Span(_label(monday, hourly=False), _sum(of)) for monday, of in weeks.items()]


def _sum(several: Sequence[Figures]) -> Figures:
    return Figures(*(sum(of) for of in zip(*map(numbers, several), strict=True)))
