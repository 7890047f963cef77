"""
What was done with the powers of review in one quarter, in numbers that may be published (S3.16).

What is counted are acts of the organisation: authorities, looks, changes. Of people there are two numbers,
and those are not told where they are small.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from policy.errors import ReviewRefused
from policy.review.disclosure import FEWEST
from policy.words import Purpose

_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year, in UTC."""

    year: int
    number: int

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first instant that is not in it."""
        return (Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)).since

    def __str__(self) -> str:
        """Such as "2026-Q4"."""
        return f"{self.year}-Q{self.number}"


def read_quarter(text: str) -> Quarter:
    """The quarter somebody typed. Raises `ReviewRefused`."""
    found = _QUARTER.fullmatch(text.strip())
    if found is None or not 2000 <= int(found[1]) <= 9000:
        raise ReviewRefused(f"{text[:20]!r} is no quarter; give one such as 2026-Q4")
    return Quarter(int(found[1]), int(found[2]))


def last_quarter(now: datetime) -> Quarter:
    """The last one that is over."""
    at = now.astimezone(UTC)
    number = (at.month - 1) // 3
    return Quarter(at.year, number) if number else Quarter(at.year - 1, 4)


@dataclass(frozen=True, slots=True)
class Counts:
    """What there was in a quarter, as it was counted; `*_now` is as it stands today."""

    asked: dict[Purpose, int] = field(default_factory=dict)
    granted: dict[Purpose, int] = field(default_factory=dict)
    refused: int = 0
    taken_back: int = 0
    revoked: int = 0
    looks: dict[Purpose, int] = field(default_factory=dict)  # within authorities, by their purpose
    looks_without: int = 0  # statistics, dip samples …
    looks_refused: int = 0
    people_told: int = 0
    people_not_yet: int = 0  # named by authorities that were over in the quarter, and not told so far
    withheld: int = 0  # authorities whose people are not told, for a reason written down
    to_be_asked_again_now: int = 0
    openings_asked: int = 0
    openings: int = 0
    privileged_changes: int = 0
    break_glass: int = 0
    bypasses: int = 0
    break_glass_unconfirmed: int = 0
    holds: int = 0
    withdrawals: int = 0  # entries that were found wrong
    wrong_answered: int = 0  # of what staff said was in the wrong category
    disposals: int = 0


def figures(counts: Counts) -> Iterator[tuple[str, int | None]]:
    """Each number by its name, in the order in which they are read; None is not told, being small."""
    for purpose in Purpose:
        yield f"authorities asked for, {purpose}", counts.asked.get(purpose, 0)
    for purpose in Purpose:
        yield f"authorities granted, {purpose}", counts.granted.get(purpose, 0)
    yield "authorities refused", counts.refused
    yield "requests taken back", counts.taken_back
    yield "authorities revoked", counts.revoked
    for purpose in Purpose:
        yield f"looks within an authority, {purpose}", counts.looks.get(purpose, 0)
    yield "looks without one, at numbers and samples", counts.looks_without
    yield "looks refused", counts.looks_refused
    yield "people told of a review", _of_people(counts.people_told)
    yield "people not told of one yet", _of_people(counts.people_not_yet)
    yield "reviews that nobody is told of, for a reason", counts.withheld
    yield "of all of these, to be asked again today", counts.to_be_asked_again_now
    yield "openings of sealed parts asked for", counts.openings_asked
    yield "openings of sealed parts", counts.openings
    yield "changes to lists of privileged sites", counts.privileged_changes
    yield "break-glass openings", counts.break_glass
    yield "bypasses of a gateway", counts.bypasses
    yield "of both, not confirmed by a second person in time", counts.break_glass_unconfirmed
    yield "legal holds placed", counts.holds
    yield "wrong entries withdrawn", counts.withdrawals
    yield "challenges to a category answered", counts.wrong_answered
    yield "disposals of records", counts.disposals


def _of_people(number: int) -> int | None:
    return None if 0 < number < FEWEST else number
