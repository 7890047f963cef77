"""
What a legal hold keeps from disposal, on SQLite: copied out before the rest goes, with the way to its root.

PostgreSQL does the same in its function for disposal (`migrations/versions/0005…`).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Table, insert, inspect, select, text

from db.base import Base
from db.models import DecisionRow, OutcomeRow
from db.proof.canonical import canonical_row
from db.proof.merkle import leaf, path
from db.review_models import HeldDecisionRow, HeldOutcomeRow
from policy.words import RetentionClass

_LOG: dict[str, tuple[type[Base], type[Base]]] = {
    "decision": (DecisionRow, HeldDecisionRow),
    "outcome": (OutcomeRow, HeldOutcomeRow),
}
_DAY = timedelta(days=1)


def stands_on(table: str) -> str:
    """The condition that a hold is on a row of a table of decisions, in SQLite's words."""
    return f"""
        EXISTS (
            SELECT 1 FROM legal_hold h
            WHERE h.released_at IS NULL AND h.organisation = coalesce({table}.organisation, '')
            AND {table}.at >= h.since AND {table}.at < h.until
            AND (json_array_length(h.people) = 0
                OR {table}.person IN (SELECT p.value FROM json_each(h.people) p))
        )
    """  # noqa: S608 - a name of our own


_HELD = {
    "decision": stands_on("decision"),
    "outcome": """
        EXISTS (
            SELECT 1 FROM held_decision d
            WHERE d.id = outcome.decision AND d.retention_class = outcome.retention_class
        )
    """,
}


def hold_back(
    connection: Connection, source: str, retention_class: RetentionClass | None, before: datetime
) -> int:
    """Copy what would go of this class from before `before` and is under a hold; returns how many rows."""
    if source not in _LOG:
        return 0
    table, held = (_table(model) for model in _LOG[source])
    names = [column.name for column in table.columns if column.computed is None]
    due = select(*(table.c[name] for name in names)).where(
        table.c.retention_class == retention_class, table.c.at < before, text(_HELD[source])
    )

    @cache
    def leaves(batch: UUID, day: datetime) -> list[bytes]:
        same = (
            table.c.batch == batch,
            table.c.retention_class == retention_class,
            table.c.at >= day,
            table.c.at < day + _DAY,
            table.c.salt.is_not(None),
        )
        return [_leaf(source, row) for row in connection.execute(select(table).where(*same)).mappings()]

    rows = [
        {**row, "held_at": datetime.now(UTC), "proof": _way(source, row, leaves)}
        for row in connection.execute(due).mappings()
    ]
    if rows:
        connection.execute(insert(held), rows)
    return len(rows)


def _way(
    source: str, row: RowMapping, leaves: Callable[[UUID, datetime], list[bytes]]
) -> dict[str, object] | None:
    """The way from a row's leaf to the root of its batch; a row that names none has the cover of its hour."""
    if row["batch"] is None or row["salt"] is None:
        return None
    day = row["at"].replace(hour=0, minute=0, second=0, microsecond=0)
    way = path(leaves(row["batch"], day), _leaf(source, row))
    return {"place": way.place, "leaves": way.leaves, "beside": [one.hex() for one in way.beside]}


def _leaf(source: str, row: RowMapping) -> bytes:
    return leaf(row["salt"], canonical_row(source, dict(row)))


def _table(model: type[Base]) -> Table:
    table: Table = inspect(model).local_table  # type: ignore[assignment]  # declared wider
    return table
