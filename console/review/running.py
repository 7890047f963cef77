"""
What those who run the gateway and keep its lists may see: sites, counts and pieces of pages, and nobody.

No authority is needed, since no row names anybody; the role is, and each look is an Access.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, timedelta
from itertools import batched
from uuid import UUID

from console.review.answers import PastPiece
from console.review.parts import Parts
from console.review.recording import Recording
from db.operator_view import ShownDecision, recent
from db.page_view import PagePiece, pieces
from db.replay import Asked, Past
from db.review.looks import Look
from db.visited import VisitedHost, most_visited
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.words import Purpose, ReviewerRole

_PREVIEW = "lists preview"
MOST_DAYS = 366  # of one preview
_AT_ONCE = 2_000  # requests of the past in one piece


class Running:
    """What one person may see of the gateway's work."""

    def __init__(self, parts: Parts, reviewer: Reviewer, *, program: bool = False) -> None:
        """`program`: it is no person who asks, and may ask which sites many people visit."""
        self._parts = parts
        self._program = program
        self._recording = Recording(parts.looks, reviewer)

    def decisions(
        self, since: datetime, blocked_only: bool, reference: str | None, limit: int
    ) -> tuple[ShownDecision, ...]:
        """The last decisions, newest first."""
        question: dict[str, object] = {
            "since": since.isoformat(),
            "blocked_only": blocked_only,
            "limit": limit,
        }
        if reference is not None:
            question["reference"] = reference
        with self._look("decisions", question) as look:
            found = recent(
                look.connection, since=since, blocked_only=blocked_only, reference=reference, limit=limit
            )
            look.seen(len(found))
        return tuple(found)

    def page(self, page: str) -> tuple[PagePiece, ...]:
        """What was recorded for pages of `https://example.org` in the last hour."""
        with self._look("explain --page", {"page": page}) as look:
            found = pieces(look.connection, page)
            look.seen(len(found))
        return tuple(found)

    def most_visited(self, limit: int) -> tuple[VisitedHost, ...]:
        """The hosts that many people visit, most visits first."""
        with self._look("most visited hosts", {"limit": limit}, programs=True) as look:
            found = most_visited(look.connection, self._parts.now(), limit)
            look.seen(len(found))
        return tuple(found)

    def begin_preview(self, since: date, until: date, question: dict[str, str]) -> UUID:
        """Record what a preview is of: these whole days (UTC), both included. The others go on with it."""
        days = (until - since).days
        record: dict[str, object] = {
            **question,
            "days": days,
            "since": since.isoformat(),
            "until": until.isoformat(),
        }
        with self._recording.refusals(_PREVIEW, record, purpose=Purpose.QUALITY):
            if not 0 <= days <= MOST_DAYS:
                raise ReviewRefused(f"a preview is of 0 to {MOST_DAYS} days and today, not of {days}")
        with self._look(_PREVIEW, record, Purpose.QUALITY) as look:
            return look.access

    def past(self, preview: UUID) -> Iterator[PastPiece]:
        """Every different request of its days, day after day, some at a time and in no order."""
        with self._again(preview) as (look, days):
            past = Past(look.connection, days)
            try:
                for day in days:
                    for some in batched(past.on(day), _AT_ONCE, strict=False):
                        yield PastPiece(day, some)
            finally:
                look.seen(past.rows, "counted")  # also where nobody waited for the rest

    def people(self, preview: UUID, asked: tuple[Asked, ...]) -> dict[int, int]:
        """How many different people asked for each part within its days; 0 for few."""
        with self._again(preview) as (look, days):
            found = dict(Past(look.connection, days).people(asked))
            look.seen(len(asked), "people counted")
            return found

    @contextmanager
    def _again(self, preview: UUID) -> Iterator[tuple[Look, tuple[date, ...]]]:
        looks, reviewer = self._recording.looks, self._recording.reviewer
        with ExitStack() as entered:
            with self._recording.refusals(_PREVIEW, {"preview": str(preview)}, purpose=Purpose.QUALITY):
                self._recording.need(ReviewerRole.IT)
                look, question = entered.enter_context(looks.again(reviewer, preview, what=_PREVIEW))
            since, until = (date.fromisoformat(question[name]) for name in ("since", "until"))
            yield look, tuple(since + timedelta(days=day) for day in range((until - since).days + 1))

    @contextmanager
    def _look(
        self, what: str, question: Mapping[str, object], purpose: str = "", *, programs: bool = False
    ) -> Iterator[Look]:
        if not (programs and self._program):
            with self._recording.refusals(what, question, purpose=purpose):
                self._recording.need(ReviewerRole.IT)
        with self._recording.look(what, question, purpose=purpose) as look:
            yield look
