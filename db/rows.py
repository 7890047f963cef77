"""
From a record of the spool to a row of the log, as plain values that either driver takes.

Shipping is the keeper's work and its speed counts when a database comes back after a day, so this goes
past the ORM: one tuple a record, in the order of the table's columns. `policy/record.py` has made every
text storable; a NUL that got here nevertheless is escaped here, since PostgreSQL refuses it for good.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql.base import PGDialect

from db.base import Base
from db.columns import storable_data
from db.models import DecisionRow, OutcomeRow
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
    columns: tuple[str, ...]
    types: tuple[str, ...]  # PostgreSQL's, column by column
    _fields: Callable[[object], tuple[Any, ...]]

    def values(self, record: Decision | Outcome, batch: UUID) -> Values:
        """One row, in the order of `columns`; it names the batch only where its record level permits that."""
        # Most values are what they should be; a call for each of fifty would cost more than all the rest.
        row = [
            value
            if (kind := type(value)) in _AS_THEY_ARE or (kind is str and value.isprintable())
            else _plain(value)
            for value in self._fields(record)
        ]
        if isinstance(record, Decision):
            row.append(None if record.record is RecordLevel.CATEGORY else batch)
        return row


def _target(model: type[Base]) -> Target:
    table = inspect(model)
    names = tuple(column.name for column in table.columns)
    return Target(
        table=model.__tablename__,
        columns=names,
        types=tuple(column.type.compile(_POSTGRESQL) for column in table.columns),
        _fields=attrgetter(*(name for name in names if name != "batch")),
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
