"""Figures in the order of time, for a plot and a table: by hour or day, or by week where days are many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.cli.review.figures_shown import COUNTED, moment, numbers
from console.cli.review.page import Table
from console.cli.review.plots import Columns, Series, columns
from policy.review.figures import Figures, FiguresAt

_MOST = 96  # columns of a plot; more cannot be told apart


@dataclass(frozen=True, slots=True)
class Span:
    """One column of a plot."""

    label: str
    figures: Figures


def plot(figures: Sequence[FiguresAt], *, hourly: bool) -> Columns:
    """Visits by verdict, a column an hour, day or week: the shortest of which there are not too many."""
    step = "hour" if hourly else "day"
    spans = [Span(_label(each.at, hourly=hourly), each.figures) for each in figures]
    if len(spans) > _MOST and hourly:
        step, spans = "day", _sums(figures, _day)
    if len(spans) > _MOST:
        step, spans = "week, beginning on Monday", _sums(figures, _monday)
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


def _day(at: datetime) -> datetime:
    return at.replace(hour=0)


def _monday(at: datetime) -> datetime:
    return _day(at) - timedelta(days=at.weekday())


def _sums(figures: Sequence[FiguresAt], beginning: Callable[[datetime], datetime]) -> list[Span]:
    spans: dict[datetime, list[Figures]] = {}
    for each in figures:
        spans.setdefault(beginning(each.at), []).append(each.figures)
    return [Span(_label(at, hourly=False), _sum(of)) for at, of in spans.items()]


def _sum(several: Sequence[Figures]) -> Figures:
    return Figures(*(sum(of) for of in zip(*map(numbers, several), strict=True)))
