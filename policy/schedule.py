"""
Named times of the week: when personal use is allowed, or a night shift has its break.

A schedule is decided by the clock on the wall of its zone: it holds at an instant if that clock then shows
a day and time inside one of its windows. Nothing is added to instants, so nothing can be an hour off after
a clock change, and anybody can check a decision by the clock they looked at. In Europe/London, what follows:

    In March the clock leaps from 01:00 to 02:00. No instant shows 01:30, so a window from 01:15 to 01:45
    does not open that night, and one from 00:30 to 02:30 is an hour shorter.
    In October the clock shows every time between 01:00 and 02:00 twice. A window from 00:30 to 02:30 is an
    hour longer; one from 01:15 to 01:45 opens twice.

A window ends at its last minute's end: `12:00-14:00` holds at 13:59:59.999 and not at 14:00. One that ends
before it begins crosses midnight and belongs to the day on which it begins: `fri 22:00-02:00` is over at two
on Saturday.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, model_validator

from policy.sections.part import Part

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60

_WINDOW = re.compile(r"([a-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_EXPECTED = (
    'expected days and times such as "mon-fri 12:00-14:00", "sat,sun 00:00-24:00" or "fri 22:00-02:00"'
)

type Stretch = tuple[int, int]  # minutes of one day: from, until (that minute no longer included)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The windows of a schedule, by day, Monday first, as stretches that do not cross midnight."""

    zone: ZoneInfo
    days: tuple[tuple[Stretch, ...], ...]

    def holds(self, at: datetime) -> bool:
        """Whether the clock on the wall is inside a window at `at` (aware)."""
        wall = at.astimezone(self.zone)
        minute = wall.hour * 60 + wall.minute
        return any(begins <= minute < ends for begins, ends in self.days[wall.weekday()])


def timetable(zone: str, windows: tuple[str, ...]) -> Timetable:
    """
    The schedule of these windows.

    Raises `ValueError` for a zone that the machine does not know, and for what is no window.
    """
    days: list[list[Stretch]] = [[] for _ in DAYS]
    for window in windows:
        for day, begins, ends in _occurrences(window):
            if begins < ends:
                days[day].append((begins, ends))
            else:
                days[day].append((begins, DAY))
                days[(day + 1) % 7].append((0, ends))
    return Timetable(_zone(zone), tuple(tuple(sorted(stretches)) for stretches in days))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'zone: no time zone {name!r}; expected such as "Europe/London"') from error


def _occurrences(window: str) -> list[tuple[int, int, int]]:
    """`"sat,sun 10:00-12:00"` as days with minutes: `[(5, 600, 720), (6, 600, 720)]`."""
    found = _WINDOW.fullmatch(window)
    if found is None:
        raise ValueError(f"windows: {window!r}: {_EXPECTED}")
    begins = _minute(window, found[2], found[3])
    ends = _minute(window, found[4], found[5])
    if begins in {ends, DAY}:
        raise ValueError(f"windows: {window!r} has no length; a whole day is 00:00-24:00")
    return [(day, begins, ends) for day in _days(window, found[1])]


def _minute(window: str, hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > DAY:
        raise ValueError(f"windows: {window!r}: no such time as {hour}:{minute}")
    return minutes


def _days(window: str, text: str) -> list[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise ValueError(f"windows: {window!r}: {part!r} is no day; {_EXPECTED}")
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if dash else 0
        days.update((begin + step) % 7 for step in range(length + 1))
    return sorted(days)


class Schedule(Part):
    """A named schedule as it stands in the policy file."""

    zone: str = "Europe/London"
    windows: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=60)], ...], Field(min_length=1, max_length=50)
    ]

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        timetable(self.zone, self.windows)
        return self

    @cached_property
    def timetable(self) -> Timetable:
        """What is asked at each request."""
        return timetable(self.zone, self.windows)
