"""The keeper: ships, writes the snapshot, says how it fares, and outlives the database."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from db.break_glass import BreakGlassStore
from db.emergencies import EmergencyStore
from db.engine import reading
from db.keeper import KeeperStatus, read_status, run_keeper
from db.models import DecisionRow
from db.registers import RegisterStore
from db.segments import slot_folder
from db.settings import DatabaseSettings, SpoolSettings
from db.snapshot import CurrentRegisters, read_snapshot, write_snapshot
from db.spool import SpoolWriter
from policy.errors import ConfigurationError
from policy.registers import Registers, TargetKind
from tests.db.conftest import Database
from tests.db.examples import break_glass_days_ago, decision
from tests.descriptors import no_descriptors_left
from tests.postgres import PostgresServer

SPOOL = SpoolSettings()


@contextmanager
def kept(database: Database) -> Iterator[threading.Event]:
    stop = threading.Event()
    arguments = (database.state, database.settings, SPOOL, stop)
    keeper = threading.Thread(target=run_keeper, args=arguments)
    keeper.start()
    try:
        yield stop
    finally:
        stop.set()
        keeper.join()


def eventually(what: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def stored(database: Database) -> int:
    with reading(database.engine) as connection:
        return len(list(connection.scalars(select(DecisionRow.id))))


def status(database: Database) -> KeeperStatus:
    found = read_status(database.state)
    assert found is not None
    return found


def test_what_workers_record_is_in_the_database_soon_after(database: Database) -> None:
    writers = [SpoolWriter(slot_folder(database.state / "spool", slot), SPOOL) for slot in (0, 1)]
    with kept(database):
        for writer in writers:
            writer.record(decision())
        eventually(lambda: stored(database) == 2)
        writers[0].record(decision())
        eventually(lambda: stored(database) == 3)
        eventually(lambda: status(database).last_shipped_at is not None)
        assert status(database).database_ok
        eventually(lambda: status(database).spool_records == 0)
    for writer in writers:
        writer.close()


def test_a_keeper_that_is_told_to_stop_ships_what_is_left(database: Database) -> None:
    writer = SpoolWriter(slot_folder(database.state / "spool", 0), SPOOL)
    with kept(database):
        eventually(lambda: read_status(database.state) is not None)
        for _ in range(50):
            writer.record(decision())
        writer.close()
    assert stored(database) == 50
    assert status(database).spool_records == 0


def test_a_keeper_without_descriptors_outlives_it_and_takes_no_spool_for_empty(database: Database) -> None:
    writer = SpoolWriter(slot_folder(database.state / "spool", 0), SPOOL)
    with kept(database):
        writer.record(decision())
        eventually(lambda: stored(database) == 1)
        with no_descriptors_left():
            writer.record(decision())  # into the segment that it has open
            time.sleep(1.5)
        eventually(lambda: stored(database) == 2)
        eventually(lambda: status(database).error is None and status(database).spool_records == 0)
    writer.close()


def test_a_register_change_is_in_the_snapshot_within_two_seconds(database: Database) -> None:
    current = CurrentRegisters(database.state / "run" / "registers.snapshot")
    with kept(database):
        eventually(current.refresh)
        began = time.monotonic()
        RegisterStore(database.engine).block(TargetKind.HOST, "news.test", until=None, because="complaint")
        eventually(lambda: current.refresh() and "news.test" in current.registers.local, seconds=2)
        assert time.monotonic() - began < 2


def test_a_snapshot_that_somebody_removes_is_written_again(sqlite: Database) -> None:
    snapshot = sqlite.state / "run" / "registers.snapshot"
    with kept(sqlite):
        eventually(snapshot.exists)
        snapshot.unlink()
        eventually(snapshot.exists)


def test_an_emergency_is_in_force_within_two_seconds_and_ends_to_the_second(database: Database) -> None:
    """It ends by the worker's clock: nothing has to reach it by then."""
    current = CurrentRegisters(database.state / "run" / "registers.snapshot")
    until = datetime.now(UTC) + timedelta(hours=1)
    with kept(database):
        eventually(current.refresh)
        EmergencyStore(database.engine).allow_in_emergency(
            TargetKind.HOST, "custody.test", until=until, because="ticket 1"
        )
        eventually(lambda: current.refresh() and "custody.test" in current.registers.local, seconds=2)
    just_before = until - timedelta(microseconds=1)
    assert current.registers.local_entry("www.custody.test", "/", just_before) is not None
    assert current.registers.local_entry("www.custody.test", "/", until) is None


def test_a_keeper_does_not_trust_the_snapshot_it_finds(database: Database) -> None:
    """The keeper of an earlier release leaves out what it does not know, under the same marker."""
    opening = BreakGlassStore(database.engine).open(timedelta(minutes=5), because="a test")
    registers, version = RegisterStore(database.engine).load()
    assert registers.break_glass is not None
    snapshot = database.state / "run" / "registers.snapshot"
    snapshot.parent.mkdir()
    write_snapshot(snapshot, Registers(), version)
    with kept(database):
        eventually(lambda: read_snapshot(snapshot)[0].is_open(opening.begins))


