"""Who it was is the login's or the account's to say, and nobody's to choose."""

import pwd

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from db.actor import actor
from db.engine import make_engine, reading
from db.settings import DatabaseSettings
from tests.db.conftest import Database
from tests.postgres import PostgresServer


def test_with_sqlite_it_is_the_account_whatever_the_environment_says(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "LOGNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "somebody-else")
    monkeypatch.setattr("db.actor.os.getuid", lambda: 0)
    with reading(sqlite.engine) as connection:
        assert actor(connection) == pwd.getpwuid(0).pw_name


def test_with_sqlite_an_account_without_a_name_is_its_number(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.actor.os.getuid", lambda: 2_000_000_001)
    with reading(sqlite.engine) as connection:
        assert actor(connection) == "uid 2000000001"


def test_with_postgresql_it_is_the_login_whatever_role_is_taken(
    postgres: PostgresServer, postgresql: Database
) -> None:
    with postgresql.engine.connect() as connection, connection.begin():
        connection.execute(text("SET ROLE sluicegate_operator"))
        assert actor(connection) == "postgres"
    assert make_engine(DatabaseSettings(url=SecretStr(postgres.url("x"))), postgresql.state) is not None
