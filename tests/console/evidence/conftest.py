"""Tests of exports that read a database have one, as the tests of `db/` do."""

from tests.console.evidence.reviews import case
from tests.db.conftest import database, postgres, postgresql, sqlite, upgraded
from tests.db.people import becoming_login
from tests.db.review.reviewing import service

__all__ = ["becoming_login", "case", "database", "postgres", "postgresql", "service", "sqlite", "upgraded"]
