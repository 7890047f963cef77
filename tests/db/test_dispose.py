"""Disposal: what is past its time goes by class, leaves a record, and nothing else goes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from db.devices import DeviceEntry, DeviceStore
from db.dispose import dispose
from db.engine import make_engine, reading, writing
from db.exemptions import ExemptionStore
from db.models import AccessRow, DecisionRow, DisposalRow, OutcomeRow
from db.outbox import Outgoing
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.presence import PresenceStore
from db.reports import ReportStore
from db.roles import OWNER
from db.settings import SpoolSettings
from db.shared_use import SharedUseStore
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.tables import METADATA
from policy.document import read_policy
from policy.registers import GranteeKind, TargetKind
from policy.words import PersonHow, ReportKind, RetentionClass
from tests.db.ageing import days_ago
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.exemptions import granted

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


# Table, days that the shipped policy keeps it, what has to be over.
REGISTERS = {
    "acknowledgement": POLICY.keep.notice_days,
    "confirmation": POLICY.records[RetentionClass.CONFIRMED].keep_days,
    "device": POLICY.keep.people_days,
    "exemption": POLICY.keep.exemption_days,
    "exemption_request": POLICY.keep.exemption_days,
    "outbox": POLICY.keep.report_days,
    "person": POLICY.keep.people_days,
    "report": POLICY.keep.report_days,
    "shared_use": POLICY.keep.people_days,
}


@pytest.fixture
def peopled(database: Database) -> Database:
    """A row that is over, and one that stands, in every table about people where there is a difference."""
    engine, hour = database.engine, timedelta(hours=1)
    people = PeopleStore(engine)
    entries = [PersonEntry("", name, roles=("press",)) for name in ("stays", "leaves", "lost")]
    people.enter(entries, roles_until=NOW + hour, because="a test")
    people.enter([], left=[("", "leaves")], roles_until=NOW + hour, because="left")
    people.disable("", "lost", because="lost")
    devices = DeviceStore(engine)
    theirs = [
        DeviceEntry("", "stays", "10.0.0.1", person="stays"),
        DeviceEntry("", "lost", "10.0.0.2"),
        DeviceEntry("", "gone", "10.0.0.3", person="nobody-any-more"),
    ]
    devices.enter(theirs, because="a test")
    devices.disable("", "lost", because="lost")
    SharedUseStore(engine).record(
        "", person="stays", reference="E/1", because="x", start=NOW - hour, until=NOW + hour
    )
    revoked = granted(engine)
    granted(engine, grantee_kind=GranteeKind.UNIT, grantee="fraud", until=NOW + hour)
    ExemptionStore(engine).revoke(revoked.id, because="over")
    ExemptionStore(engine).request(
        POLICY, organisation="", grantee="x", kind=TargetKind.HOST, target="x.test", purpose="x"
    )
    presence = PresenceStore(engine)
    presence.acknowledge("", "stays", "1", how=PersonHow.PAGE, policy="aa")
    presence.state_purpose(
        "", "stays", site="a.test", category="forums", purpose="x", reference="K", minutes=1
    )
    ReportStore(engine).tell(
        organisation="",
        person="stays",
        kind=ReportKind.NOT_MEANT,
        host="a.test",
        messages=lambda _: [Outgoing("mail", {})],
    )
    return database


def count(database: Database, table: str) -> int:
    with reading(database.engine) as connection:
        return int(connection.scalar(text(f'SELECT count(*) FROM "{table}"')) or 0)  # noqa: S608 - our own


def test_what_is_about_people_goes_when_it_has_been_over_for_as_long_as_it_is_kept(peopled: Database) -> None:
    stays = {"device": 2, "person": 2}
    for table, days in REGISTERS.items():
        before = count(peopled, table)
        days_ago(peopled.engine, days - 1, table)
        dispose(peopled.engine, POLICY, datetime.now(UTC))
        assert count(peopled, table) == before, f"{table}: a day before"
        days_ago(peopled.engine, 2, table)
        done = dispose(peopled.engine, POLICY, datetime.now(UTC))
        assert count(peopled, table) == stays.get(table, 0), f"{table}: a day after"
        assert [one.rows for one in done if one.table == table] == [before - stays.get(table, 0)]


def test_nobody_is_let_in_again_because_a_disposal_forgot_that_they_are_not(peopled: Database) -> None:
    """The next import would bring back who is disabled as somebody new, and a lapsed role as a new one."""
    store, kept = PeopleStore(peopled.engine), POLICY.keep.people_days + 1
    days_ago(peopled.engine, kept, "person", "person_role")
    store.enter([], left=[("", "lost")], roles_until=NOW + timedelta(days=1), because="left long after")
    dispose(peopled.engine, POLICY, datetime.now(UTC))
    found = {one.entry.login: one for one in store.everybody()}
    assert set(found) == {"stays", "lost"}
    assert found["lost"].disabled is not None
    assert [len(one.held) for one in found.values()] == [1, 1]
    days_ago(peopled.engine, kept, "device")
    dispose(peopled.engine, POLICY, datetime.now(UTC))
    devices = {one.entry.id: one for one in DeviceStore(peopled.engine).devices()}
    assert set(devices) == {"stays", "lost"}
    assert devices["lost"].disabled is not None


def test_roles_go_with_their_person_however_long_they_were_to_hold(peopled: Database) -> None:
    days_ago(peopled.engine, POLICY.keep.people_days + 1, "person")
    dispose(peopled.engine, POLICY, datetime.now(UTC))
    store = PeopleStore(peopled.engine)
    assert {one.entry.login for one in store.everybody()} == {"stays", "lost"}
    back = PersonEntry("", "leaves", roles=("press",))
    assert store.enter([back], roles_until=NOW + timedelta(days=1), because="came back").entered == 1


def test_every_table_has_its_time_or_a_reason_to_stay(database: Database) -> None:
    """What stays for good is small and names nobody's visits; what ends by itself needs no disposal."""
    disposed = {one.table for one in dispose(database.engine, POLICY, datetime.now(UTC))}
    stay = {"break_glass", "disposal", "local_entry", "proposal", "ruleset", "withdrawal"}
    stay |= {"chain"}  # hashes alone, without which what is left could not be verified
    by_itself = {"active_role", "presence_version", "register_version", "review_ticket", "sign_in"}
    assert disposed | stay | by_itself == set(METADATA.tables)
    assert set(REGISTERS) <= disposed
