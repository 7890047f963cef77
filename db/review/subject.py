"""
Everything that is kept about one person, for that person, and nobody else's data.

Columns are named one by one: what says who else (who granted, who entered, who looked, a line manager) is
not among them. Free texts that others wrote about the person are, since they are about them; whoever hands
them over reads them first. What they may not be told (restricted exemptions and requests, reviews that they
were not told of, legal holds) is not read at all; a row that a restricted exemption let through names it by
its reference, and no more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    true,
    union_all,
)

from db.columns import UtcDateTime
from db.models import AccessRow, ExemptionRow
from db.people_models import (
    AcknowledgementRow,
    ActiveRoleRow,
    ConfirmationRow,
    DeviceRow,
    PersonRoleRow,
    PersonRow,
    ReportRow,
    SharedUseRow,
    SignInRow,
)
from db.review.columns import columns_of, reviewed
from db.review.newest import SOURCES, with_withdrawn
from db.review.outcomes import outcomes_of
from db.review_models import ReviewNoticeRow
from policy.registers import GranteeKind
from policy.review.rows import ReviewedDecision

_AT_ONCE = 1_000
_OWN_LOOKS = ("my record", "missing pieces", "subject access")

_EXEMPTIONS = Table(
    "reviewed_exemption",
    MetaData(),
    *(Column(name, Text) for name in ("id", "organisation", "grantee_kind", "grantee", "kind", "target")),
    *(Column(name, UtcDateTime) for name in ("start", "until", "at", "revoked_at")),
    Column("purpose", Text),
    Column("restricted", Boolean),
)
_REQUESTS = Table(
    "reviewed_request",
    MetaData(),
    *(Column(name, Text) for name in ("id", "organisation", "grantee_kind", "grantee", "kind", "target")),
    *(Column(name, Text) for name in ("category", "purpose", "requested_by", "outcome", "decided_because")),
    *(Column(name, UtcDateTime) for name in ("at", "decided_at")),
)

type Kept = dict[str, list[dict[str, Any]]]
"""What is kept, by what it is."""


def decisions_about(
    connection: Connection, organisation: str, login: str, until: datetime
) -> Iterator[ReviewedDecision]:
    """
    Every row that names them, oldest first, from before `until`.

    Also what a legal hold keeps, and of no row whether one does: that may be what they are not to know.
    """
    found = union_all(
        *(
            select(*columns_of(table, held=held)).where(
                table.c.person == login,
                func.coalesce(table.c.organisation, "") == organisation,
                table.c.at < until,
            )
            for table, held in SOURCES
        )
    ).subquery()
    query = with_withdrawn(found).order_by(found.c.at, found.c.id)
    for rows in connection.execute(query, execution_options={"yield_per": _AT_ONCE}).partitions():
        outcomes = outcomes_of(connection, rows)
        for row in rows:
            yield replace(reviewed(row, outcomes), held=False)


def kept_about(connection: Connection, organisation: str, login: str) -> Kept:
    """What the other tables have about them."""
    kept = {name: _rows(connection, query) for name, query in _queries(connection, organisation, login)}
    told = [notice["authority"] for notice in kept["told of reviews"]]
    kept["looks you may know of"] = _looks(connection, organisation, login, told)
    return kept


def _queries(connection: Connection, organisation: str, login: str) -> Iterator[tuple[str, Select[Any]]]:
    def of(
        table: FromClause, whose: str, *names: str, more: ColumnElement[bool] | None = None
    ) -> Select[Any]:
        where = and_(table.c.organisation == organisation, table.c[whose] == login)
        columns = [table.c[name] for name in names]
        return select(*columns).where(where, true() if more is None else more).order_by(*columns)

    yield (
        "register of people",
        of(
            PersonRow.__table__,
            "login",
            *("login", "name", "email", "kind", "unit", "ends", "disabled_at", "disabled_because", "at"),
        ),
    )
    yield "roles", of(PersonRoleRow.__table__, "login", "role", "until", "at")
    yield "devices", of(DeviceRow.__table__, "person", "id", "network", "unit", "disabled_at", "at")
    yield "authorised shared use", of(SharedUseRow.__table__, "person", "start", "until", "reference", "at")
    yield "role you act in", of(ActiveRoleRow.__table__, "person", "role", "at")
    yield "signed in from", of(SignInRow.__table__, "person", "address", "at", "until")
    yield "notices read", of(AcknowledgementRow.__table__, "person", "at", "version", "how", "policy")
    yield (
        "work purposes you stated",
        of(ConfirmationRow.__table__, "person", "at", "until", "site", "category", "purpose", "reference"),
    )
    yield (
        "what you reported",
        of(ReportRow.__table__, "person", "at", "kind", "host", "category", "text", "answered_at", "answer"),
    )
    yield "exemptions for you", _exemptions(connection, organisation, login)
    yield "requests for access", _requests(organisation, login)
    yield (
        "told of reviews",
        of(ReviewNoticeRow.__table__, "person", "at", "authority", "notice", "read_at"),
    )


def _exemptions(connection: Connection, organisation: str, login: str) -> Select[Any]:
    """Those by name: for a role or a unit they are nobody's in particular."""
    # The service reads them through a view, which SQLite does not have.
    whole = connection.dialect.name != "postgresql"
    table: FromClause = ExemptionRow.__table__ if whole else _EXEMPTIONS
    c = table.c
    names = ("at", "start", "until", "kind", "target", "purpose", "revoked_at")
    return (
        select(*(c[name] for name in names))
        .where(
            c.organisation == organisation,
            c.grantee_kind == GranteeKind.PERSON,
            c.grantee == login,
            c.restricted.is_(False),
        )
        .order_by(c.at)
    )


def _requests(organisation: str, login: str) -> Select[Any]:
    c = _REQUESTS.c
    theirs = and_(c.grantee_kind == GranteeKind.PERSON, c.grantee == login)
    names = ("at", "kind", "target", "category", "purpose", "outcome", "decided_at", "decided_because")
    return (
        select(*(c[name] for name in names))
        .where(c.organisation == organisation, or_(c.requested_by == login, theirs))
        .order_by(c.at)
    )


def _looks(
    connection: Connection, organisation: str, login: str, told: Sequence[str]
) -> list[dict[str, Any]]:
    """
    Their own looks at their record, and those within authorities that they were told of.

    Of the latter only those whose bounds had them in it, and nothing of who looked or what for.
    """
    row = AccessRow
    query = (
        select(row.at, row.what, row.authority, row.question, row.scope)
        .where(
            row.answers.is_(None),
            or_(
                and_(row.authority.in_(told), row.scope.is_not(None), row.result.is_(None)),
                and_(row.what.in_(_OWN_LOOKS), row.result.is_(None)),
            ),
        )
        .order_by(row.at)
    )
    found: list[dict[str, Any]] = []
    rows: Iterator[Any] = iter(connection.execute(query))
    for at, what, authority, question, scope in rows:
        if authority is None:
            concerned = (question["person"], question["organisation"]) == (login, organisation)
        else:
            concerned = _may_have_shown(scope, login)
        if concerned:
            found.append({"at": at, "what": what, "authority": authority})
    return found


def _may_have_shown(scope: Mapping[str, Any], login: str) -> bool:
    """Whether these bounds of a look had them in it; of a unit's people a question may ask for some alone."""
    named = login in scope["people"] or bool(scope["units"])
    return named and (scope["only"] is None or login in scope["only"]) and login not in scope["never"]


def _rows(connection: Connection, query: Select[Any]) -> list[dict[str, Any]]:
    return [_without_nothing(dict(row._mapping)) for row in connection.execute(query)]


def _without_nothing(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
