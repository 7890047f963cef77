"""
Figures of a review: of people within an authority, and of nobody without one.

A visit is counted once, under its verdict. What is no visit is counted apart, and what an entry decided that
was found wrong is counted as that and as nothing else. Nothing here orders people by a number: `Report` has
no figure of a person at all.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from policy.review.rows import Found
from policy.words import Verdict

MOST_HOSTS = 50  # of one report


@dataclass(frozen=True, slots=True)
class Figures:
    """How many final decisions there were of something."""

    allowed: int = 0  # visits
    confirmed: int = 0  # visits that were asked for a work purpose
    blocked: int = 0  # visits
    other: int = 0  # no visits: embedded, background …, and what is not known
    other_refused: int = 0  # of those, how many were not allowed
    withdrawn: int = 0  # decided by an entry that was wrong: in none of the others

    @property
    def visits(self) -> int:
        """All that count as visits."""
        return self.allowed + self.confirmed + self.blocked


@dataclass(frozen=True, slots=True)
class FiguresOf:
    """Figures of one thing: a category, a host, a list, …"""

    what: str | None  # None: of none, such as no category
    figures: Figures


@dataclass(frozen=True, slots=True)
class FiguresAt:
    """Figures of one hour or day."""

    at: datetime  # its beginning, UTC
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """What there was within an authority, in numbers."""

    since: datetime
    until: datetime
    total: Figures
    by_day: tuple[FiguresAt, ...]  # UTC; every day of the period, those without anything too
    by_category: tuple[FiguresOf, ...]  # each: by name
    by_list: tuple[FiguresOf, ...]
    by_host: tuple[FiguresOf, ...]  # with the most visits first, at most `MOST_HOSTS`
    hosts: int  # how many there were
    by_exemption: tuple[FiguresOf, ...]
    by_person_how: tuple[FiguresOf, ...]  # how people were known, which limits what all of it shows
    by_unit: tuple[FiguresOf, ...]  # by name


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one person asked for, in the order of time: figures by hour or day, and a part of the rows."""

    person: str
    since: datetime
    until: datetime
    hourly: bool  # else each of `figures` is a day
    figures: tuple[FiguresAt, ...]  # only those with anything
    found: Found  # newest first


class Dimension(StrEnum):
    """What statistics are counted by, beside the time."""

    CATEGORY = "category"
    LIST = "list"  # whole months only
    UNIT = "unit"  # whole months only; not with LIST
    CLASS = "class"  # the retention class


@dataclass(frozen=True, slots=True)
class StatisticsQuestion:
    """Which numbers somebody wants who names nobody: of whole days, or of whole months (UTC)."""

    purpose: str
    organisation: str
    since: date
    until: date  # the first day that is not in it
    by: tuple[Dimension, ...] = (Dimension.CATEGORY,)
    monthly: bool = False  # whole months rather than days; by unit or list always


@dataclass(frozen=True, slots=True)
class StatisticsCell:
    """One count as the tallies have it: not to be shown before disclosure control (`disclosure.py`)."""

    period: date  # the first day of its day or month
    category: str | None
    list: str | None
    unit: str | None
    retention_class: str | None
    verdict: Verdict
    visit: bool
    number: int
    people: int | None  # how many different ones are in its month; None where nobody is named
    withdrawn: int = 0  # decisions that were taken out of it, whose people are still in `people`


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """One count as it may be shown."""

    period: date
    category: str | None
    list: str | None
    unit: str | None
    retention_class: str | None
    verdict: Verdict
    visit: bool
    number: int  # of what may be told, to the nearest five


@dataclass(frozen=True, slots=True)
class Statistics:
    """
    The answer to a `StatisticsQuestion`: what may be told.

    What has no row was nothing, or may not be told; which of the two is not said. So a number is "at least".
    """

    since: date
    until: date
    monthly: bool  # else each period is a day
    rows: tuple[StatisticsRow, ...]
    gone: tuple[str, ...] = ()  # retention class and month ("visit 2026-07") that are not kept whole any more
