"""
From a record of the spool to a row of the log, as plain values that either driver takes.

Shipping is the keeper's work and its speed counts when a database comes back after a day, so this goes
past the ORM: one tuple a record, what the record says first and what proves it last. `policy/record.py` has
made every text storable; a NUL that got here nevertheless is escaped here: PostgreSQL refuses it for good.

A row that may tell its hour only names no batch, nor does what came of it: such an outcome stands on the hour
too. One that was over on the hour to the microsecond names none either, and loses nothing by it.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from db.base import Base
from db.columns import storable_data
from db.models import DecisionRow, OutcomeRow
from db.proof.canonical import COLUMNS, canonical_values
from db.proof.merkle import SALT_BYTES, leaf
from policy.decision import Decision, Outcome
from policy.text import storable
from policy.words import RecordLevel

type Values = Sequence[Any]

_MOST_CHARACTERS = 4096
_AS_THEY_ARE = frozenset({type(None), bool, int, bytes, datetime, UUID})

_json = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Target:
    """A table of the log, and how a record becomes a row of it."""

    table: str
    columns: tuple[str, ...]  # what the record says, then its salt and its batch
    types: tuple[str, ...]  # PostgreSQL's, column by column
    class_at: int  # where in a row the retention class stands
    time_at: int  # where its time
    _fields: Callable[[object], tuple[Any, ...]]

    def values(self, record: Decision | Outcome, batch: UUID, salt: bytes | None = None) -> Values:
        """
        One row, in the order of `columns`; it names the batch only where its record level permits that.

        Its salt is a new one where none is given.
        """
        # Most values are what they should be; a call for each of fifty would cost more than all the rest.
        row = [
            value
            if (kind := type(value)) in _AS_THEY_ARE or (kind is str and value.isprintable())
            else _plain(value)
            for value in self._fields(record)
        ]
        row.append(salt or os.urandom(SALT_BYTES))
        row.append(None if _tells_its_hour_only(record) else batch)
        return row

    def leaf(self, row: Values) -> bytes:
        """The leaf of a row in the tree of its batch."""
        return leaf(row[-2], canonical_values(self.table, row[:-2]))


def _tells_its_hour_only(record: Decision | Outcome) -> bool:
    if isinstance(record, Decision):
        return record.record is RecordLevel.CATEGORY
    at = record.at
    return not (at.minute or at.second or at.microsecond)


def _target(model: type[Base]) -> Target:
    table = cast("Table", model.__table__)
    said = COLUMNS[table.name]
    names = (*said, "salt", "batch")
    return Target(
        table=table.name,
        columns=names,
        types=tuple(table.c[name].type.compile(_POSTGRESQL) for name in names),
        class_at=said.index("retention_class"),
        time_at=said.index("at"),
        _fields=attrgetter(*said),
    )


_POSTGRESQL = PGDialect()  # type: ignore[no-untyped-call]
TARGETS: dict[type[Decision | Outcome], Target] = {
    Decision: _target(DecisionRow),
    Outcome: _target(OutcomeRow),
}


def for_sqlite(rows: Iterable[Values]) -> list[Values]:
    """Rows as SQLite's driver takes them, in the forms that `db/columns.py` reads."""
    return [tuple(map(_sqlite, row)) for row in rows]


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return storable(value, _MOST_CHARACTERS)
    if kind is tuple:
        encoded = _json.encode(value)
        if b"\\u00" in encoded:  # a control character in one of its texts
            encoded = _json.encode(storable_data(msgspec.to_builtins(value)))
        return encoded.decode()
    return str.__str__(value)  # one of the words


def _sqlite(value: Any) -> Any:
    kind = type(value)
    if kind is UUID:
        return value.hex
    if kind is datetime:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    return value
