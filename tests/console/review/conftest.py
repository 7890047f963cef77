"""A database of a test's own, SQLite and PostgreSQL, and an organisation on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from db.engine import make_engine
from db.settings import DatabaseSettings
from tests.console.review.office import Office
from tests.db.conftest import Database, database, empty_database, postgres, postgresql, sqlite, upgraded
from tests.postgres import PostgresServer

__all__ = ["database", "empty_database", "postgres", "postgresql", "sqlite", "upgraded"]


@pytest.fixture
def office(database: Database) -> Office:
    """An organisation of the test's own."""
    return Office(database)


@pytest.fixture(scope="module")
def shared(
    postgres: PostgresServer, upgraded: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """One for all that is refused in a module, on PostgreSQL: nothing of it is in the way of the next."""
    with postgres.database(upgraded) as name:
        settings = DatabaseSettings(url=SecretStr(postgres.url(name)))
        engine = make_engine(settings, Path())
        yield Office(Database(tmp_path_factory.mktemp("shared"), settings, engine))
        engine.dispose()
