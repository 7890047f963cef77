"""
How fast does a backlog get into the database, and how many workers' records can one keeper ship?

Records a second from the spool's files to a committed transaction, decoding and proof included: SQLite in
the state folder, PostgreSQL on loopback, and the peer that needs no thought, SQLAlchemy's own insert of
rows. Both databases sync at commit as they do in use. How many decisions a worker makes is measured in
the same run, with a core of its own and as many requests as it can take; each decision has an outcome, so
that is twice as many records. "CPU" is the keeper's own, without the server's, and hardly depends on what
else runs.

    python -m benchmarks.shipping [RECORDS]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from benchmarks.load.generator import Job
from benchmarks.load.machines import HOSTS, machines, measure, our_proxy
from db.engine import make_engine, writing
from db.models import DecisionRow, OutcomeRow
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.spool_reader import SpoolReader
from db.upgrade import upgrade
from policy.decision import Decision
from policy.identifiers import uuid7
from tests.db.examples import decision, outcome
from tests.journeys.harness.gateway import make_state
from tests.postgres import PostgresServer

ROUNDS = 3
WANTED = 20  # times what a worker makes


def fill(folder: Path, records: int) -> None:
    """A slot's spool with half decisions, half outcomes."""
    writer = SpoolWriter(folder, SpoolSettings())
    for _ in range(records // 2):
        made = decision(at=datetime.now(UTC))
        writer.record(made)
        writer.outcome(outcome(made))
    writer.close()


def by_shipper(engine: Engine, root: Path) -> None:
    """Ours."""
    shipper = Shipper(engine, root, SpoolSettings().batch_size)
    while shipper.ship_once().records:
        pass


def by_rows(engine: Engine, root: Path) -> None:
    """SQLAlchemy's insert of a list of rows, batch by batch."""
    reader = SpoolReader(root / "slot-0")
    identifier = uuid7()
    while (batch := reader.next_batch(SpoolSettings().batch_size)) is not None:
        records = [frame.record() for frame in batch.frames]
        with writing(engine) as connection:
            for model, kind in ((DecisionRow, True), (OutcomeRow, False)):
                rows = [asdict(one) for one in records if isinstance(one, Decision) is kind]
                for row in rows if kind else ():
                    row["batch"] = identifier
                    for name in ("names", "categories", "matches"):
                        row[name] = msgspec.to_builtins(row[name])
                connection.execute(insert(model), rows)
        reader.advance(batch)


@contextmanager
def sqlite() -> Iterator[Engine]:
    """A database in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(DatabaseSettings(), Path(folder))
        upgrade(engine)
        yield engine
        engine.dispose()


@contextmanager
def postgresql(server: PostgresServer) -> Iterator[Engine]:
    """A database of its own on the server."""
    with server.database() as name:
        engine = make_engine(DatabaseSettings(url=SecretStr(server.url(name))), Path())
        upgrade(engine)
        yield engine
        engine.dispose()


def worker_rate() -> float:
    """
    Decisions a second that one worker makes with a core to itself, by the time it spends on one.

    By what it answers in a second a busy machine would make it slow, and the keeper look fast beside it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = make_state(folder / "state", {"gambling": ["casino.test"]})
        with machines(folder) as world, our_proxy(world, state) as (proxy, _):
            job = Job(
                kind="plain",
                proxy_port=proxy.port,
                hosts=HOSTS,
                port=world.ports.http,
                ca_file=str(proxy.ca_file),
                connections=16,
                seconds=4.0,
                warm_seconds=1.0,
            )
            return 1e6 / min(measure(proxy, job).cpu_us for _ in range(ROUNDS))


def main(records: int) -> int:
    """Print the table; 1 when PostgreSQL takes less than is wanted."""
    worker = 2 * worker_rate()
    seconds: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    with PostgresServer(synced=True) as server:
        for _ in range(ROUNDS):
            for name, database in (("SQLite", sqlite()), ("PostgreSQL", postgresql(server))):
                with database as engine:
                    for how in (by_shipper, by_rows):
                        with tempfile.TemporaryDirectory() as root:
                            fill(Path(root) / "slot-0", records)
                            began, cpu_before = time.perf_counter(), time.process_time()
                            how(engine, Path(root))
                            took, worked = time.perf_counter() - began, time.process_time() - cpu_before
                        label = f"{name}, {'shipper' if how is by_shipper else 'rows'}"
                        seconds.setdefault(label, []).append(took)
                        cpu.setdefault(label, []).append(worked)
    print(
        f"{records:,} records, medians of {ROUNDS} interleaved rounds; a worker makes {worker:,.0f} a second"
        "\n"
    )
    print(f"{'':<24}{'records/s':>12}{'µs a record':>13}{'CPU µs':>9}{'workers':>9}")
    for name, taken in seconds.items():
        rate = records / statistics.median(taken)
        own = statistics.median(cpu[name]) / records * 1e6
        print(f"{name:<24}{rate:>12,.0f}{1e6 / rate:>13.1f}{own:>9.1f}{rate / worker:>9.1f}")
    times = records / statistics.median(seconds["PostgreSQL, shipper"]) / worker
    held = "held" if times >= WANTED else "NOT HELD"
    print(f"\nPostgreSQL takes {times:.1f} times what a worker makes: {held}")
    return 0 if times >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000))
