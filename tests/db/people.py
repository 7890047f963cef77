"""A second person beside the one a test is: another login of PostgreSQL, another account beside SQLite."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from db.engine import make_engine
from db.settings import DatabaseSettings
from tests.db.conftest import Database
from tests.postgres import PostgresServer

type Becoming = Callable[..., AbstractContextManager[Engine]]
"""`with becoming("bea", "sluicegate_people") as engine:` everything inside is hers, within that role."""


@pytest.fixture
def becoming(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, database: Database) -> Becoming:
    """Other people, by name: who may change lists, unless the role is another."""

    @contextmanager
    def by_account(name: str, _role: str = "") -> Iterator[Engine]:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getuid", lambda: 100_000 + sum(map(ord, name)))
            yield database.engine

    return logins(request.getfixturevalue("postgres"), database) if database.is_postgresql else by_account


@pytest.fixture
def becoming_login(postgres: PostgresServer, postgresql: Database) -> Becoming:
    """As `becoming`, on PostgreSQL alone."""
    return logins(postgres, postgresql)


def logins(server: PostgresServer, database: Database) -> Becoming:
    """People are logins of the server. Roles are the server's, so a name has one role in all tests."""

    @contextmanager
    def by_login(name: str, role: str = "sluicegate_lists") -> Iterator[Engine]:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchall():
                connection.execute(f'CREATE ROLE "{name}" LOGIN; GRANT {role} TO "{name}"'.encode())
        url = server.url(str(database.engine.url.database), name)
        theirs = make_engine(DatabaseSettings(url=SecretStr(url)), database.state)
        try:
            yield theirs
        finally:
            theirs.dispose()

    return by_login
