"""
Ships what the spools hold into the log, each record once.

One batch is one transaction: its rows, and a row in `batch`. The spool's position is kept after the
commit. Whoever dies between the two, or restores a spool from a copy, sends the same records again: a
record brings its own identifier and always makes the same row, and a row that exists is left alone.

What a row may not say, its neighbours must not say for it. A `category` row names no batch, a batch
counts only the rows that name it, and rows go in by identifier, not as they came: for those on the hour
that order is random. So nothing here remembers what a batch held; the rows themselves are the memory.

The database works on a batch in a thread of its own while the next one of the slot is read and hashed here: a
backlog is shipped in half the time where there are two processors. They still go one after another.

What it can be shown by that they are all there, and as they were, are the roots over the rows that name the
batch and were really inserted (`db/proof/roots.py`). They are made here, before the database has seen a row.

On PostgreSQL rows go by COPY into a temporary table and from there with ON CONFLICT DO NOTHING, which
COPY alone cannot say and for which a role needs no right to read what is there.

A record that the database will not take, or that another release wrote, must not hold up those behind
it: it is set aside in the slot's folder (`set-aside`, in the spool's own frames), counted, and shown
in the status, until somebody has looked.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import DataError, IntegrityError

from db.engine import never_wait_long, writing
from db.frames import Frame, UnknownRecord
from db.lines import Row, line, row_of
from db.models import BatchRow, DecisionRow
from db.proof.chain import append
from db.proof.merkle import SALT_BYTES
from db.proof.roots import Trees
from db.rows import TARGETS, Target, for_sqlite
from db.segments import slots
from db.spool_reader import Batch, SpoolReader
from policy.identifiers import uuid7

# What says that it is this record, and not the database, that something is wrong with.
_ABOUT_THE_DATA = (
    DataError,
    IntegrityError,
    psycopg.DataError,
    psycopg.IntegrityError,
    OverflowError,  # an integer that SQLite's driver cannot pass on
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one round brought into the database."""

    records: int
    set_aside: int


