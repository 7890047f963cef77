"""A database of a test's own, SQLite and PostgreSQL."""

from tests.db.conftest import database, empty_database, postgres, postgresql, sqlite, upgraded

__all__ = ["database", "empty_database", "postgres", "postgresql", "sqlite", "upgraded"]
