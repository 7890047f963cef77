"""
What does it cost a request that its Decision is in keeping before the answer leaves?

Microseconds a record as one thread sees them, encoding included, medians of interleaved rounds in one run:
ours, and the peers it was chosen over. "CPU" is this process's user and system time; the rest is waiting.

    python -m benchmarks.spool [FOLDER]

FOLDER is where the files go (default: a temporary one); put it on the disk that is to be measured. A
budget is held: 10 µs of CPU a record for the append.
"""

import asyncio
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from db.frames import DECISION, encode
from db.settings import Durability, SpoolSettings
from db.spool import SpoolWriter
from policy.decision import Decision
from tests.db.examples import decision

ROUNDS = 7
RECORDS = 2_000
SYNCED_RECORDS = 200
TOGETHER = 32  # requests that wait at the same time
BUDGET_US = 10.0

type Recorder = Callable[[list[Decision]], None]


@contextmanager
def encoding_only(_: Path) -> Iterator[Recorder]:
    """The frame and nothing else."""

    def record(decisions: list[Decision]) -> None:
        for one in decisions:
            encode(DECISION, one)

    yield record


@contextmanager
def spool(folder: Path) -> Iterator[Recorder]:
    """Ours: one append."""
    writer = SpoolWriter(folder, SpoolSettings())

    def record(decisions: list[Decision]) -> None:
        for one in decisions:
            writer.record(one)

    yield record
    writer.close()


@contextmanager
def spool_power(folder: Path) -> Iterator[Recorder]:
    """Ours with durability "power", as on an event loop: those who wait share a sync."""
    writer = SpoolWriter(folder, SpoolSettings(durability=Durability.POWER))

    async def together(decisions: list[Decision]) -> None:
        for begin in range(0, len(decisions), TOGETHER):
            await asyncio.gather(*map(writer.record_soon, decisions[begin : begin + TOGETHER]))

    def record(decisions: list[Decision]) -> None:
        asyncio.run(together(decisions))

    yield record
    writer.close()


@contextmanager
def append_and_sync(folder: Path) -> Iterator[Recorder]:
    """An append and an fdatasync each."""
    fd = os.open(folder / "file", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def record(decisions: list[Decision]) -> None:
        for one in decisions:
            os.write(fd, encode(DECISION, one))
            os.fdatasync(fd)

    yield record
    os.close(fd)


@contextmanager
def sqlite_wal(folder: Path, synchronous: str) -> Iterator[Recorder]:
    """SQLite as the spool: one transaction a record, since the answer waits for it."""
    connection = sqlite3.connect(folder / "spool.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE spool (id INTEGER PRIMARY KEY, record BLOB)")

    def record(decisions: list[Decision]) -> None:
        for one in decisions:
            connection.execute("INSERT INTO spool (record) VALUES (?)", (encode(DECISION, one),))

    yield record
    connection.close()


VARIANTS = {
    "encoding only": (encoding_only, RECORDS),
    "spool, durability process": (spool, RECORDS),
    f"spool, durability power, {TOGETHER} waiting": (spool_power, RECORDS),
    "SQLite WAL, synchronous OFF": (lambda folder: sqlite_wal(folder, "OFF"), RECORDS),
    "SQLite WAL, synchronous NORMAL": (lambda folder: sqlite_wal(folder, "NORMAL"), RECORDS),
    "append, fdatasync each": (append_and_sync, SYNCED_RECORDS),
    "SQLite WAL, synchronous FULL": (lambda folder: sqlite_wal(folder, "FULL"), SYNCED_RECORDS),
}


def main(root: Path) -> int:
    """Print the table; 1 when the budget is not held."""
    decisions = [decision() for _ in range(RECORDS)]
    wall: dict[str, list[float]] = {name: [] for name in VARIANTS}
    cpu: dict[str, list[float]] = {name: [] for name in VARIANTS}
    for _ in range(ROUNDS):
        for name, (variant, count) in VARIANTS.items():
            with tempfile.TemporaryDirectory(dir=root) as folder, variant(Path(folder)) as record:
                record(decisions[:TOGETHER])
                cpu_before, wall_before = time.process_time(), time.perf_counter()
                record(decisions[:count])
                wall[name].append((time.perf_counter() - wall_before) / count * 1e6)
                cpu[name].append((time.process_time() - cpu_before) / count * 1e6)
    size = len(encode(DECISION, decisions[0]))
    print(f"{size} bytes a record; medians of {ROUNDS} interleaved rounds\n")
    print(f"{'':<40}{'µs a record':>12}{'CPU µs':>9}")
    for name in VARIANTS:
        print(f"{name:<40}{statistics.median(wall[name]):>12.1f}{statistics.median(cpu[name]):>9.1f}")
    ours = statistics.median(cpu["spool, durability process"])
    print(f"\nbudget {BUDGET_US:.0f} µs of CPU a record: {'held' if ours <= BUDGET_US else 'NOT HELD'}")
    return 0 if ours <= BUDGET_US else 1


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else temporary)))
