"""Decisions counted as a review counts them: visits by verdict, the rest apart, mistakes as mistakes."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import add, attrgetter
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Subquery, and_, func, not_, select, tuple_, union_all

from db.columns import UtcDateTime
from db.review.bounds import asked_for, decides, in_bounds, is_visit, keys_of
from db.review.newest import SOURCES, WITHDRAWAL, wrong
from policy.review.figures import Figures
from policy.review.question import Question
from policy.review.scope import Scope
from policy.words import Verdict

type Size = Literal["hour", "day", "month"]

_NAMES = tuple(each.name for each in fields(Figures))
_values = attrgetter(*_NAMES)
# What a row is counted by, and what it takes to count it.
_READ = (
    "at",
    "verdict",
    "category",
    "list",
    "entry",
    "entry_kind",
    "host",
    "exemption",
    "person_how",
    "unit",
)


type Counted = tuple[Row[Any], Figures]
"""What some rows have in common, and their figures."""


def rows_to_count(connection: Connection, question: Question, scope: Scope) -> Subquery:
    """Every final decision of the question and its bounds; its cursor and size take no part."""
    keys, dialect = keys_of(question, scope), connection.dialect.name
    return union_all(
        *(
            select(*(table.c[name] for name in _READ), is_visit(table).label("visit")).where(
                *in_bounds(table, scope),
                *asked_for(table, question, dialect),
                decides(table),
                table.c[key.column].in_(key.values),
                *key.besides(table),
            )
            for table, _ in SOURCES
            for key in keys
        )
    ).subquery("counted")


def counted(
    connection: Connection, rows: Subquery, *ways: Sequence[ColumnElement[Any]]
) -> list[list[Counted]]:
    """These rows by some columns of theirs, in several ways, each in no order."""
    known = rows.outerjoin(WITHDRAWAL, wrong(rows))
    if connection.dialect.name != "postgresql" or len(ways) == 1:
        queries = (select(*by, *_figures_of(rows)).select_from(known).group_by(*by) for by in ways)
        return [[(row, figures(row)) for row in connection.execute(query)] for query in queries]
    # In one scan, which is nearly all of the work.
    every = list({column.key: column for by in ways for column in by}.values())
    way = func.grouping(*every).label("way")
    query = select(way, *every, *_figures_of(rows)).select_from(known)
    query = query.group_by(func.grouping_sets(*(tuple_(*by) for by in ways)))
    found: dict[int, list[Counted]] = {_left_out(by, every): [] for by in ways}
    for row in connection.execute(query):
        found[row.way].append((row, figures(row)))
    return [found[_left_out(by, every)] for by in ways]


def _left_out(by: Sequence[ColumnElement[Any]], every: Sequence[ColumnElement[Any]]) -> int:
    """What GROUPING says of rows by these columns: one bit for each that they are not by, the last lowest."""
    names = {column.key for column in by}
    return sum((column.key not in names) << place for place, column in enumerate(reversed(every)))


def _figures_of(rows: Subquery) -> list[ColumnElement[int]]:
    """One column for each of `Figures`, of rows beside which the withdrawals stand."""
    c, stands = rows.c, WITHDRAWAL.c.id.is_(None)
    counts = {
        "allowed": and_(stands, c.visit, c.verdict == Verdict.ALLOW),
        "confirmed": and_(stands, c.visit, c.verdict == Verdict.CONFIRM),
        "blocked": and_(stands, c.visit, c.verdict == Verdict.BLOCK),
        "other": and_(stands, not_(c.visit)),
        "other_refused": and_(stands, not_(c.visit), c.verdict != Verdict.ALLOW),
        "withdrawn": not_(stands),
    }
    return [func.count().filter(counts[name]).label(name) for name in _NAMES]


def figures(row: Row[Any]) -> Figures:
    """The figures in a row of such a query, which are its last columns."""
    return Figures(*row[-len(_NAMES) :])


def plus(one: Figures, other: Figures) -> Figures:
    """Both together."""
    return Figures(*map(add, _values(one), _values(other)))


def beginning(connection: Connection, at: ColumnElement[datetime], size: Size) -> ColumnElement[datetime]:
    """The first instant of the hour, day or month (UTC) that an instant is in."""
    if connection.dialect.name == "postgresql":
        return func.date_trunc(size, at, "UTC", type_=UtcDateTime())
    return func.strftime(_SQLITE[size], at, type_=UtcDateTime())


_SQLITE = {
    "hour": "%Y-%m-%d %H:00:00.000000",
    "day": "%Y-%m-%d 00:00:00.000000",
    "month": "%Y-%m-01 00:00:00.000000",
}
