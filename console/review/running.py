"""
What those who run the gateway and keep its lists may see: sites, counts and pieces of pages, and nobody.

No authority is needed, since no row names anybody; the role is, and each look is an Access.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import batched

from console.review.parts import Parts
from console.review.recording import Recording
from db.operator_view import ShownDecision, recent
from db.page_view import PagePiece, pieces
from db.replay import Asked, Past, PastRequest
from db.review.looks import Look
from db.visited import VisitedHost, most_visited
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.words import Purpose, ReviewerRole

MOST_DAYS = 366  # of one preview
_AT_ONCE = 2_000  # requests of the past in one piece


class Running:
    """What one person may see of the gateway's work."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
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
        with self._look("most visited hosts", {"limit": limit}) as look:
            found = most_visited(look.connection, self._parts.now(), limit)
            look.seen(len(found))
        return tuple(found)

    def past(self, day: date, question: dict[str, str]) -> Iterator[tuple[PastRequest, ...]]:
        """Every different request of one day (UTC), some at a time, in no order; `question` says what for."""
        with self._look("lists preview", {"day": day.isoformat(), **question}, Purpose.QUALITY) as look:
            past = Past(look.connection, (day,))
            yield from batched(past.on(day), _AT_ONCE, strict=False)
            look.seen(past.rows, "counted")

    def people(
        self, since: date, until: date, asked: tuple[Asked, ...], question: dict[str, str]
    ) -> dict[int, int]:
        """How many different people asked for each part on these days, both included; 0 for few."""
        record = {"since": since.isoformat(), "until": until.isoformat(), **question}
        if not timedelta() <= until - since <= timedelta(days=MOST_DAYS):
            raise ReviewRefused(f"from one to {MOST_DAYS + 1} whole days, not {since} to {until}")
        with self._look("lists preview, people", record, Purpose.QUALITY) as look:
            found = dict(Past(look.connection, (since, until)).people(asked))
            look.seen(len(asked), "counted")
        return found

    @contextmanager
    def _look(self, what: str, question: Mapping[str, object], purpose: str = "") -> Iterator[Look]:
        with self._recording.refusals(what, question, purpose=purpose):
            self._recording.need(ReviewerRole.IT)
        with self._recording.look(what, question, purpose=purpose) as look:
            yield look
