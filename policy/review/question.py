"""A question about decisions that name people, as a reviewer asks it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from policy.words import Verdict

MOST_ROWS = 200  # of one page of an answer


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next one begins behind it. Newest first, so both go down."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked within an authority; everything that is given must hold.

    Whatever is left out is as the authority has it: no people means all that it names, no period its period.
    """

    authority: str  # its reference
    purpose: str  # of the look, in the reviewer's own words: kept with the Access
    since: datetime | None = None
    until: datetime | None = None
    people: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    host: str | None = None  # it and everything below it
    list: str | None = None
    entry: str | None = None
    exemption: str | None = None
    reference: str | None = None  # of a page that somebody read out
    visits_only: bool = False  # else visits come apart from the rest, and nothing else counts as one
    size: int = 50
    after: Cursor | None = None
