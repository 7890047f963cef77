"""
What was asked of the log, and by whom: the Accesses themselves, for the auditor.

A look is one row and its answer another; here they are one, also where several turns were taken over it, each
with an answer of its own. Questions that somebody's database login asked
without the review service, such as of the registers, name no organisation: they are the gateway's own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, func, inspect, or_, select, tuple_, type_coerce

from db.columns import UtcDateTime
from db.models import AccessRow
from policy.review.question import MOST_ROWS, Cursor

_ACCESS = inspect(AccessRow).local_table


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """Which looks."""

    since: datetime
    until: datetime
    actor: str | None = None
    authority: str | None = None
    after: Cursor | None = None
    size: int = 50


@dataclass(frozen=True, slots=True)
class Looked:
    """One look, and what came of it."""

    id: UUID
    at: datetime
    actor: str
    organisation: str | None
    authority: str | None
    what: str
    question: dict[str, object]
    purpose: str | None
    scope: dict[str, object] | None
    via: str | None  # the database login that wrote it
    rows_seen: int | None  # None: it was broken off, or is not answered yet
    result: str | None


def looked(
    connection: Connection, question: AccessQuestion, organisation: str, without: Collection[str] = ()
) -> list[Looked]:
    """
    The looks of one organisation's people, newest first, at most `question.size` and one more.

    `without` those by these authorities.
    """
    a, answer = _ACCESS, _ACCESS.alias("answer")
    answers = answer.c.answers == a.c.id
    rows_seen = select(func.sum(answer.c.rows_seen)).where(answers).scalar_subquery()
    result = select(func.max(answer.c.result)).where(answers).scalar_subquery()
    of = [a.c.organisation == organisation]
    if organisation == "":
        of.append(a.c.organisation.is_(None))
    query = (
        select(
            *(a.c[name] for name in _ASKED),
            # What was refused says so itself.
            func.coalesce(rows_seen, a.c.rows_seen).label("rows_seen"),
            func.coalesce(result, a.c.result).label("result"),
        )
        .where(a.c.answers.is_(None), a.c.at >= question.since, a.c.at < question.until, or_(*of))
        .order_by(a.c.at.desc(), a.c.id.desc())
        .limit(max(1, min(question.size, MOST_ROWS)) + 1)
    )
    if without:
        query = query.where(or_(a.c.authority.is_(None), a.c.authority.not_in(without)))
    if question.actor is not None:
        query = query.where(a.c.actor == question.actor)
    if question.authority is not None:
        query = query.where(a.c.authority == question.authority)
    if question.after is not None:
        at, last = question.after.at, type_coerce(question.after.id, a.c.id.type)
        behind = tuple_(a.c.at, a.c.id) < tuple_(type_coerce(at, UtcDateTime()), last)
        query = query.where(and_(a.c.at <= at, behind))
    return [Looked(**row._mapping) for row in connection.execute(query)]


_ASKED = ("id", "at", "actor", "organisation", "authority", "what", "question", "purpose", "scope", "via")
