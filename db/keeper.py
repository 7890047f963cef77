"""
The keeper: the one process of a gateway that talks to the database.

It ships what the workers' spools hold, writes the registers' snapshot when a register changed, and says
how it fares in `run/keeper.json`. It also writes down which uses of break-glass nobody confirmed, and covers
the hours of rows that name no batch (`db/proof/covers.py`). Workers need it for neither answering nor
recording: while it or the database is away they serve from the last snapshot and their spools grow.

The registers come first and are looked at between any two batches, so that a block entered while a
day's backlog is being shipped is in force as soon as at any other time.

The log says when something begins and when it is over, not every time it is tried, and names no host,
person or row: of a database error it says only the kind.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from db.break_glass import Tally, report_overdue, tally
from db.engine import make_engine
from db.partitions import make_partitions
from db.proof.covers import cover_hours
from db.registers import RegisterStore
from db.segments import FolderLock
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.snapshot import write_snapshot
from policy.errors import DatabaseAway, DecisionLogUnavailable, SluicegateError
from policy.events import Event

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
STATUS_SECONDS = 1.0
PARTITION_SECONDS = 600.0
COVER_SECONDS = 1800.0
BREAK_GLASS_SECONDS = 30.0
LONGEST_PAUSE = 5.0
DRAIN_SECONDS = 10.0


class KeeperStatus(msgspec.Struct):
    """What `run/keeper.json` says; times are Unix seconds."""

    pid: int
    at: float
    spool_records: int
    spool_bytes: int
    database_ok: bool
    database_age_s: float  # since the database last did what it was asked
    last_shipped_at: float | None
    set_aside: int  # records the database would not take, since this keeper began
    damaged_bytes: int  # of spools, stepped over since this keeper began
    registers_version: str | None
    error: str | None
    spool_oldest_at: float | None = None  # when the record was made that has waited longest
    break_glass_until: float | None = None  # of what is open, as the database has it
    break_glass_unconfirmed: int = 0  # within the day that a second person has for it
    break_glass_overdue: int = 0


def read_status(state: Path) -> KeeperStatus | None:
    """The keeper's last word, None when there is none that reads."""
    try:
        return msgspec.json.decode((state / "run" / "keeper.json").read_bytes(), type=KeeperStatus)
    except (OSError, msgspec.DecodeError):
        return None


