"""
A dip sample: some decisions, drawn by chance, of nobody.

The rows come from the view `sample_decision`, which has no person, unit, address, page or path, and nothing
privileged. Chance is in the references already, which are random: what comes after a random one, in their
order, is a sample of all, and is found by an index. They decide what is drawn and are not shown.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Row, Table, Text, func, select

from db.columns import UtcDateTime, Word
from policy.identifiers import reference_of
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion, DipSampleRow
from policy.words import Reason, Resource, Verdict

_REFERENCES = 1 << 40  # that there can be

_view = Table(
    "sample_decision",
    MetaData(),
    Column("at", UtcDateTime),
    Column("organisation", Text),
    Column("resource", Word(Resource)),
    Column("host", Text),
    Column("decrypted", Boolean),
    Column("verdict", Word(Verdict)),
    Column("would_be", Word(Verdict)),
    Column("reason", Word(Reason)),
    *(Column(name, Text) for name in ("category", "clause", "list")),
    Column("line", Integer),
    *(Column(name, Text) for name in ("entry", "entry_kind", "reference")),
    Column("withdrawn", Boolean),
)
_SHOWN = tuple(each.name for each in _view.c if each.name not in {"organisation", "reference"})


def sample(connection: Connection, question: DipSampleQuestion) -> list[DipSampleRow]:
    """By day and host. Fewer than were asked for where there are no more."""
    size = max(0, min(question.size, MOST_SAMPLED))
    c, start = _view.c, secrets.randbelow(_REFERENCES)
    query = (
        select(*(c[name] for name in _SHOWN))
        .where(
            func.coalesce(c.organisation, "") == question.organisation,
            c.at >= _begins(question.since),
            c.at < _begins(question.until),
        )
        .order_by(c.reference)
    )
    if question.category is not None:
        query = query.where(c.category == question.category)
    if question.verdict is not None:
        query = query.where(c.verdict == question.verdict)

    # What comes first behind the start, and then from the beginning again. A little is looked at, more only
    # where that was too little: to put all of it in order would be to read months.
    rows: list[Row[Any]] = []
    begins, width = start, _REFERENCES >> 16
    while len(rows) < size and begins < start + _REFERENCES:
        ends = min(begins + width, start + _REFERENCES)
        for low, high in _without_turn(begins, ends):
            between = query.where(c.reference >= _reference(low), c.reference <= _reference(high - 1))
            rows += connection.execute(between.limit(size - len(rows))).all()
        begins, width = ends, width * 8
    return sorted(map(_plain, rows), key=lambda row: (row.day, row.host or "", row.verdict))


def _without_turn(begins: int, ends: int) -> Iterator[tuple[int, int]]:
    """The numbers from one to another as ranges of references, which begin again behind the last."""
    while begins < ends:
        turn = (begins // _REFERENCES + 1) * _REFERENCES
        upto = min(ends, turn)
        yield begins % _REFERENCES, (upto - 1) % _REFERENCES + 1
        begins = upto


def _reference(number: int) -> str:
    """The reference of this number: their order is that of the numbers."""
    return reference_of(UUID(int=number))


def _plain(row: Row[Any]) -> DipSampleRow:
    values = dict(row._mapping)
    return DipSampleRow(day=values.pop("at").astimezone(UTC).date(), **values)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
