"""
Plots, as small SVG pictures in a page: no script, no font of their own, legible in print and in grey.

Here is the geometry, plain numbers; `templates/pieces.html` draws it. Verdicts are told apart by pattern and
lightness, not by hue alone, and beside every plot the page has its numbers in a table: a plot adds nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH = 720  # of the picture, in its own units: about one pixel of a screen, or a quarter of a millimetre
HEIGHT = 250
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 34
_MOST_LABELS = 10
_CHARACTER = 7.5  # the width of one of a label, and what keeps two labels apart
_TICKS = 4
_LEADING = (4, 8, 12, 16, 20, 24, 32, 40, 48, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing that is counted, by a word of the style sheet (`allow`, `confirm`, `block`, …)."""

    name: str
    drawn: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a column."""

    x: float
    y: float
    width: float
    height: float
    drawn: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A plot of columns beside each other, each of pieces on top of each other."""

    id: str  # in its page
    title: str
    says: str  # the same in a sentence, for who cannot see it
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]  # of the vertical axis, with where
    labels: tuple[Mark, ...]  # below the columns
    legend: tuple[Series, ...]


def columns(id_: str, title: str, labels: Sequence[str], series: Sequence[Series]) -> Columns:
    """
    The plot of these series, whose values belong to the labels one by one.

    What is zero is not drawn; what is not zero can be seen, however small it is beside the rest.
    """
    sums = [sum(each.values[place] for each in series) for place in range(len(labels))]
    top = _round_up(max(sums, default=0))
    high = HEIGHT - TOP - BOTTOM
    slot = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    gap = min(slot * 0.2, 6)
    bars = []
    for place in range(len(labels)):
        floor = float(HEIGHT - BOTTOM)
        for each in series:
            if not each.values[place]:
                continue
            tall = max(each.values[place] / top * high, 1.0)
            floor -= tall
            bars.append(
                Bar(
                    x=_short(LEFT + place * slot + gap / 2),
                    y=_short(floor),
                    width=_short(slot - gap),
                    height=_short(tall),
                    drawn=each.drawn,
                )
            )
    widest = (max(map(len, labels), default=0) + 1) * _CHARACTER
    step = max(ceil(len(labels) / _MOST_LABELS), ceil(widest / slot), 1)
    return Columns(
        id=id_,
        title=title,
        says=_says(series),
        bars=tuple(bars),
        ticks=tuple(
            Mark(_short(HEIGHT - BOTTOM - high * tick / _TICKS), f"{top * tick // _TICKS:,}")
            for tick in range(_TICKS + 1)
        ),
        labels=tuple(
            Mark(_short(LEFT + (place + 0.5) * slot), labels[place]) for place in range(0, len(labels), step)
        ),
        legend=tuple(series),
    )


def _says(series: Sequence[Series]) -> str:
    counted = ", ".join(f"{sum(each.values):,} {each.name}" for each in series)
    return f"In all: {counted}. The table has every number."


def _round_up(number: int) -> int:
    """Not much more, a quarter of which is a whole and plain number: 4, 8 … 24, 32 … 80, 100, 120, 160 …"""
    ten = 1
    while True:
        for leading in _LEADING:
            if leading * ten >= number:
                return leading * ten
        ten *= 10


def _short(number: float) -> float:
    return round(number, 2)
