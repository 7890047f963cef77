"""
What was asked of the log, and by whom: the Accesses themselves, for the auditor.

A look is one row and its answer another; here they are one. Questions that somebody's database login asked
without the review service, such as of the registers, name no organisation: they are the gateway's own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, inspect, or_, select, tuple_, type_coerce

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
    of = [a.c.organisation == organisation]
    if organisation == "":
        of.append(a.c.organisation.is_(None))
    query = (
        select(
            *(a.c[name] for name in _ASKED),
            # What was refused says so itself.
            *((answer.c[name].label(f"answered_{name}")) for name in _ANSWERED),
            *(a.c[name] for name in _ANSWERED),
        )
        .select_from(a.outerjoin(answer, answer.c.answers == a.c.id))
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
    return [_looked(row) for row in connection.execute(query)]


_ASKED = ("id", "at", "actor", "organisation", "authority", "what", "question", "purpose", "scope", "via")
_ANSWERED = ("rows_seen", "result")


def _looked(row: Row[Any]) -> Looked:
    values = row._mapping
    return Looked(
        **{name: values[name] for name in _ASKED},
        **{
            name: values[name] if values[f"answered_{name}"] is None else values[f"answered_{name}"]
            for name in _ANSWERED
        },
    )
