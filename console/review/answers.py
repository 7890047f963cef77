"""
What comes out of the review service beside what `policy/review/` has: plain data, for every way of asking it.

Every shape here crosses the wire as JSON by its own field names (`console/review/wire.py`), so that a field
is added with a default and never renamed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from db.replay import PastRequest
from db.review.accesses import Looked
from policy.review.question import Cursor
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope
from policy.words import Replayed, Verdict

type State = Literal["waiting", "in-force", "over", "refused", "all"]
"""Which authorities a list is of; "over" is expired and revoked ones, "refused" also what was taken back."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an answer was read within: part of it, since what is outside is not in it."""

    access: UUID  # the Access that was committed before the rows were read
    authority: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Within[A]:
    """An answer, and the bounds that it was read within."""

    bounds: Bounds
    answer: A


@dataclass(frozen=True, slots=True)
class Again:
    """What judging a decision again gave."""

    verdict: Verdict
    reason: str
    category: str | None
    list: str | None
    line: int | None
    entry: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision, and what the lists and the policy of its time say of it today."""

    decision: ReviewedDecision
    replayed: Replayed
    why: str  # in words: what was the same, what differs, or why it cannot be told
    again: Again | None  # None: it could not be judged again


@dataclass(frozen=True, slots=True)
class Figure:
    """One compliance figure. `number` None is not told, being small."""

    name: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Transparency:
    """What was done with the powers of review in one quarter."""

    quarter: str  # "2026-Q4"
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """One page of Accesses, newest first."""

    rows: tuple[Looked, ...]
    after: Cursor | None


@dataclass(frozen=True, slots=True)
class Withheld:
    """People who have not been told of a review, and why."""

    authority: str
    matter: str
    at: datetime
    by: str
    because: str
    ask_again: datetime | None


@dataclass(frozen=True, slots=True)
class PastPiece:
    """Some of the requests of one day, for a preview to judge again."""

    day: date  # UTC
    requests: tuple[PastRequest, ...]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that this service signs its exports by (Ed25519)."""

    public: str  # 64 hexadecimal digits
    fingerprint: str  # to be read out over another way
