"""
Does anybody wait while millions of decisions are disposed of?

A real gateway writes into a database whose months are full (`benchmarks/generator`), and answers a request
every few milliseconds, while a class of some millions of decisions, and what came of them, is disposed of:
with legal holds on ten people, so that their rows are looked for in all of it and copied out first. What a
request takes before, during and after; how long records waited in the spool meanwhile; what the record of
the disposal says. Budget: the 99th percentile during it is no more than twice that before, and a few
milliseconds.

    benchmarks/run retention [DECISIONS] [DATABASE_URL]

A database that is named is filled if it is empty; what is disposed of in it is gone.
"""

import http.client
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url

from benchmarks.load.machines import HOSTS, machines, settings_of
from benchmarks.review import SERVER, filled
from db.dispose import Disposed, dispose
from db.engine import make_engine
from db.review.holds import HoldStore
from db.settings import DatabaseSettings
from db.spool_reader import SpoolReader
from policy.document import Policy, read_policy
from policy.review.hold import FOR_GOOD, HoldTerms
from policy.review.reviewer import Reviewer
from policy.words import RetentionClass
from tests.journeys.harness.gateway import Gateway, make_state
from tests.postgres import PostgresServer

DECISIONS = 10_000_000  # in all: half of them are of the class and months that go
KEEP_DAYS = 20  # of what goes: the months before this one
PAUSE = 0.005  # seconds between two requests
PHASE = 20.0  # seconds before, and after
WARM = 3.0
MOST_TIMES, MOST_MORE = 2.0, 0.010
WRITER = "benchmark_gateway"


@dataclass(slots=True)
class Phase:
    """What requests took while something went on."""

    name: str
    seconds: list[float]
    waited: float = 0.0  # the longest that a record stood in the spool

    @property
    def p99(self) -> float:
        """Seconds."""
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[-1]


def main(decisions: int, url: str | None) -> int:
    """Print what it took; 1 when the budget is not held."""
    with ExitStack() as running:
        if url is None:
            server = running.enter_context(PostgresServer(synced=True, settings=SERVER))
            url = server.url(running.enter_context(server.database()))
        filled(url, decisions)
        before, during, after, gone = _measured(url)
    for one in gone:
        if one.rows:
            held = f", {one.held:,} of them kept for a hold" if one.held else ""
            print(f"{one.table}, {one.retention_class}, before {one.before:%Y-%m-%d}: {one.rows:,}{held}")
    print(f"\n{'':<12}{'requests':>9}{'p50 ms':>8}{'p99 ms':>8}{'most':>8}{'in the spool, s':>17}")
    for phase in (before, during, after):
        p50, most = statistics.median(phase.seconds), max(phase.seconds)
        times = (p50, phase.p99, most)
        shown = "".join(f"{one * 1e3:>8.1f}" for one in times)
        print(f"{phase.name:<12}{len(phase.seconds):>9,}{shown}{phase.waited:>17.1f}")
    held_budget = during.p99 <= before.p99 * MOST_TIMES + MOST_MORE
    print("held" if held_budget else "NOT HELD")
    return 0 if held_budget else 1


def _measured(url: str) -> tuple[Phase, Phase, Phase, list[Disposed]]:
    engine = make_engine(DatabaseSettings(url=SecretStr(url)), Path())
    _hold(HoldStore(engine))
    with _gateway(url) as (gateway, port):
        asking = Asking(gateway, port)
        asking.start()
        time.sleep(WARM)
        asking.phase("before")
        time.sleep(PHASE)
        during = asking.phase("during")
        began = time.monotonic()
        gone = dispose(engine, _policy(), datetime.now(UTC))
        print(f"disposed of in {time.monotonic() - began:.1f} s")
        asking.phase("after")
        time.sleep(PHASE)
        _, before, _, after = asking.end()
        gateway.shipped(within=60)
    engine.dispose()
    return before, during, after, gone


def _hold(holds: HoldStore) -> None:
    people = tuple(f"user{number:05d}" for number in range(1, 11))
    since = datetime.now(UTC) - timedelta(days=365)
    holds.place(
        HoldTerms("", people, since, FOR_GOOD, "B/1", "a benchmark"), Reviewer("", "officer", frozenset())
    )


def _policy() -> Policy:
    """The shipped one, with less time for what is to go and all of it for everything else."""
    shipped = read_policy()
    records = {
        name: rule.model_copy(update={"keep_days": KEEP_DAYS if name is RetentionClass.OTHER else 3_650})
        for name, rule in shipped.file.record.items()
    }
    return Policy(
        file=shipped.file.model_copy(update={"record": records}), digest=shipped.digest, source=shipped.source
    )


@contextmanager
def _gateway(url: str) -> Iterator[tuple[Gateway, int]]:
    """A gateway whose login may add to the log and no more; and the port of what it asks."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (WRITER,)).fetchone() is None:
            connection.execute(f"CREATE ROLE {WRITER} LOGIN".encode())
        connection.execute(f"GRANT sluicegate_gateway TO {WRITER}".encode())
    writer = make_url(url).set(username=WRITER).render_as_string(False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = make_state(folder / "state", {"gambling": ["casino.test"]})
        with machines(folder) as world:
            gateway = Gateway(state, settings_of(world) | {"database": {"url": writer}}).start()
            try:
                yield gateway, world.ports.http
            finally:
                gateway.stop()


class Asking(threading.Thread):
    """Asks through the gateway, again and again, and looks at its spool."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        super().__init__(daemon=True)
        self._gateway, self._port = gateway, port
        self._phases = [Phase("warming up", [])]
        self._over = threading.Event()

    def phase(self, name: str) -> Phase:
        """From now on it is this."""
        self._phases.append(Phase(name, []))
        return self._phases[-1]

    def end(self) -> list[Phase]:
        """Stop; what there was."""
        self._over.set()
        self.join()
        return self._phases

    def run(self) -> None:
        """Until it is over."""
        connection = http.client.HTTPConnection(*self._gateway.proxy, timeout=30)
        slot = self._gateway.state / "spool" / "slot-0"
        number = 0
        while not self._over.is_set():
            number += 1
            began = time.perf_counter()
            connection.request("GET", f"http://{HOSTS[0]}:{self._port}/page-{number}")
            connection.getresponse().read()
            phase = self._phases[-1]
            phase.seconds.append(time.perf_counter() - began)
            if number % 50 == 0 and (oldest := SpoolReader(slot).oldest()) is not None:
                waited = (datetime.now(UTC) - oldest).total_seconds()
                # What is known of a row on the hour alone is the hour.
                phase.waited = max(phase.waited, waited if waited < 3_000 else 0)
            time.sleep(PAUSE)


if __name__ == "__main__":
    sys.exit(
        main(int(sys.argv[1]) if len(sys.argv) > 1 else DECISIONS, sys.argv[2] if len(sys.argv) > 2 else None)
    )