def run_keeper(state: Path, database: DatabaseSettings, spool: SpoolSettings, stop: threading.Event) -> None:
    """
    Keep the gateway with this state folder until `stop` is set, then ship what is left and return.

    Waits while another keeper has the spools. Raises `ConfigurationError` for a wrong database address;
    a database that is away, or not as it should be, is waited for.
    """
    engine = make_engine(database, state)
    for folder in ("spool", "run"):
        (state / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = _sole_keeper(state / "spool", stop)
    if lock is None:
        return
    keeper = _Keeper(state, engine, Shipper(engine, state / "spool", spool.batch_size))
    done = threading.Event()
    speaking = threading.Thread(target=keeper.speak, args=(done,), name="keeper-status", daemon=True)
    speaking.start()
    try:
        keeper.keep(stop)
    finally:
        done.set()
        speaking.join()
        engine.dispose()
        lock.release()


@dataclass
class _Keeper:
    state: Path
    engine: Engine
    shipper: Shipper
    clock: Callable[[], float] = time.monotonic
    answered_at: float = field(default_factory=time.monotonic)
    partitions_at: float | None = None
    covered_at: float | None = None
    break_glass_at: float | None = None
    break_glass: Tally = field(default_factory=Tally)
    last_shipped_at: float | None = None
    set_aside: int = 0
    ok: bool = False  # until the database has answered once
    error: str | None = None
    more: bool = False
    reachable: bool = True
    pending: tuple[int, int] = (0, 0)
    oldest: float | None = None
    counted_at: float = 0.0

    def __post_init__(self) -> None:
        self.registers = RegisterStore(self.engine)
        self.snapshot = self.state / "run" / "registers.snapshot"
        # Written once in any case: what lies there may be by an earlier release, which knew fewer registers.
        self.version: str | None = None

    def keep(self, stop: threading.Event) -> None:
        pause = POLL_SECONDS
        while not stop.is_set():
            more = self.round()
            # Longer and longer only while nothing answers: where only the log is in trouble, the registers
            # are looked at as often as ever.
            pause = POLL_SECONDS if self.reachable else min(pause * 2, LONGEST_PAUSE)
            if self.error is not None or not more:
                stop.wait(pause)
        deadline = self.clock() + DRAIN_SECONDS
        while self.round() and self.clock() < deadline:
            pass
        self.count()

    def round(self) -> bool:
        """The registers, then one batch of every slot; True when there may be more to ship."""
        self.more = False
        problems: list[Exception] = []
        for step in (
            self.refresh_registers,
            self.ship,
            self.look_at_break_glass,
            self.prepare_partitions,
            self.cover_hours,
        ):
            try:
                step()
            except DatabaseAway as error:
                problems.append(error)
                break
            # Any other trouble of one step must not keep the next from its work: on a full disk no snapshot
            # can be written, and shipping is what makes room.
            except Exception as error:  # noqa: BLE001
                problems.append(error)
        self.judge(problems)
        if self.clock() - self.counted_at > STATUS_SECONDS:
            self.count()
        return self.more

    def count(self) -> None:
        # Where the spool cannot be looked at, what was shipped from it has said so; the last numbers stay.
        with suppress(OSError):
            self.pending, oldest = self.shipper.pending(), self.shipper.oldest()
            self.oldest = oldest.timestamp() if oldest else None
        self.counted_at = self.clock()

    def refresh_registers(self) -> None:
        self.reachable = False
        version = self.registers.version()
        self.reachable = True
        # Removed by somebody, no worker that starts would find it until a register changes.
        if version != self.version or not self.snapshot.exists():
            registers, version = self.registers.load()
            write_snapshot(self.snapshot, registers, version)
            self.version = version
            self.break_glass_at = None

    def look_at_break_glass(self) -> None:
        now = self.clock()
        if self.break_glass_at is None or now - self.break_glass_at > BREAK_GLASS_SECONDS:
            self.break_glass_at = now
            if reported := report_overdue(self.engine, datetime.now(UTC)):
                log.error(
                    "%d uses of break-glass were reported: no second person confirmed them in a day", reported
                )
            self.break_glass = tally(self.engine, datetime.now(UTC))

    def prepare_partitions(self) -> None:
        now = self.clock()
        if self.partitions_at is None or now - self.partitions_at > PARTITION_SECONDS:
            # Tried or done: they are made months ahead, so what is in use now can wait for the next time.
            self.partitions_at = now
            make_partitions(self.engine)

    def cover_hours(self) -> None:
        now = self.clock()
        if self.covered_at is None or now - self.covered_at > COVER_SECONDS:
            # Tried or done, as above: what is not covered now is with the next.
            self.covered_at = now
            cover_hours(self.engine, datetime.now(UTC))

    def ship(self) -> None:
        shipped = self.shipper.ship_once()
        self.more = shipped.records > 0
        if shipped.records:
            self.last_shipped_at = time.time()
        if shipped.set_aside:
            self.set_aside += shipped.set_aside
            event = Event.SET_ASIDE
            log.error(
                "%d records set aside: the database did not take them",
                shipped.set_aside,
                extra=event.extra,
            )

    def judge(self, problems: list[Exception]) -> None:
        self.ok = not problems
        if not problems:
            self.answered_at = self.clock()
            if self.error is not None:
                log.warning("the keeper does its work again", extra=Event.DATABASE_BACK.extra)
            self.error = None
            return
        kind = type(problems[0]).__name__
        if self.error is None:
            event = Event.DATABASE_AWAY
            log.error("the keeper cannot do its work and tries again: %s", kind, extra=event.extra)
        expected = isinstance(problems[0], SluicegateError)
        self.error = str(problems[0]) if expected else f"unexpected: {kind}"

    def speak(self, done: threading.Event) -> None:
        """Write the status each second; apart from `keep`, which a database may hold up."""
        path = self.state / "run" / "keeper.json"
        beside = path.with_suffix(".new")
        written = True
        while True:
            last = done.is_set()
            try:
                beside.write_bytes(msgspec.json.encode(self.status()))
                beside.replace(path)
                written = True
            except OSError as error:
                if written:
                    log.error("the keeper's status cannot be written: %s", error.strerror)
                written = False
            if last:
                return
            done.wait(STATUS_SECONDS)

    def status(self) -> KeeperStatus:
        records, held = self.pending
        return KeeperStatus(
            pid=os.getpid(),
            at=time.time(),
            spool_records=records,
            spool_bytes=held,
            database_ok=self.ok,
            database_age_s=round(self.clock() - self.answered_at, 3),
            last_shipped_at=self.last_shipped_at,
            set_aside=self.set_aside,
            damaged_bytes=self.shipper.damaged_bytes,
            registers_version=self.version,
            error=self.error,
            spool_oldest_at=self.oldest,
            break_glass_until=self.break_glass.until.timestamp() if self.break_glass.until else None,
            break_glass_unconfirmed=self.break_glass.unconfirmed,
            break_glass_overdue=self.break_glass.overdue,
        )


def _sole_keeper(folder: Path, stop: threading.Event) -> FolderLock | None:
    """The lock, once no other keeper has it; None when we are told to stop before."""
    while not stop.is_set():
        try:
            return FolderLock(folder)
        except DecisionLogUnavailable:
            stop.wait(0.2)
    return None
