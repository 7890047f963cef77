"""
The newest rows that a question asks for, in one query that reads little more than it answers.

**By whom a row names.** Each person (or unit) of the question is asked for their newest rows by the index of
them, and of all these the newest are taken. To read the log backwards and keep what fits would be one scan
fewer; where somebody has few rows it would read months of everybody's.

**Held rows.** What a legal hold kept from disposal stands in `held_decision` with the same columns, and is
asked for in the same way. A row is in one of the two and never in both.

**Withdrawn entries** are joined last, to the few rows that are left.
"""

from collections.abc import Callable, Iterable, Sequence
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
    func,
    inspect,
    literal,
    or_,
    select,
    true,
    union_all,
)

from db.models import DecisionRow, WithdrawalRow
from db.review.bounds import Keys, Term
from db.review.columns import columns_of
from db.review_models import HeldDecisionRow

type Terms = Callable[[FromClause], Iterable[Term]]

DECISION: Table = inspect(DecisionRow).local_table  # type: ignore[assignment]  # declared wider
HELD: Table = inspect(HeldDecisionRow).local_table  # type: ignore[assignment]  # declared wider
SOURCES = ((DECISION, False), (HELD, True))
WITHDRAWAL: Table = inspect(WithdrawalRow).local_table  # type: ignore[assignment]  # declared wider


def newest(connection: Connection, keys: Sequence[Keys], terms: Terms, limit: int) -> Sequence[Row[Any]]:
    """At most `limit` rows, newest first; each has `withdrawn_on` too."""
    lateral = connection.dialect.name == "postgresql"
    branches = (
        _newest_of(table, held, key, terms, limit, lateral) for table, held in SOURCES for key in keys
    )
    found = union_all(*branches).subquery()
    query = with_withdrawn(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)
    return connection.execute(query).all()


def with_withdrawn(rows: FromClause) -> Select[Any]:
    """These rows, and when the entry that decided each was found to have been wrong."""
    w = WITHDRAWAL.c
    return select(rows, w.at.label("withdrawn_on")).select_from(
        rows.outerjoin(WITHDRAWAL, wrong(rows)),
    )


def wrong(rows: FromClause) -> Term:
    """Whether a withdrawal that stands is of the entry that decided."""
    c, w = rows.c, WITHDRAWAL.c
    return and_(
        w.list == c.list,
        w.kind == c.entry_kind,
        w.entry == c.entry,
        w.ended_at.is_(None),
        or_(w.since.is_(None), c.at >= w.since),
    )


def _newest_of(table: Table, held: bool, keys: Keys, terms: Terms, limit: int, lateral: bool) -> Select[Any]:
    column = table.c[keys.column]
    query = select(*columns_of(table, held=held)).where(*terms(table), *keys.besides(table))
    query = query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    if not lateral:
        # In brackets of its own: SQLite orders and limits nothing within a union.
        return select(query.where(column.in_(keys.values)).subquery())
    values = cast(literal(list(keys.values), ARRAY(Text)), ARRAY(Text))
    asked = func.unnest(values).table_valued("key").render_derived()
    each = query.where(column == asked.c.key).lateral()
    return select(each).select_from(asked.join(each, true()))
