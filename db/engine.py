"""
The way to the database: SQLite in the state folder, or PostgreSQL.

`reading` and `writing` are the two ways in. Both give a connection in a transaction and turn what a
driver raises into what a caller can act on: the database is away, or it is not what we need. Rows,
statements' parameters and passwords never get into a message: `hide_parameters` is on, and of a
driver's error only its first line is quoted, which says what happened and not to which row.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from db.settings import STARS, DatabaseSettings
from policy.errors import ConfigurationError, DatabaseAway, SluicegateError

# COPY goes past SQLAlchemy (`db/shipper.py`), so its errors come as the driver's own.
_AWAY = (
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)

SQLITE_FILE = "sluicegate.sqlite"
_WRITES = "sluicegate_writes"
_PATIENCE = 5  # seconds, for a connection or for another writer
_SILENCE = 10_000  # ms

# A server that stops answering without closing its connection must not hold the keeper for minutes.
_POSTGRESQL = {
    "connect_timeout": _PATIENCE,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "sluicegate",
}


def make_engine(settings: DatabaseSettings, state: Path) -> Engine:
    """
    An engine for the configured database; connects to nothing yet.

    Raises `ConfigurationError` for an address that is neither SQLite's nor PostgreSQL's.
    """
    if settings.url is None:
        return _sqlite(state / SQLITE_FILE)
    written = settings.url.get_secret_value()
    if STARS in written:
        # After a "?" they would be taken for no options: without `sslmode` nobody would look who answers.
        raise ConfigurationError(
            "database.url: stars stand where its password or options belong, as in a backup; write all of it"
        )
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        url = URL.create("unreadable")
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return _sqlite(state / url.database)
        case "postgresql" | "postgres" if url.database:
            return create_engine(
                url.set(drivername="postgresql+psycopg"),
                connect_args=_POSTGRESQL,
                pool_size=2,
                pool_pre_ping=True,
                hide_parameters=True,
            )
    # The address itself may hold a password and is not repeated.
    raise ConfigurationError(
        "database.url: expected sqlite:///FILE or postgresql://USER@HOST/DATABASE; correct it, or remove it "
        "for SQLite in the state folder"
    )


def place(engine: Engine) -> str:
    """Where the database is, without user or password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database).render_as_string()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that cannot write."""
    with _translated(engine), engine.connect() as connection:
        # SQLite's counterpart is in `_begin_sqlite`.
        connection.execution_options(postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is committed at the end, or rolled back by an exception."""
    with _translated(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


@contextmanager
def joining(engine: Engine, within: Connection | None) -> Iterator[Connection]:
    """The transaction that is open already, where there is one; else one of its own, as by `writing`."""
    if within is not None:
        yield within
    else:
        with writing(engine) as connection:
            yield connection


def never_wait_long(connection: Connection, seconds: int = 1) -> None:
    """
    In this transaction, give up on a lock that another keeps for longer: `DatabaseAway`.

    A lock that is waited for also holds up everybody who comes after. SQLite's waiting has its own end.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))


def never_hold_long(connection: Connection) -> None:
    """
    In this transaction, be cut off after some seconds in which nothing is said: others wait for its locks.

    A gateway whose machine was stopped in the middle would keep all others from their work until TCP noticed.
    SQLite's other writers are on the same machine.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENCE}ms'"))


def describe(error: Exception, engine: Engine) -> SluicegateError | None:
    """What an error of the driver means to a caller, or None when it is about the data or a bug."""
    cause = getattr(error, "orig", None) or error
    what = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
    if code.startswith("42") or code == "SQLITE_ERROR":
        return ConfigurationError(
            f"{place(engine)}: {what}; run `sluicegate db upgrade`, or let this login have its role "
            "(`sluicegate db roles`)"
        )
    if code in {"SQLITE_NOTADB", "SQLITE_CORRUPT"}:
        return ConfigurationError(f"{place(engine)}: {what}; move it away, or correct database.url")
    # 25006: a standby, which takes no records; 25P03: we said nothing for too long (`never_hold_long`).
    if (
        isinstance(error, _AWAY)
        or code in {"25006", "25P03"}
        or getattr(error, "connection_invalidated", False)
    ):
        return DatabaseAway(f"{place(engine)}: the database does not answer: {what}")
    return None


@contextmanager
def _translated(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError, psycopg.Error) as error:
        described = describe(error, engine)
        if described is None:
            raise
        raise described from error


def _sqlite(path: Path) -> Engine:
    # "rw" and not "rwc": to look at a database that does not exist must not make one (`db/upgrade.py` does).
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=_PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )

    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)), creator=connect, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL: the spool forgets what was committed, so a commit must survive a loss of power.
    cursor.execute("PRAGMA synchronous = FULL")
    # What was disposed of must not be left in the file's free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # The driver's own transactions begin late and skip DDL, so they are off (isolation_level=None) and begun
    # here. A writer takes its lock at once: one that read first could not wait for another writer any more.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
