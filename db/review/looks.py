"""
One look into the log for somebody: recorded before anything is read, bounded while it is, answered after.

The order is the point. The Access is committed on a connection of its own; a look whose Access cannot be
committed does not happen. Only then a reading transaction begins, and names that Access to the database. On
PostgreSQL row-level security goes by it: it shows the rows within the bounds of that Access and of its
authority as it stands at that moment, and in a transaction that names none, no row at all. On SQLite, which
keeps nobody apart, the query's own terms are all there is.

What was asked and refused is recorded too: an Access whose result says why, and that nothing was read.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from db.access import write_access
from db.engine import reading
from db.models import AccessRow
from db.review.writing import writing_review
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.review.scope import Scope
from policy.text import storable

_MOST_WORDS = 2_000
_MOST_REFUSED = 16_000  # characters of a question that was refused: nobody fills the record with those
_HOUR = timedelta(hours=1)  # for which the database, too, lets a recorded look go on

# Values are not known when a statement is prepared: one plan for all of them would look into every month.
# Compiling a plan pays for scans of minutes, and costs a look more than it reads. No question reads for a
# minute; one that would, and a reader who stops reading, must not keep a connection from everybody else.
# Behind row-level security the planner expects next to no rows, so that to sort all that a unit did seems as
# good as to read the newest by their index; what has to be sorted still is.
_BEGIN = text("""
    SELECT set_config('sluicegate.access', :access, true), set_config('jit', 'off', true),
        set_config('plan_cache_mode', 'force_custom_plan', true),
        set_config('enable_sort', 'off', true),
        set_config('statement_timeout', '60s', true),
        set_config('idle_in_transaction_session_timeout', '5min', true)
