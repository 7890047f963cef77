"""The way to the database: which addresses are taken, and what a driver's error becomes."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from db import engine as engine_module
from db.engine import make_engine, never_hold_long, place, reading, writing
from db.presence import PresenceStore
from db.settings import DatabaseSettings
from policy.errors import ConfigurationError, DatabaseAway
from tests.db.conftest import Database


def made(url: str | None, state: Path = Path("/state")) -> Engine:
    return make_engine(DatabaseSettings(url=SecretStr(url) if url is not None else None), state)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        pytest.param(None, "/state/sluicegate.sqlite", id="the-state-folder"),
        pytest.param("sqlite:///log.sqlite", "/state/log.sqlite", id="sqlite-relative-to-the-state-folder"),
        pytest.param("sqlite:////srv/log.sqlite", "/srv/log.sqlite", id="sqlite-elsewhere"),
        pytest.param("postgresql://me:secret@db:5433/log", "postgresql://db:5433/log", id="postgresql"),
        pytest.param("postgres://me@db/log", "postgresql://db/log", id="its-other-name"),
        pytest.param("postgresql+psycopg://db/log?sslmode=require", "postgresql://db/log", id="a-driver"),
    ],
)
def test_a_database_is_where_its_address_says(url: str | None, where: str) -> None:
    assert place(made(url)) == where


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "mysql://me:secret@db/log",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://",
        "://secret",
    ],
)
def test_any_other_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url: expected") as refused:
        made(url)
    assert "secret" not in str(refused.value)


def test_what_reads_cannot_write(engine: Engine) -> None:
    with pytest.raises(Exception, match=r"read-?only"), reading(engine) as connection:
        connection.execute(text("UPDATE register_version SET id = 1"))
    with writing(engine) as connection:
        connection.execute(text("UPDATE register_version SET id = 1"))


@pytest.mark.parametrize("url", ["postgresql://gw:********@db/log", "postgresql://gw@db/log?********"])
def test_an_address_out_of_a_backup_is_not_taken_for_one_without_options(url: str) -> None:
    """SQLAlchemy would: and connect without the `sslmode` that stood there."""
    with pytest.raises(ConfigurationError, match=r"database\.url: stars stand where"):
        make_engine(DatabaseSettings(url=SecretStr(url)), Path("/nonexistent"))


def test_an_exception_takes_back_what_was_written(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.execute(text("DELETE FROM register_version"))
        raise ZeroDivisionError
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM register_version")) == 1


def test_a_table_that_is_missing_is_a_matter_of_configuration(empty_database: Database) -> None:
    if not empty_database.is_postgresql:
        sqlite3.connect(empty_database.state / "sluicegate.sqlite").close()
    with (
        pytest.raises(ConfigurationError, match="sluicegate db upgrade"),
        reading(empty_database.engine) as c,
    ):
        c.execute(text("SELECT * FROM decision"))


def test_an_error_about_the_data_stays_what_it_is(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("INSERT INTO register_version (id) VALUES (2)"))


def test_an_sqlite_file_that_does_not_exist_is_away_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="unable to open"), reading(made(None, tmp_path)):
        raise AssertionError("it cannot have been opened")
    assert list(tmp_path.iterdir()) == []


def test_writers_of_sqlite_wait_for_each_other(sqlite: Database) -> None:
    def bump() -> None:
        for _ in range(20):
            with writing(sqlite.engine) as connection:
                was = connection.scalar(text("SELECT count(*) FROM numbers"))
                connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": was})

    with writing(sqlite.engine) as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER UNIQUE)"))
    threads = [threading.Thread(target=bump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(sqlite.engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM numbers")) == 80


def test_what_is_deleted_from_sqlite_is_not_left_in_its_file(sqlite: Database) -> None:
    with writing(sqlite.engine) as connection:
        connection.execute(text("CREATE TABLE t (x TEXT)"))
        connection.execute(text("INSERT INTO t VALUES ('marked-person')"))
    with writing(sqlite.engine) as connection:
        connection.execute(text("DELETE FROM t"))
    sqlite.engine.dispose()  # the last to close puts the write-ahead log into the file
    assert b"marked-person" not in (sqlite.state / "sluicegate.sqlite").read_bytes()


def test_a_connection_the_server_closed_is_away_first_and_new_next_time(postgresql: Database) -> None:
    kill = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseAway), writing(postgresql.engine) as connection:
        connection.execute(kill)
    with reading(postgresql.engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_who_stands_still_with_a_lock_is_cut_off_so_that_others_go_on(
    postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is stopped in the middle of an acknowledgement must not stop every other gateway's."""
    monkeypatch.setattr(engine_module, "_SILENCE", 200)
    before = PresenceStore(postgresql.engine).version()
    with pytest.raises(DatabaseAway), writing(postgresql.engine) as stopped:
        never_hold_long(stopped)
        stopped.execute(text("UPDATE presence_version SET version = gen_random_uuid()"))
        # Would wait for ever.
        PresenceStore(postgresql.engine).sign_in("192.0.2.7", "", "jane", datetime(2100, 1, 1, tzinfo=UTC))
    presence, after = PresenceStore(postgresql.engine).load()
    assert after != before
    assert set(presence.signed_in) == {"192.0.2.7"}
