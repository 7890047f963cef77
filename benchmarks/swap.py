"""
What does anybody notice of a new Ruleset of four million entries?

Two workers under load; two Rulesets of 4.06 million entries, one entry apart, are put in force in turn.
Meanwhile kept connections (http, https, and a tunnel that is not decrypted) ask again and again and a
download drips. Printed: how long until every worker judges by the new one, the longest anybody waited for
an answer with and without a swap, what a worker holds before and after. No request may fail.

    python -m benchmarks.swap [DATA_FOLDER]
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.load.machines import HOSTS, Machines, machines, memory, settings_of
from benchmarks.load.scale import DATA, TUNNELLED, other_scale_ruleset, scale_state
from categories.store import RulesetStore
from tests.journeys.harness.clients import Kept
from tests.journeys.harness.gateway import Gateway
from tests.journeys.harness.origins import running_origins

NEWLY_BLOCKED = HOSTS[-1]
SWAPS = 8
EVERY = 3.0
MOST_SECONDS = 2.0
MOST_PAUSE = 0.100
KEPT = 3  # connections of each scheme
PACE = 0.01  # seconds between two requests of one, so that the clients are no load to themselves


@dataclass(slots=True)
class Noticed:
    """What the clients noticed."""

    failures: list[str] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)  # when, how long

    def longest(self, spans: list[tuple[float, float]], *, inside: bool) -> float:
        """The longest wait that fell into one of these spans, or into none of them."""
        return max(
            wait
            for began, wait in self.waits
            if any(start <= began + wait and began <= end for start, end in spans) is inside
        )


class Load:
    """Clients that ask until told to stop."""

    def __init__(self, gateway: Gateway, world: Machines, slow_port: int) -> None:
        self.noticed = Noticed()
        self._gateway, self._world = gateway, world
        self._stop = threading.Event()
        ports, client = world.ports, gateway.client()
        ways: list[Callable[[], AbstractContextManager[Kept]]] = [self._tunnel]
        for host in HOSTS[:KEPT]:
            ways.append(partial(client.kept, f"http://{host}:{ports.http}"))
            ways.append(partial(client.kept, f"https://{host}:{ports.https1}"))
        self._threads = [threading.Thread(target=self._ask, args=(way,)) for way in ways]
        self._threads.append(threading.Thread(target=self._download, args=(slow_port,)))

    def begin(self) -> None:
        """Let them in."""
        for thread in self._threads:
            thread.start()

    def end(self) -> Noticed:
        """Send them home."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)
        return self.noticed

    @contextmanager
    def _tunnel(self) -> Iterator[Kept]:
        trust = self._world.authority.ca_file
        line = self._gateway.client().tls(TUNNELLED, self._world.ports.https1, trust=trust)
        yield Kept(line, "https", TUNNELLED, {})
        line.close()

    def _ask(self, way: Callable[[], AbstractContextManager[Kept]]) -> None:
        number = 0
        with way() as kept:
            while not self._stop.is_set():
                number += 1
                began = time.monotonic()
                answer = kept.get(f"/news/{number}.html")
                self.noticed.waits.append((began, time.monotonic() - began))
                if answer is None or answer.status != 200 or not answer.complete:
                    self.noticed.failures.append(f"{kept.scheme}: {answer and answer.status}")
                    return
                time.sleep(PACE)

    def _download(self, port: int) -> None:
        answer = self._gateway.client().get(f"http://{HOSTS[0]}:{port}/drip/{int(SWAPS * EVERY)}")
        if answer.status != 200 or not answer.complete:
            self.noticed.failures.append("the download")


def main(data: Path) -> int:
    """Print what was noticed; 1 when somebody noticed too much."""
    state = scale_state(data)
    store = RulesetStore(state / "rulesets")
    first = store.current_digest()
    assert first is not None
    other = other_scale_ruleset(state, NEWLY_BLOCKED)
    swaps: list[tuple[float, float]] = []
    with (
        tempfile.TemporaryDirectory() as temporary,
        machines(Path(temporary)) as world,
        running_origins() as origins,
    ):
        gateway = Gateway(state, settings_of(world, workers=2)).start()
        load = Load(gateway, world, origins.http().port)
        try:
            before = private_dirty(gateway)
            load.begin()
            time.sleep(EVERY)
            for number in range(SWAPS):
                began = time.monotonic()
                store.put_in_force(other if number % 2 == 0 else first)
                wait_for(403 if number % 2 == 0 else 200, gateway, world)
                swaps.append((began, time.monotonic()))
                time.sleep(EVERY)
            after = private_dirty(gateway)
        finally:
            noticed = load.end()
            gateway.stop()
            store.put_in_force(first)
    return report(noticed, swaps, before, after)


def wait_for(status: int, gateway: Gateway, world: Machines) -> None:
    """Ask on new connections until twenty in a row, which both workers share, are answered so."""
    client = gateway.client()
    until, in_a_row = time.monotonic() + 20, 0
    while in_a_row < 20:
        answer = client.get(f"http://{NEWLY_BLOCKED}:{world.ports.http}/")
        in_a_row = in_a_row + 1 if answer.status == status else 0
        assert time.monotonic() < until, "it is not in force everywhere after 20 s"


def private_dirty(gateway: Gateway) -> float:
    """Of the worker that has most, in megabytes."""
    return max(memory(worker.pid)["Private_Dirty"] for worker in gateway.status().workers) / 1e6


def report(noticed: Noticed, swaps: list[tuple[float, float]], before: float, after: float) -> int:
    """The figures."""
    delays = [end - start for start, end in swaps]
    pause, usual = noticed.longest(swaps, inside=True), noticed.longest(swaps, inside=False)
    print(f"{len(swaps)} swaps, {len(noticed.waits):,} answers, {len(noticed.failures)} failures")
    print(f"in force in every worker after {statistics.median(delays):.2f} s, at most {max(delays):.2f} s")
    print(f"longest wait for an answer: {pause * 1e3:.0f} ms about a swap, {usual * 1e3:.0f} ms otherwise")
    print(f"Private_Dirty of a worker: {before:.1f} MB before, {after:.1f} MB after {len(swaps)} swaps")
    for failure in noticed.failures[:5]:
        print(f"failed: {failure}")
    kept = not noticed.failures and max(delays) <= MOST_SECONDS
    print(f"no failure, in force within {MOST_SECONDS:.0f} s: {'held' if kept else 'NOT HELD'}")
    print(f"pause under {MOST_PAUSE * 1e3:.0f} ms: {'held' if pause <= MOST_PAUSE else 'NOT HELD'}")
    return 0 if kept and pause <= MOST_PAUSE else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
