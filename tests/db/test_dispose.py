"""Disposal: what is past its time goes by class, leaves a record, and nothing else goes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from db.dispose import dispose
from db.engine import make_engine, reading, writing
from db.models import AccessRow, DecisionRow, DisposalRow, OutcomeRow
from db.roles import OWNER
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.document import read_policy
from policy.words import RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision, outcome

POLICY = read_policy()  # refused 365 days, visit 90, other and privileged 30
NOW = datetime.now(UTC)
AGES = {"now": 0, "of-40-days": 40, "of-130-days": 130, "of-500-days": 500}
# A month goes when its last day does, so on PostgreSQL a row may stay up to a month longer.
LONG_PAST = {
    RetentionClass.REFUSED: {"of-500-days"},
    RetentionClass.VISIT: {"of-130-days", "of-500-days"},
    RetentionClass.OTHER: {"of-130-days", "of-500-days", "of-40-days"},
}


@pytest.fixture
def filled(database: Database) -> Database:
    if database.is_postgresql:
        _make_old_partitions(database)
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for retention in LONG_PAST:
        for name, days in AGES.items():
            made = decision(at=NOW - timedelta(days=days), retention_class=retention, host=name)
            writer.record(made)
            writer.outcome(outcome(made, content_type=name))
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()
    return database


def _make_old_partitions(database: Database) -> None:
    """The months a gateway that has run for half a year would have; what is older is in the default ones."""
    with writing(database.engine) as connection:
        connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        for months in range(2, 6):
            first = (NOW.replace(day=1) - timedelta(days=30 * months)).replace(day=1)
            following = (first + timedelta(days=32)).replace(day=1)
            for table in ("decision", "outcome"):
                for retention in RetentionClass:
                    connection.execute(
                        text(
                            f"CREATE TABLE IF NOT EXISTS {table}_{retention}_{first:%Y_%m} "
                            f"PARTITION OF {table}_{retention} "
                            f"FOR VALUES FROM ('{first:%Y-%m-%d}+00') TO ('{following:%Y-%m-%d}+00')"
                        )
                    )


def left(database: Database, retention: RetentionClass) -> tuple[set[str | None], set[str | None]]:
    with reading(database.engine) as connection:
        hosts = connection.scalars(select(DecisionRow.host).where(DecisionRow.retention_class == retention))
        types = connection.scalars(
            select(OutcomeRow.content_type).where(OutcomeRow.retention_class == retention)
        )
        return set(hosts), set(types)


def test_each_class_is_kept_as_long_as_the_policy_says(filled: Database) -> None:
    done = dispose(filled.engine, POLICY, NOW)
    for retention, past in LONG_PAST.items():
        kept = set(AGES) - past
        may_stay = {"of-40-days"} if filled.is_postgresql and retention is RetentionClass.OTHER else set()
        hosts, types = left(filled, retention)
        assert hosts == types
        assert kept <= hosts <= kept | may_stay
    gone = sum(one.rows for one in done if one.table == "decision")
    assert 12 - gone == sum(len(left(filled, retention)[0]) for retention in LONG_PAST)


def test_a_disposal_leaves_a_record_of_what_went_and_by_whom(filled: Database) -> None:
    done = dispose(filled.engine, POLICY, NOW)
    with reading(filled.engine) as connection:
        rows = list(connection.execute(select(DisposalRow.__table__)))
    recorded = {(row.source, row.retention_class, row.before, row.disposed) for row in rows}
    assert recorded == {(one.table, one.retention_class, one.before, one.rows) for one in done}
    assert all(row.actor for row in rows)


def test_what_is_not_past_its_time_stays_and_a_second_disposal_takes_nothing(filled: Database) -> None:
    dispose(filled.engine, POLICY, NOW)
    before = {retention: left(filled, retention) for retention in LONG_PAST}
    assert sum(one.rows for one in dispose(filled.engine, POLICY, NOW)) == 0
    assert {retention: left(filled, retention) for retention in LONG_PAST} == before


def test_after_a_disposal_the_log_is_append_only_as_before(filled: Database) -> None:
    dispose(filled.engine, POLICY, NOW)
    with pytest.raises(Exception, match="append-only"), writing(filled.engine) as connection:
        connection.execute(text("DELETE FROM decision"))


def test_accesses_changes_and_batches_go_after_their_own_time(filled: Database) -> None:
    if filled.is_postgresql:
        # The server says when an access was, so an old one cannot be made in the ordinary way.
        with writing(filled.engine) as connection:
            connection.execute(text("ALTER TABLE access DISABLE TRIGGER a_stamp"))
    old = NOW - timedelta(days=POLICY.keep.access_days + 1)
    with writing(filled.engine) as connection:
        for at in (old, NOW):
            connection.execute(
                AccessRow.__table__.insert(),  # type: ignore[attr-defined]  # typed as any FROM clause
                {"id": decision().id, "at": at, "actor": "a", "what": "test", "question": {}},
            )
    done = {one.table: one.rows for one in dispose(filled.engine, POLICY, NOW)}
    assert done["access"] == 1
    with reading(filled.engine) as connection:
        assert list(connection.scalars(select(AccessRow.at))) == [NOW]


def test_several_gateways_may_dispose_at_the_same_moment(filled: Database) -> None:
    together = threading.Barrier(3)

    def one_of_them() -> int:
        engine = make_engine(filled.settings, filled.state)
        together.wait()
        try:
            return sum(one.rows for one in dispose(engine, POLICY, NOW))
        finally:
            engine.dispose()

    with ThreadPoolExecutor(3) as pool:
        gone = sorted(each.result() for each in [pool.submit(one_of_them) for _ in range(3)])
    with reading(filled.engine) as connection:
        recorded = connection.execute(select(func.sum(DisposalRow.disposed))).scalar_one()
    assert sum(gone) == (recorded or 0) > 0, "what one of them has counted, no other has"
    assert all(left(filled, retention)[0].isdisjoint({"of-500-days"}) for retention in LONG_PAST)


def test_on_postgresql_whole_months_are_dropped(filled: Database, tmp_path: Path) -> None:
    if not filled.is_postgresql:
        return
    query = text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'decision_visit'::regclass")
    with reading(filled.engine) as connection:
        before = connection.execute(query).scalar_one()
    dispose(filled.engine, POLICY, NOW)
    with reading(filled.engine) as connection:
        assert connection.execute(query).scalar_one() < before
