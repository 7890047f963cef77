"""
A dip sample: some decisions, drawn by chance, of nobody.

The rows come from the view `sample_decision`, which has no person, unit, address, page or path, and nothing
privileged. Chance is in the references already, which are random: what comes after a random one, in their
order, is a sample of all, and is found by an index. They decide what is drawn and are not shown.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, Row, Select, Table, Text, func, select

from db.columns import UtcDateTime, Word
from policy.identifiers import new_reference
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion, DipSampleRow
from policy.words import Reason, Resource, Verdict

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
    c, start = _view.c, new_reference()
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

    def drawn(of: Select[Any], most: int) -> Sequence[Row[Any]]:
        return connection.execute(of.limit(most)).all()

    rows = list(drawn(query.where(c.reference >= start), size))
    rows += drawn(query.where(c.reference < start), size - len(rows))
    return sorted(map(_plain, rows), key=lambda row: (row.day, row.host or "", row.verdict))


def _plain(row: Row[Any]) -> DipSampleRow:
    values = dict(row._mapping)
    return DipSampleRow(day=values.pop("at").astimezone(UTC).date(), **values)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