class Shipper:
    """Ships every slot under a spool folder. One at a time a folder: the keeper."""

    def __init__(self, engine: Engine, spool_root: Path, batch_size: int) -> None:
        self._engine = engine
        self._root = spool_root
        self._batch_size = batch_size
        self._readers: dict[int, SpoolReader] = {}
        self._ready: dict[int, _Ready] = {}  # by slot: what comes next, if nothing goes wrong
        self._insertion = ThreadPoolExecutor(1, "shipper")

    def ship_once(self) -> Shipped:
        """
        Ship at most one batch of every slot; nothing to ship is `Shipped(0, 0)`.

        Raises `DatabaseAway` or `ConfigurationError`; then what was not committed is still in the spool.
        """
        records = set_aside = 0
        for slot, folder, reader in self._slots():
            ready = self._ready.pop(slot, None)
            if ready is None:
                if (batch := reader.next_batch(self._batch_size)) is None:
                    reader.clear()
                    continue
                ready = self._make_ready(batch)
            shipped = self._ship(slot, folder, reader, ready)
            records += shipped.records
            set_aside += shipped.set_aside
        return Shipped(records, set_aside)

    def pending(self) -> tuple[int, int]:
        """Records and bytes that wait in all slots."""
        waiting = [reader.pending() for _, _, reader in self._slots()]
        return sum(one.records for one in waiting), sum(one.bytes for one in waiting)

    def oldest(self) -> datetime | None:
        """When the record was made that has waited longest; None where none waits."""
        waiting = [reader.oldest() for _, _, reader in self._slots()]
        return min((at for at in waiting if at is not None), default=None)

    @property
    def damaged_bytes(self) -> int:
        """Bytes of damage stepped over since this shipper was made."""
        return sum(reader.damaged_bytes for reader in self._readers.values())

    def _slots(self) -> Iterator[tuple[int, Path, SpoolReader]]:
        for slot, folder in slots(self._root):
            if slot not in self._readers:
                self._readers[slot] = SpoolReader(folder)
            yield slot, folder, self._readers[slot]

    def _make_ready(self, batch: Batch) -> "_Ready":
        return _read(batch, uuid7(), line if self._engine.dialect.name == "postgresql" else row_of)

    def _ship(self, slot: int, folder: Path, reader: SpoolReader, ready: "_Ready") -> Shipped:
        inserted = self._insertion.submit(self._insert, slot, folder, ready)
        try:
            following = reader.following(ready.batch, self._batch_size)
            following_ready = None if following is None else self._make_ready(following)
        finally:  # whatever is wrong with what comes next
            aside = inserted.result()
            reader.advance(ready.batch)
        if following_ready is not None:
            self._ready[slot] = following_ready
        return Shipped(len(ready.batch.frames) - len(aside), len(aside))

    def _insert(self, slot: int, folder: Path, ready: "_Ready") -> list[Frame]:
        with writing(self._engine) as connection:
            never_wait_long(connection)
            aside = _insert(connection, slot, ready)
            # Before the commit: a record is in the database or here, and at worst in both.
            _set_aside(folder, aside)
        return aside


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch, read and hashed."""

    batch: Batch
    id: UUID
    rows: list[tuple[Frame, Row]]  # by identifier
    unknown: list[Frame]  # that this release cannot read


def _insert(connection: Connection, slot: int, ready: _Ready) -> list[Frame]:
    """Inserts the batch and its row; returns the frames of the records that are not to be inserted."""
    aside = list(ready.unknown)
    try:
        with connection.begin_nested():
            trees = _insert_records(connection, [row for _, row in ready.rows])
    except _ABOUT_THE_DATA:
        trees = Trees()
        for frame, row in ready.rows:
            try:
                with connection.begin_nested():
                    trees += _insert_records(connection, [row])
            except _ABOUT_THE_DATA:
                aside.append(frame)
    # A batch that no row names would tell when those came that name none.
    if trees:
        connection.execute(
            insert(BatchRow).values(
                id=ready.id,
                at=datetime.now(UTC),
                slot=slot,
                decisions=trees.leaves(DecisionRow.__tablename__),
                roots=trees.roots(),
            )
        )
        append(connection, BatchRow, ready.id)
    return aside


def _read(batch: Batch, identifier: UUID, make: Callable[[Frame, bytes, UUID], Row]) -> _Ready:
    salts = os.urandom(SALT_BYTES * len(batch.frames))
    rows: list[tuple[Frame, Row]] = []
    unknown: list[Frame] = []
    for place, frame in enumerate(batch.frames):
        try:
            salt = salts[place * SALT_BYTES : (place + 1) * SALT_BYTES]
            rows.append((frame, make(frame, salt, identifier)))
        except UnknownRecord:
            unknown.append(frame)
    rows.sort(key=lambda one: one[1].id)
    return _Ready(batch, identifier, rows, unknown)


def _insert_records(connection: Connection, records: Sequence[Row]) -> Trees:
    """Inserts what is not there yet; returns the trees of what is new and names the batch."""
    trees = Trees()
    for target in TARGETS.values():
        rows = [row for row in records if row.table == target.table]
        new = _insert_new(connection, target, [row for row in rows if row.names_batch])
        trees.add(target.table, ((row.retention_class, row.at, row.leaf) for row in new))
        _insert_rows(connection, target, [row for row in rows if not row.names_batch])
    return trees


def _insert_new(connection: Connection, target: Target, rows: Sequence[Row]) -> Sequence[Row]:
    """Inserts what is not there yet; returns the rows that were new."""
    if not rows:
        return rows
    with connection.begin_nested() as savepoint:
        if _insert_rows(connection, target, rows) == len(rows):
            return rows
        savepoint.rollback()
    # Some were there: their spool was shipped before, up to nobody knows where. Which ones, no login may read
    # that adds to the log, so each says so for itself.
    return [row for row in rows if _insert_rows(connection, target, [row])]


def _insert_rows(connection: Connection, target: Target, rows: Sequence[Row]) -> int:
    """Inserts what is not there yet; returns how many rows that were."""
    if not rows:
        return 0
    driver = _driver(connection)
    if isinstance(driver, psycopg.Connection):
        return _copy(driver, target, rows)
    names = ", ".join(f'"{name}"' for name in target.columns)
    marks = ", ".join("?" * len(target.columns))
    # Not OR IGNORE, which would also pass over a row that lacks something.
    statement = f"INSERT INTO {target.table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
    return connection.exec_driver_sql(statement, for_sqlite(row.values for row in rows)).rowcount


def _driver(connection: Connection) -> object:
    return connection.connection.driver_connection


def _copy(connection: psycopg.Connection, target: Target, rows: Sequence[Row]) -> int:
    incoming = sql.Identifier(f"incoming_{target.table}")
    names = [sql.Identifier(name) for name in target.columns]
    # LIKE would say it shorter, but asks for the right to read the table.
    defined = [
        sql.SQL("{} {}").format(name, sql.SQL(type_)) for name, type_ in zip(names, target.types, strict=True)
    ]
    parts = {
        "incoming": incoming,
        "log": sql.Identifier(target.table),
        "names": sql.SQL(", ").join(names),
        "defined": sql.SQL(", ").join(defined),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {incoming} ({defined})").format(**parts))
        copying = sql.SQL("COPY {incoming} ({names}) FROM STDIN (FORMAT csv, NULL 'null')").format(**parts)
        with cursor.copy(copying) as copy:
            copy.write(b"".join(row.text for row in rows))
        cursor.execute(
            sql.SQL(
                "INSERT INTO {log} ({names}) SELECT {names} FROM {incoming} ON CONFLICT DO NOTHING"
            ).format(**parts)
        )
        inserted = cursor.rowcount
        cursor.execute(sql.SQL("TRUNCATE {incoming}").format(**parts))
    return inserted


def _set_aside(folder: Path, frames: Sequence[Frame]) -> None:
    if not frames:
        return
    fd = os.open(folder / "set-aside", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "ab") as file:
        file.writelines(frame.data() for frame in frames)
        file.flush()
        os.fsync(file.fileno())
