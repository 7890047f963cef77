"""
Openings of sealed parts: asked for under an authority, agreed to by a second person, used once.

What may be taken out then is what `Looks.open(…, opening=…)` shows of `decision.sealed`: still sealed. On
PostgreSQL nobody agrees to their own, the authority must be in force and let sealed parts be opened, and only
who used the opening sees anything by it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.engine import reading
from db.review.writing import writing_review
from db.review_models import AuthorityRow, SealedOpeningRow
from policy.errors import ReviewRefused
from policy.identifiers import new_reference, show_reference
from policy.review.authority import Decided
from policy.review.reviewer import Reviewer
from policy.words import AuthorityOutcome


@dataclass(frozen=True, slots=True)
class SealedOpening:
    """A wish to open sealed parts, and what became of it."""

    id: str  # a reference
    authority: str
    requested_by: str
    requested_at: datetime
    because: str
    decided: Decided | None = None
    used_at: datetime | None = None
    used_by: str | None = None


class OpeningStore:
    """What there is of openings. Raises `DatabaseAway` everywhere."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def request(self, authority: str, reviewer: Reviewer, *, because: str) -> SealedOpening:
        """Ask for one. Raises `ReviewRefused`."""
        identifier = new_reference()
        with writing_review(self._engine) as connection:
            connection.execute(
                insert(SealedOpeningRow).values(
                    id=identifier,
                    authority=authority,
                    requested_by=reviewer.login,
                    at=self._now(),
                    via=actor(connection),
                    because=because,
                )
            )
            self._changed(connection, "requested", identifier, authority, because, reviewer)
            return _find(connection, identifier)

    def agree(self, opening: str, reviewer: Reviewer, *, office: str, because: str) -> SealedOpening:
        """The second person's word. Raises `ReviewRefused` where it is decided or there is none."""
        return self._decide(opening, AuthorityOutcome.GRANTED, reviewer, office, because)

    def refuse(self, opening: str, reviewer: Reviewer, *, office: str, because: str) -> SealedOpening:
        """The second person's refusal, or who asked takes it back. Raises as `agree` does."""
        asked = self.get(opening)
        own = asked.requested_by == reviewer.login
        outcome = AuthorityOutcome.TAKEN_BACK if own else AuthorityOutcome.REFUSED
        return self._decide(opening, outcome, reviewer, office, because)

    def use(self, opening: str, reviewer: Reviewer) -> SealedOpening:
        """Use it: from now on it lets this person, and nobody else, read. Raises `ReviewRefused`."""
        row = SealedOpeningRow
        with writing_review(self._engine) as connection:
            this = row.id == opening, row.outcome == AuthorityOutcome.GRANTED, row.used_at.is_(None)
            values = {"used_at": self._now(), "used_by": reviewer.login}
            done = connection.execute(update(row).where(*this).values(**values))
            found = _find(connection, opening)
            if done.rowcount == 0:
                raise ReviewRefused(
                    f"{show_reference(opening)} is not agreed to, or was used already; ask for another"
                )
            self._changed(connection, "used", opening, found.authority, found.because, reviewer)
            return found

    def get(self, opening: str) -> SealedOpening:
        """One of them. Raises `ReviewRefused` where there is none."""
        with reading(self._engine) as connection:
            return _find(connection, opening)

    def of(self, organisation: str) -> list[SealedOpening]:
        """Those under authorities of an organisation, newest first."""
        of = select(AuthorityRow.id).where(AuthorityRow.organisation == organisation)
        with reading(self._engine) as connection:
            return _openings(connection, SealedOpeningRow.authority.in_(of))

    def _decide(
        self, opening: str, outcome: AuthorityOutcome, reviewer: Reviewer, office: str, because: str
    ) -> SealedOpening:
        row = SealedOpeningRow
        with writing_review(self._engine) as connection:
            found = _find(connection, opening)
            done = connection.execute(
                update(row)
                .where(row.id == opening, row.outcome.is_(None))
                .values(
                    outcome=outcome,
                    decided_at=self._now(),
                    decided_by=reviewer.login,
                    decided_office=office,
                    decided_because=because,
                )
            )
            if done.rowcount == 0:
                raise ReviewRefused(f"{show_reference(opening)} is decided already; look at it")
            self._changed(connection, outcome.value, opening, found.authority, because, reviewer)
            return _find(connection, opening)

    def _changed(
        self,
        connection: Connection,
        what: str,
        opening: str,
        authority: str,
        because: str,
        reviewer: Reviewer,
    ) -> None:
        record_change(
            connection,
            what=f"opening of sealed parts {what}",
            before=None,
            after={"id": opening, "authority": authority},
            because=because,
            by=reviewer.login,
        )


def _find(connection: Connection, opening: str) -> SealedOpening:
    found = _openings(connection, SealedOpeningRow.id == opening)
    if not found:
        raise ReviewRefused(f"there is no opening {show_reference(opening)}; look at the list of them")
    return found[0]


def _openings(connection: Connection, where: ColumnElement[bool]) -> list[SealedOpening]:
    rows = connection.execute(
        select(SealedOpeningRow.__table__).where(where).order_by(SealedOpeningRow.at.desc()).limit(500)
    )
    return [_opening(row) for row in rows]


def _opening(row: Row[Any]) -> SealedOpening:
    decided = None
    if row.outcome is not None:
        decided = Decided(
            row.outcome, row.decided_at, row.decided_by, row.decided_office, row.decided_because
        )
    return SealedOpening(
        row.id, row.authority, row.requested_by, row.at, row.because, decided, row.used_at, row.used_by
    )
