"""
Legal holds in the database: placed, released once, and until then asked by every disposal.

What a hold keeps is copied out of the log when its time is up (`db/dispose.py`), into tables that are read
under the same bounds as the log itself. Released, it goes with the next disposal that finds it past its time.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, text, update
from sqlalchemy.exc import OperationalError

from db.actor import actor
from db.change import record_change
from db.engine import never_wait_long, reading
from db.review.writing import writing_review
from db.review_models import LegalHoldRow
from policy.errors import ReviewRefused
from policy.identifiers import new_reference, show_reference
from policy.review.hold import Hold, HoldTerms
from policy.review.reviewer import Reviewer

PATIENCE = 10  # seconds for which a hold waits for a disposal, which may go on for minutes
_LOCK_TIMEOUT = "55P03"


class HoldStore:
    """What there is of holds. Raises `DatabaseAway` everywhere."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def place(self, terms: HoldTerms, reviewer: Reviewer) -> Hold:
        """
        Keep what these terms name, from now on.

        A disposal that runs is waited for, since what it has begun with goes: for `PATIENCE`, and then
        raises `ReviewRefused`.
        """
        identifier = new_reference()
        with writing_review(self._engine) as connection:
            _wait_for_disposal(connection)
            connection.execute(
                insert(LegalHoldRow).values(
                    id=identifier,
                    organisation=terms.organisation,
                    people=list(terms.people),
                    since=terms.since,
                    until=terms.until,
                    matter=terms.matter,
                    because=terms.because,
                    actor=reviewer.login,
                    at=self._now(),
                    via=actor(connection),
                )
            )
            hold = _find(connection, identifier)
            _changed(connection, "placed", hold, terms.because, reviewer)
            return hold

    def release(self, hold: str, reviewer: Reviewer, *, because: str) -> Hold:
        """Let go what it keeps. Raises `ReviewRefused` where it is released already or there is none."""
        row = LegalHoldRow
        with writing_review(self._engine) as connection:
            done = connection.execute(
                update(row)
                .where(row.id == hold, row.released_at.is_(None))
                .values(released_at=self._now(), released_by=reviewer.login, released_because=because)
            )
            found = _find(connection, hold)
            if done.rowcount == 0:
                raise ReviewRefused(f"the hold {show_reference(hold)} is released already; look at the list")
            _changed(connection, "released", found, because, reviewer)
            return found

    def get(self, hold: str) -> Hold:
        """One of them. Raises `ReviewRefused` where there is none."""
        with reading(self._engine) as connection:
            return _find(connection, hold)

    def of(self, organisation: str) -> list[Hold]:
        """Those of an organisation, newest first."""
        with reading(self._engine) as connection:
            return _holds(connection, LegalHoldRow.organisation == organisation)


def _wait_for_disposal(connection: Connection) -> None:
    """What a trigger waits for too (`sluicegate_hold`), but for good, while whoever asks hears nothing."""
    if connection.dialect.name != "postgresql":
        return  # a disposal is one writer, and this another
    never_wait_long(connection, seconds=PATIENCE)
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate dispose'))"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _LOCK_TIMEOUT:
            raise
        raise ReviewRefused(
            "a disposal is running, and a hold cannot stop what it has begun with; place it again in a minute"
        ) from error


def _find(connection: Connection, hold: str) -> Hold:
    found = _holds(connection, LegalHoldRow.id == hold)
    if not found:
        raise ReviewRefused(f"there is no hold {show_reference(hold)}; look at the list of them")
    return found[0]


def _holds(connection: Connection, where: ColumnElement[bool]) -> list[Hold]:
    query = select(LegalHoldRow.__table__).where(where).order_by(LegalHoldRow.at.desc(), LegalHoldRow.id)
    return [_hold(row) for row in connection.execute(query)]


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        id=row.id,
        terms=HoldTerms(
            organisation=row.organisation,
            people=tuple(row.people),
            since=row.since,
            until=row.until,
            matter=row.matter,
            because=row.because,
        ),
        placed_by=row.actor,
        placed_at=row.at,
        released_at=row.released_at,
        released_by=row.released_by,
        released_because=row.released_because,
    )


def _changed(connection: Connection, what: str, hold: Hold, because: str, reviewer: Reviewer) -> None:
    terms = hold.terms
    plain = {
        "id": hold.id,
        "organisation": terms.organisation,
        "people": list(terms.people),
        "since": terms.since.isoformat(),
        "until": terms.until.isoformat(),
        "matter": terms.matter,
    }
    record_change(
        connection,
        what=f"legal hold {what}",
        before=plain if what == "released" else None,
        after=plain if what == "placed" else None,
        because=because,
        by=reviewer.login,
    )
