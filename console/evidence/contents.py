"""
What an export is made of: plain data, gathered before a byte is written.

`Contents` has what was found and everything that bears on what it shows: by which authority it was asked for,
by which rules it was decided, who had been told, and what is known to be missing. What follows from it for
whoever relies on it is in words in `limits.py`, and on the first page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db.break_glass import Overlap
from db.proof.showing import NOTHING_SHOWN, Shown
from db.review.bearing import Disposal, NoticeRead, PolicyUsed, RulesetUsed, Silence
from db.shared_use import SharedUse
from policy.review.authority import Authority
from policy.review.question import Question
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope


@dataclass(frozen=True, slots=True)
class Row:
    """One decision in an export."""

    decision: ReviewedDecision
    belongs_to: UUID | None = None  # the visit because of which the browser asked for it by itself
    asked_for: bool = True  # False: it stands beside a visit, and the question alone would not have found it


@dataclass(frozen=True, slots=True)
class SpoolLoss:
    """Records of a gateway that did not reach the log."""

    gateway: str
    what: str  # in words
    at: datetime | None  # when it was noticed


@dataclass(frozen=True, slots=True)
class Gaps:
    """What is known to be missing, or may be."""

    break_glass: tuple[Overlap, ...] = ()
    disposals: tuple[Disposal, ...] = ()
    silences: tuple[Silence, ...] = ()
    silences_since: datetime | None = (
        None  # what was before is not known any more: some of it was disposed of
    )
    spool: tuple[SpoolLoss, ...] = ()
    spools_known: bool = False  # whether it is known of every gateway whether its spool lost anything


@dataclass(frozen=True, slots=True)
class Clocks:
    """How the clocks stood when the export was made."""

    database_ahead_s: float  # of the service's clock
    synchronised: bool | None  # the service's machine; None: its kernel does not say
    max_error_s: float | None


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in an export of a review."""

    marking: str
    made_at: datetime
    made_by: str
    access: UUID
    question: Question
    scope: Scope
    authority: Authority
    rows: Sequence[Row]  # oldest first
    notices: Sequence[NoticeRead]  # oldest first
    shared_uses: Sequence[SharedUse]
    policies: Sequence[PolicyUsed]
    rulesets: Sequence[RulesetUsed]
    gaps: Gaps
    clocks: Clocks
    proofs: Shown = NOTHING_SHOWN  # what shows of rows that they are as a gateway sent them
    revision: str = ""  # of the schema