""")

_STILL = text("SELECT EXISTS (SELECT FROM sluicegate_bounds())")


@dataclass(slots=True)
class Look:
    """A look that is recorded, and the transaction in which to read."""

    access: UUID
    connection: Connection
    within: bool = False  # an authority, as the database has it
    answer: tuple[int, str] | None = field(default=None, init=False)

    def seen(self, rows: int, result: str = "shown") -> None:
        """
        Say how many rows were shown; without it the record says that the look came to nothing.

        Raises `ReviewRefused` where its authority ended meanwhile: what was read after that is empty, and an
        answer that lacks it would pass for whole.
        """
        if self.within and not self.connection.scalar(_STILL):
            raise ReviewRefused(
                "the authority ended while this was read, so that some is missing; nothing of it is shown"
            )
        self.answer = rows, result


class Looks:
    """Looks of people, each in the name of who asks."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @contextmanager
    def open(
        self,
        reviewer: Reviewer,
        *,
        what: str,
        question: Mapping[str, object],
        purpose: str,
        authority: str | None = None,
        scope: Scope | None = None,
        subject: str | None = None,
        opening: str | None = None,
    ) -> Iterator[Look]:
        """
        Record a look and open it: within an authority and a scope, or about one person for that person.

        With neither, only what names nobody is shown. `subject` is a login of the reviewer's own
        organisation; `opening` lets the sealed parts be read that it was granted for. Raises
        `DatabaseAway`, or `ReviewRefused` where the database knows the authority to be none in force.
        """
        bounds = _bounds(scope, subject, opening)
        with writing_review(self._engine) as connection:
            access = write_access(
                connection,
                by=reviewer.login,
                at=self._now(),
                organisation=reviewer.organisation,
                what=what,
                question=dict(question),
                purpose=storable(purpose, _MOST_WORDS),
                authority=authority,
                scope=bounds,
            )
        with reading(self._engine) as connection:
            bounded = connection.dialect.name == "postgresql"
            if bounded:
                connection.execute(_BEGIN, {"access": str(access)})
            look = Look(access, connection, within=bounded and scope is not None)
            try:
                yield look
            finally:
                # Also where the rest of it failed: what was seen was seen.
                if look.answer is not None:
                    self._answered(look, reviewer, what, authority)

    @contextmanager
    def again(
        self, reviewer: Reviewer, access: UUID, *, what: str
    ) -> Iterator[tuple[Look, Mapping[str, Any]]]:
        """
        Go on with a look that this person opened less than an hour ago, and what it was asked.

        For questions that take several turns, and name nobody. What was seen in the end is recorded if it is
        said. Raises `ReviewRefused` where there is no such look, and `DatabaseAway`.
        """
        row = AccessRow
        with reading(self._engine) as connection:
            found = connection.execute(
                select(row.question, row.at).where(
                    row.id == access,
                    row.actor == reviewer.login,
                    row.what == what,
                    row.authority.is_(None),
                    row.answers.is_(None),
                    row.result.is_(None),
                )
            ).one_or_none()
            if found is None or found.at < self._now() - _HOUR:
                raise ReviewRefused("this look is over, or was never yours; ask anew")
            if connection.dialect.name == "postgresql":
                connection.execute(_BEGIN, {"access": str(access)})
            look = Look(access, connection)
            try:
                yield look, found.question
            finally:
                if look.answer is not None:
                    self._answered(look, reviewer, what, None)

    def refused(
        self,
        reviewer: Reviewer,
        *,
        what: str,
        question: Mapping[str, object],
        purpose: str,
        authority: str | None,
        why: str,
    ) -> None:
        """Record a question that was not answered, and why. Raises `DatabaseAway`."""
        self._refused(
            reviewer.login,
            what,
            why,
            question,
            organisation=reviewer.organisation,
            authority=authority,
            purpose=purpose,
        )

    def turned_away(self, login: str, *, what: str, why: str) -> None:
        """Record a question of somebody who is nobody here, and why. Raises `DatabaseAway`."""
        self._refused(login, what, why, {}, organisation=None, authority=None, purpose=None)

    def _answered(self, look: Look, reviewer: Reviewer, what: str, authority: str | None) -> None:
        rows, result = look.answer or (0, "")
        with writing_review(self._engine) as connection:
            write_access(
                connection,
                by=reviewer.login,
                at=self._now(),
                organisation=reviewer.organisation,
                what=what,
                question={},
                answers=look.access,
                authority=authority,
                rows_seen=rows,
                result=result,
            )

    def _refused(
        self,
        login: str,
        what: str,
        why: str,
        question: Mapping[str, object],
        *,
        organisation: str | None,
        authority: str | None,
        purpose: str | None,
    ) -> None:
        with writing_review(self._engine) as connection:
            write_access(
                connection,
                by=storable(login, _MOST_WORDS),
                at=self._now(),
                organisation=organisation,
                what=what,
                question=_kept(question),
                purpose=None if purpose is None else storable(purpose, _MOST_WORDS),
                authority=None if authority is None else storable(authority, _MOST_WORDS),
                rows_seen=0,
                result=storable(f"refused: {why}", _MOST_WORDS),
            )


def _kept(question: Mapping[str, object]) -> dict[str, object]:
    """A refused question as it is kept: whole, or that it was too long for that."""
    length = len(json.dumps(question, default=str))
    return dict(question) if length <= _MOST_REFUSED else {"too_long_to_keep": length}


def _bounds(scope: Scope | None, subject: str | None, opening: str | None) -> dict[str, object] | None:
    """The bounds as they stand in the Access, for the database to go by."""
    if subject is not None:
        return {"subject": subject}
    if scope is None:
        return None
    return {
        "organisation": scope.organisation,
        "since": scope.since.isoformat(),
        "until": scope.until.isoformat(),
        "people": sorted(scope.people),
        "units": sorted(scope.units),
        "only": None if scope.only is None else sorted(scope.only),
        "never": sorted(scope.never),
        "categories": None if scope.categories is None else sorted(scope.categories),
        "allowed_visits": scope.allowed_visits,
        "opening": opening,
    }
