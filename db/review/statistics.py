"""
Counts for who names nobody, from the tallies that are kept as decisions come in.

They are as they are, small ones too: `policy/review/disclosure.py` says which may be told. What an entry
decided that was found wrong does not count: it is taken out of the tallies, which know no entries.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Table,
    distinct,
    func,
    inspect,
    select,
)

from db.columns import UtcDateTime, Word
from db.review.figures import Size, beginning
from db.review_models import TallyPersonRow, TallyRow
from policy.review.figures import Dimension, StatisticsCell, StatisticsQuestion
from policy.words import Verdict

_TALLY: FromClause = inspect(TallyRow).local_table
_PEOPLE: FromClause = inspect(TallyPersonRow).local_table
_WITHDRAWN = Table(
    "withdrawn_tally",
    MetaData(),
    Column("hour", UtcDateTime),
    *(Column(name, _TALLY.c[name].type) for name in ("organisation", "unit", "retention_class", "category")),
    Column("list", _TALLY.c.list.type),
    Column("verdict", Word(Verdict)),
    Column("visit", Boolean),
    Column("n", BigInteger),
)
_COLUMN = {
    Dimension.CATEGORY: "category",
    Dimension.LIST: "list",
    Dimension.UNIT: "unit",
    Dimension.CLASS: "retention_class",
}

type _Key = tuple[Any, ...]
"""The period, what it is counted by in the order of the question, the verdict, and whether of visits."""


def cells(connection: Connection, question: StatisticsQuestion) -> list[StatisticsCell]:
    """
    Every count of the question's days, in no order: by day, and with units by month.

    `people` is that of the whole month and of all lists, since no more is kept of anybody: at most so many.
    """
    numbers = _numbers(connection, _TALLY, question)
    withdrawn = _numbers(connection, _WITHDRAWN, question)
    numbers.subtract(withdrawn)
    people = _people(connection, question)
    return [
        _cell(question, key, number, people.get(_month_of(question, key)), withdrawn[key])
        for key, number in numbers.items()
        if number > 0
    ]


def _numbers(connection: Connection, table: FromClause, question: StatisticsQuestion) -> Counter[_Key]:
    c = table.c
    size: Size = "month" if Dimension.UNIT in question.by else "day"
    by: list[ColumnElement[Any]] = [
        beginning(connection, c.hour, size).label("period"),
        *(c[_COLUMN[one]] for one in question.by),
        *(c.verdict, c.visit),
    ]
    query = (
        select(*by, func.sum(c.n))
        .where(
            c.organisation == question.organisation,
            c.hour >= _begins(question.since),
            c.hour < _begins(question.until),
        )
        .group_by(*by)
    )
    return Counter({tuple(row[:-1]): int(row[-1]) for row in connection.execute(query)})


def _people(connection: Connection, question: StatisticsQuestion) -> Mapping[_Key, int]:
    c = _PEOPLE.c
    by: list[ColumnElement[Any]] = [
        c.month,
        *(c[_COLUMN[one]] for one in question.by if one is not Dimension.LIST),
        *(c.verdict, c.visit),
    ]
    query = (
        select(*by, func.count(distinct(c.person)))
        .where(
            c.organisation == question.organisation,
            c.month >= _begins(question.since.replace(day=1)),
            c.month < _begins(question.until),
        )
        .group_by(*by)
    )
    return {tuple(row[:-1]): row[-1] for row in connection.execute(query)}


def _month_of(question: StatisticsQuestion, key: _Key) -> _Key:
    """The key of `_people` that a cell's people are among."""
    period, *by, verdict, visit = key
    known = (what for one, what in zip(question.by, by, strict=True) if one is not Dimension.LIST)
    return period.replace(day=1), *known, verdict, visit


def _cell(
    question: StatisticsQuestion, key: _Key, number: int, people: int | None, withdrawn: int
) -> StatisticsCell:
    period, *by, verdict, visit = key
    # The tallies have the empty text for what a decision does not name.
    named = {_COLUMN[one]: what or None for one, what in zip(question.by, by, strict=True)}
    return StatisticsCell(
        period=period.date(),
        **{name: named.get(name) for name in _COLUMN.values()},
        verdict=verdict,
        visit=visit,
        number=number,
        people=people,
        withdrawn=withdrawn,
    )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
