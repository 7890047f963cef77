"""
What of the database goes into a backup, as lines of JSON, and comes back from it.

Everything but decisions, outcomes and their batches: registers, changes, accesses, disposals, people and what
they were granted, and whatever table joins them (`db/tables.py`). A file that holds named decisions, or sites
that people named, would outlive every disposal of them; the decision log is backed up where its disposal is
known, by the database's own means (`docs/database.md`).

All tables are read in one transaction that sees one moment. They come back into an empty database in one
transaction too, under the eyes of nobody: the triggers that say who did a thing and when, and that nothing
is written twice, are for people at work, and are off while rows come back that already say so.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Annotated, Any

import msgspec
from sqlalchemy import JSON, Column, Connection, Engine, Table, exists, func, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from db.actor import actor
from db.change import record_change
from db.columns import Json, UtcDateTime, Word
from db.engine import place, reading, writing
from db.models import AccessRow, BatchRow, ChangeRow, DisposalRow, RegisterVersionRow
from db.people_models import PresenceVersionRow
from db.proof.chain import append, link_anew
from db.review_models import ChainRow, HourCoverRow
from db.roles import OWNER
from db.tables import BACKED_UP, METADATA
from policy.errors import BackupRefused
from policy.identifiers import uuid7

MOST_LINE_BYTES = 1 << 22
_AT_ONCE = 500  # rows a statement
_BECAUSE = "restored from a backup"
_LINKED_AND_LEFT_OUT = tuple(model.__tablename__ for model in (BatchRow, HourCoverRow))  # `db/proof/chain.py`

type Lines = Iterable[bytes]


def table_names() -> tuple[str, ...]:
    """The tables of a backup, in an order in which they can be filled."""
    return tuple(table.name for table in BACKED_UP)


@contextmanager
def reading_tables(engine: Engine) -> Iterator[Callable[[str], Iterator[bytes]]]:
    """
    Gives a function from a table's name to its rows, a line of JSON each, all of one moment.

    Raises `DatabaseAway`, or `ConfigurationError` where this login may not read them.
    """
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        encoder = msgspec.json.Encoder()

        def lines(name: str) -> Iterator[bytes]:
            table = METADATA.tables[name]
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
            for row in rows.mappings():
                yield encoder.encode(dict(row)) + b"\n"

        yield lines


def is_empty(engine: Engine) -> bool:
    """Whether none of these tables has a row. Raises `DatabaseAway`."""
    with reading(engine) as connection:
        return _filled(connection) is None


def record_restore(engine: Engine, what: Mapping[str, object]) -> None:
    """Record that everything but the database was restored. Raises as `restore_tables` does."""
    with writing(engine) as connection:
        record_change(connection, what="restored beside", before=None, after=what, because=_BECAUSE)


def restore_tables(
    engine: Engine, members: Mapping[str, Lines], what: Mapping[str, object]
) -> dict[str, int]:
    """
    Fill the empty tables, and record that it was done: `what` stands in the change log.

    Returns the rows by table. Raises `BackupRefused`, naming table and line, where a row is none of ours or
    the tables are not empty; then, and when it is broken off, nothing has changed. On PostgreSQL the login
    must be one that may upgrade.
    """
    counts: dict[str, int] = {}
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        if (filled := _filled(connection)) is not None:
            raise BackupRefused(f"{place(engine)}: {filled} has rows already; restore into an empty database")
        with _without_triggers(connection):
            for table in BACKED_UP:
                counts[table.name] = _fill(connection, table, members.get(table.name, ()))
        link_anew(connection, (AccessRow, ChangeRow, DisposalRow))
        _say_what_is_left_out(connection)
        # Whoever kept a snapshot of other registers, or of who had read what, is to take these.
        for marker in (RegisterVersionRow, PresenceVersionRow):
            connection.execute(update(marker).values(version=uuid7()))
        if connection.dialect.name == "postgresql":
            connection.execute(text("RESET ROLE"))
        record_change(connection, what="restored", before=None, after=what, because=_BECAUSE)
    return counts


def _say_what_is_left_out(connection: Connection) -> None:
    """The chain came along and what is linked of the log did not: that is gone, and not missing."""
    now = datetime.now(UTC)
    chain, row = ChainRow, DisposalRow
    for table in _LINKED_AND_LEFT_OUT:
        identifier = uuid7()
        linked = connection.scalar(select(func.count()).where(chain.source == table)) or 0
        earlier = connection.scalar(select(func.sum(row.disposed)).where(row.source == table)) or 0
        connection.execute(
            insert(DisposalRow).values(
                id=identifier,
                at=now,
                actor=actor(connection),
                source=table,
                before=now - timedelta(microseconds=1),
                disposed=max(linked - int(earlier), 0),
            )
        )
        append(connection, DisposalRow, identifier)


def _filled(connection: Connection) -> str | None:
    """The first table that is not empty."""
    return next((table.name for table in BACKED_UP if connection.scalar(select(exists(select(table))))), None)


def _fill(connection: Connection, table: Table, lines: Lines) -> int:
    decoder = _decoder(table.name)
    count = 0
    waiting: list[dict[str, Any]] = []
    for count, line in enumerate(lines, 1):
        try:
            row = msgspec.structs.asdict(decoder.decode(line))
            if table.name == DisposalRow.__tablename__ and row["disposed"] is None:
                # While one is open, rows of the log may be deleted.
                raise ValueError("a disposal that was never finished")
        except (ValueError, RecursionError) as error:
            raise BackupRefused(f"{table.name}, line {count}: no row of this release: {error}") from error
        waiting.append(row)
        if len(waiting) == _AT_ONCE:
            _insert(connection, table, waiting, count)
            waiting = []
    _insert(connection, table, waiting, count)
    return count


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]], upto: int) -> None:
    if not rows:
        return
    try:
        connection.execute(insert(table), rows)
    except (DataError, IntegrityError, OverflowError) as error:  # the last where SQLite's driver says so
        what = str(getattr(error, "orig", error)).splitlines()[0]
        raise BackupRefused(f"{table.name}, among the {len(rows)} lines up to {upto}: {what}") from error


@contextmanager
def _without_triggers(connection: Connection) -> Iterator[None]:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        try:
            yield
        finally:
            driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, True)
        return
    # Part of the transaction: nobody else ever sees them off, and it ends with them on or not at all.
    for table in BACKED_UP:
        connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
    yield
    for table in BACKED_UP:
        connection.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))


@cache
def _decoder(name: str) -> msgspec.json.Decoder[Any]:
    """Reads one line of a table: its columns, of their types, and no others."""
    fields: list[Any] = []
    for column in METADATA.tables[name].columns:
        kind = _python_type(column)
        if column.nullable:
            fields.append((column.name, kind | None, None))
        elif isinstance(column.default, ScalarElementColumnDefault):
            # It joined the table later: a backup of the release before knows nothing of it.
            fields.append((column.name, kind, column.default.arg))
        else:
            fields.append((column.name, kind))
    # Those without a default first, as in any signature.
    fields.sort(key=len)
    return msgspec.json.Decoder(msgspec.defstruct(name, fields, forbid_unknown_fields=True))


def _python_type(column: Column[Any]) -> Any:
    match column.type:
        case Word() as word:
            return word.words
        case UtcDateTime():
            return Annotated[datetime, msgspec.Meta(tz=True)]
        case Json() | JSON():
            return dict[str, Any] | list[Any]
        case other:
            return other.python_type
