"""What verifying reads: the same of both databases, and on PostgreSQL by who may read no row of the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select, text

from db.access import record_access
from db.engine import reading
from db.models import DecisionRow
from db.proof.canonical import canonical_row
from db.proof.merkle import leaf
from db.proof.reading import Place, reader, split
from db.proof.verify import verify_within
from policy.errors import ConfigurationError
from policy.words import RecordLevel, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import MATCH, decision, outcome
from tests.db.stored import stored

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def test_leaves_stand_together_by_batch_class_and_day_or_by_class_and_hour(engine: Engine) -> None:
    odd = decision(at=NOON, matches=(MATCH,), sealed=b"\0\xff", unit='"\\é\u2028', names=("a", 'b"'))
    alone = decision(at=NOON, record=RecordLevel.CATEGORY, retention_class=RetentionClass.PRIVILEGED)
    stored(
        engine,
        odd,
        decision(at=NOON + timedelta(hours=12)),
        alone,
        outcome(odd, at=NOON + timedelta(seconds=1)),
    )
    with reading(engine) as connection:
        rows = {row["id"]: dict(row) for row in connection.execute(select(DecisionRow.__table__)).mappings()}
        found = dict(reader(connection).leaves(NOON, NOON + timedelta(days=1)))
    batch, midnight = rows[odd.id]["batch"], NOON.replace(hour=0)
    next_day = Place("decision", batch, "refused", midnight + timedelta(days=1))
    assert len(found.pop(next_day)) == 1
    assert set(found) == {
        Place("decision", batch, "refused", midnight),
        Place("outcome", batch, "refused", midnight),
        Place("decision", None, "privileged", NOON),
    }
    expected = leaf(rows[odd.id]["salt"], canonical_row("decision", rows[odd.id]))
    assert found[Place("decision", batch, "refused", midnight)] == [expected]


def test_hashes_one_behind_another_are_split_again() -> None:
    assert split(b"a" * 32 + b"b" * 32) == [b"a" * 32, b"b" * 32]
    assert split(b"") == []


@contextmanager
def acting_as(database: Database, role: str) -> Iterator[Connection]:
    with reading(database.engine) as connection:
        connection.execute(text(f"SET LOCAL ROLE sluicegate_{role}"))
        yield connection


def test_an_auditor_verifies_and_reads_no_row(postgresql: Database) -> None:
    stored(postgresql.engine, decision(), decision())
    record_access(postgresql.engine, what="look", question={})
    with acting_as(postgresql, "auditor") as connection:
        found = verify_within(connection)
    assert (found.findings, found.rows) == ([], 2)
    for table in ("decision", "outcome", "held_decision", "access", "change"):
        with (
            pytest.raises(ConfigurationError, match="permission denied"),
            acting_as(postgresql, "auditor") as connection,
        ):
            connection.execute(text(f"SELECT 1 FROM {table}"))  # noqa: S608 - names of this test's own


@pytest.mark.parametrize("role", ["lists", "people", "operator", "break_glass", "gateway", "dispose"])
def test_who_is_no_auditor_does_not_verify(postgresql: Database, role: str) -> None:
    with (
        pytest.raises(ConfigurationError, match="permission denied"),
        acting_as(postgresql, role) as connection,
    ):
        verify_within(connection)