def test_a_register_change_need_not_wait_for_a_backlog(database: Database) -> None:
    writer = SpoolWriter(slot_folder(database.state / "spool", 0), SPOOL)
    for _ in range(20_000):
        writer.record(decision())
    writer.close()
    current = CurrentRegisters(database.state / "run" / "registers.snapshot")
    with kept(database):
        eventually(current.refresh)
        RegisterStore(database.engine).block(TargetKind.HOST, "news.test", until=None, because="complaint")
        eventually(lambda: current.refresh() and "news.test" in current.registers.local, seconds=2)


def test_what_nobody_confirmed_is_reported_though_nobody_looks(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    store = BreakGlassStore(database.engine)
    opening = store.open(timedelta(minutes=30), because="a filter that blocks everything")
    with kept(database):
        eventually(lambda: read_status(database.state) is not None)
        eventually(lambda: status(database).break_glass_until == opening.until.timestamp())
        assert status(database).break_glass_unconfirmed == 1
    break_glass_days_ago(database.engine, 1)
    with kept(database):
        eventually(lambda: status(database).break_glass_overdue == 1)
        assert status(database).break_glass_until is None
    [reported] = store.openings()
    assert reported.reported_at is not None
    assert "1 uses of break-glass were reported" in caplog.text


def test_somebody_elses_lock_on_the_log_keeps_neither_the_registers_nor_later_records_back(
    postgresql: Database,
) -> None:
    writer = SpoolWriter(slot_folder(postgresql.state / "spool", 0), SPOOL)
    current = CurrentRegisters(postgresql.state / "run" / "registers.snapshot")
    store = RegisterStore(postgresql.engine)
    with kept(postgresql):
        eventually(current.refresh)
        with postgresql.engine.begin() as connection:
            connection.execute(text("LOCK TABLE decision IN ACCESS EXCLUSIVE MODE"))
            writer.record(decision())
            eventually(lambda: not status(postgresql).database_ok)
            time.sleep(2)  # so that it has been tried several times
            store.block(TargetKind.HOST, "news.test", until=None, because="complaint")
            eventually(lambda: current.refresh() and "news.test" in current.registers.local, seconds=2)
        eventually(lambda: stored(postgresql) == 1)
    writer.close()


def test_only_one_keeper_works_at_a_time_and_the_next_takes_over(database: Database) -> None:
    with kept(database) as first:
        eventually(lambda: read_status(database.state) is not None)
        with kept(database):
            first.set()
            writer = SpoolWriter(slot_folder(database.state / "spool", 0), SPOOL)
            writer.record(decision())
            writer.close()
            eventually(lambda: stored(database) == 1)


def test_the_keeper_outlives_the_database_and_then_ships_everything(
    postgres: PostgresServer, postgresql: Database, caplog: pytest.LogCaptureFixture
) -> None:
    writer = SpoolWriter(slot_folder(postgresql.state / "spool", 0), SPOOL)
    made = 0

    def record(count: int) -> None:
        nonlocal made
        for _ in range(count):
            writer.record(decision(person="marked-person", host="marked-host.test"))
        made += count

    with caplog.at_level(logging.INFO), kept(postgresql):
        record(20)
        eventually(lambda: stored(postgresql) == 20)
        postgres.stop("immediate")
        try:
            record(500)
            eventually(lambda: not status(postgresql).database_ok)
            eventually(lambda: status(postgresql).spool_records >= 500)
            assert status(postgresql).error is not None
            assert status(postgresql).spool_bytes > 0
        finally:
            postgres.start()
        record(30)
        eventually(lambda: stored(postgresql) == made, seconds=30)
        eventually(lambda: status(postgresql).database_ok)
        assert status(postgresql).error is None
    writer.close()
    ours = [record for record in caplog.records if record.name == "db.keeper"]
    assert [record.levelname for record in ours] == ["ERROR", "WARNING"], (
        "one line when it begins, one when over"
    )
    assert "marked" not in caplog.text


def test_without_a_schema_the_keeper_says_what_to_do_and_goes_on_trying(empty_database: Database) -> None:
    with kept(empty_database):
        eventually(lambda: read_status(empty_database.state) is not None)
        eventually(lambda: (status(empty_database).error or "") != "")
        assert not status(empty_database).database_ok


def test_a_snapshot_that_cannot_be_written_does_not_keep_the_keeper_from_shipping(sqlite: Database) -> None:
    (sqlite.state / "run" / "registers.new").mkdir(parents=True)
    writer = SpoolWriter(slot_folder(sqlite.state / "spool", 0), SPOOL)
    writer.record(decision())
    writer.close()
    with kept(sqlite):
        eventually(lambda: stored(sqlite) == 1)
        eventually(lambda: not status(sqlite).database_ok)


def test_a_status_that_cannot_be_written_is_said_once(
    sqlite: Database, caplog: pytest.LogCaptureFixture
) -> None:
    (sqlite.state / "run" / "keeper.new").mkdir(parents=True)
    with caplog.at_level(logging.ERROR), kept(sqlite):
        time.sleep(2.5)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_wrong_address_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        run_keeper(tmp_path, DatabaseSettings(url=SecretStr("mysql://x/y")), SPOOL, threading.Event())


def test_a_status_that_does_not_read_is_none(tmp_path: Path) -> None:
    assert read_status(tmp_path) is None
    (tmp_path / "run").mkdir()
    for broken in ("", "{", json.dumps({"pid": 1})):
        (tmp_path / "run" / "keeper.json").write_text(broken)
        assert read_status(tmp_path) is None
