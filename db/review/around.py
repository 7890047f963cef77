"""What was asked for around visits: the pieces, redirects and background requests within seconds of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    not_,
    select,
    true,
    union_all,
    values,
)

from db.columns import UtcDateTime
from db.review.bounds import decides, in_bounds, is_visit
from db.review.columns import columns_of, reviewed
from db.review.newest import SOURCES, with_withdrawn
from db.review.outcomes import outcomes_of
from policy.errors import ReviewRefused
from policy.review.grouping import WINDOW
from policy.review.rows import ReviewedDecision
from policy.review.scope import Scope

MOST_PIECES = 5_000
"""That are read around the visits of one call; a page seldom has a hundred that name anybody."""

type _Period = tuple[str, datetime, datetime]
"""Whose, since and until."""

_COLUMNS = column("person", Text), column("since", UtcDateTime()), column("until", UtcDateTime())


def around(
    connection: Connection, scope: Scope, visits: Sequence[ReviewedDecision]
) -> list[ReviewedDecision]:
    """
    What the people of these visits asked for within `WINDOW` of them, but no visits; newest first.

    Only what names them: what was allowed is usually recorded without anybody. Raises `ReviewRefused` where
    there is more of it than is read at once: an export has all of it or is none.
    """
    rows = _around(connection, scope, visits)
    if len(rows) >= MOST_PIECES:
        raise ReviewRefused(
            f"{MOST_PIECES:,} requests and more stand around {len(visits)} visits; ask for a shorter period"
        )
    outcomes = outcomes_of(connection, rows)
    return [reviewed(row, outcomes) for row in rows]


def to_count(
    connection: Connection, scope: Scope, visits: Sequence[ReviewedDecision]
) -> list[ReviewedDecision]:
    """The same rows to be counted and not shown: what came of them is not looked up."""
    return [reviewed(row, {}) for row in _around(connection, scope, visits)]


def _around(connection: Connection, scope: Scope, visits: Sequence[ReviewedDecision]) -> Sequence[Row[Any]]:
    periods = list(_periods(visits))
    if not periods:
        return []
    opened = _opened(connection, periods)
    lateral = connection.dialect.name == "postgresql"
    found = union_all(
        *(_pieces(table, scope, opened, held=held, lateral=lateral) for table, held in SOURCES)
    ).subquery()
    query = with_withdrawn(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(MOST_PIECES)
    return connection.execute(query).all()


def _pieces(table: Table, scope: Scope, opened: FromClause, *, held: bool, lateral: bool) -> Select[Any]:
    c = table.c
    query = select(*columns_of(table, held=held)).where(
        *in_bounds(table, scope),
        decides(table),
        not_(is_visit(table)),
        and_(c.person == opened.c.person, c.at >= opened.c.since, c.at <= opened.c.until),
    )
    if not lateral:
        return query
    # Period by period, by the index of people. Row-level security lets the planner expect next to no rows, so
    # that it would rather read all that these people ever did, once. The limit keeps it from that.
    each = query.order_by(c.at.desc()).limit(MOST_PIECES).correlate(opened).lateral()
    return select(each).select_from(opened.join(each, true()))


def _opened(connection: Connection, periods: Sequence[_Period]) -> FromClause:
    """The periods as a table."""
    if connection.dialect.name == "postgresql":
        # However many there are, the statement is the same, and is written but once.
        people, since, until = (list(each) for each in zip(*periods, strict=True))
        arrays = (
            cast(literal(values_, ARRAY(kind)), ARRAY(kind))
            for values_, kind in ((people, Text()), (since, UtcDateTime()), (until, UtcDateTime()))
        )
        table = func.unnest(*arrays).table_valued(*_COLUMNS, name="opened")
        return table.render_derived()
    return values(*_COLUMNS, name="opened").data(periods).cte("opened")


def _periods(visits: Sequence[ReviewedDecision]) -> Iterator[_Period]:
    """When whose visits were, the periods of one person that meet being one: no row is found by two."""
    at: list[tuple[str, datetime]] = sorted((one.person, one.at) for one in visits if one.person is not None)
    begun: _Period | None = None
    for person, moment in at:
        if begun is not None and begun[0] == person and moment <= begun[2]:
            begun = (person, begun[1], moment + WINDOW)
            continue
        if begun is not None:
            yield begun
        begun = (person, moment, moment + WINDOW)
    if begun is not None:
        yield begun
