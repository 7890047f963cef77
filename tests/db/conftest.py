"""Every test of the database runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from db.engine import make_engine
from db.settings import DatabaseSettings
from db.upgrade import upgrade
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]


@dataclass(frozen=True)
class Database:
    """A database of a test's own."""

    state: Path
    settings: DatabaseSettings
    engine: Engine

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"


@contextmanager
def _opened(state: Path, settings: DatabaseSettings) -> Iterator[Database]:
    engine = make_engine(settings, state)
    try:
        yield Database(state, settings, engine)
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def upgraded(postgres: PostgresServer) -> Iterator[str]:
    """The name of a PostgreSQL database with our schema, to copy from."""
    with postgres.database() as name:
        with _opened(Path(), DatabaseSettings(url=SecretStr(postgres.url(name)))) as database:
            upgrade(database.engine)
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        with _opened(tmp_path, DatabaseSettings()) as database:
            yield database
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with (
        server.database() as name,
        _opened(tmp_path, DatabaseSettings(url=SecretStr(server.url(name)))) as database,
    ):
        yield database


@pytest.fixture
def postgresql(postgres: PostgresServer, upgraded: str, tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL database with our schema, as a superuser sees it."""
    with (
        postgres.database(upgraded) as name,
        _opened(tmp_path, DatabaseSettings(url=SecretStr(postgres.url(name)))) as database,
    ):
        yield database


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """An SQLite database with our schema."""
    with _opened(tmp_path, DatabaseSettings()) as database:
        upgrade(database.engine)
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A database with our schema."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def engine(database: Database) -> Engine:
    """Its engine."""
    return database.engine
