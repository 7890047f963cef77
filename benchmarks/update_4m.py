"""
What do ten updates of a list among four million entries take, in the builder and in the workers?

The merged public lists are in force in a gateway of two workers, and clients on kept connections ask all the
while. Ten times the largest list (1.65 million entries) comes anew, never twice the same, and is taken in the
ordinary way: read in, held beside the Ruleset in force, built, recorded, put in force. Printed for each: how
long it took, the peak of the building process, when every worker judged by it, and what a worker holds
privately. Limits of the product: 1.5 GB for a build; no request fails; after the tenth update the workers
hold no more than before the first.

A worker that has just started grows with what it carries, whether lists change or not. So the clients ask for
a while before the first update, and what the workers hold is printed then, too.

    benchmarks/run update_4m [DATA_FOLDER]
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.load.machines import HOSTS, Machines, machines, memory, settings_of
from benchmarks.load.scale import DATA, scale_state
from categories.list_change import Put
from console.cli.workplace import workplace
from console.lists.enact import enact
from tests.journeys.harness.gateway import Gateway

UPDATES = 10
BEFORE_SECONDS = 300.0
MOST_BYTES = 1_500_000_000
MOST_GROWTH = 2_000_000  # of a worker, from before the first update to the last; caches of hosts breathe
LIST, CATEGORY = "malware_phishing", "malware"
LISTED = HOSTS[-1]  # is in every other version
CLIENTS = 4
PACE = 0.02  # seconds between two requests of one


@dataclass(frozen=True, slots=True)
class Update:
    """One update, as it was noticed."""

    seconds: float  # from the file to the Ruleset in force
    peak: int  # bytes of the building process
    everywhere: float  # seconds until every worker judged by it
    private: int  # bytes of the worker that has most


class Clients:
    """Ask for what no list has, on kept connections, until told to stop."""

    def __init__(self, gateway: Gateway, world: Machines) -> None:
        self.answers, self.failures = 0, 0
        self._gateway, self._world = gateway, world
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(host,)) for host in HOSTS[:CLIENTS]]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=60)

    def _ask(self, host: str) -> None:
        number = 0
        with self._gateway.client().kept(f"http://{host}:{self._world.ports.http}") as kept:
            while not self._stop.is_set():
                number += 1
                answer = kept.get(f"/news/{number}.html")
                if answer is None or answer.status != 200 or not answer.complete:
                    self.failures += 1
                    return
                self.answers += 1
                time.sleep(PACE)


def main(data: Path) -> int:
    """Print what each update took; 1 when a limit was passed."""
    built = scale_state(data)
    updates: list[Update] = []
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        state = temporary / "state"
        shutil.copytree(built, state, symlinks=True)
        world = stack.enter_context(machines(temporary))
        gateway = Gateway(state, settings_of(world, workers=2)).start()
        stack.callback(gateway.stop)
        os.environ["SLUICEGATE_STATE_DIR"] = str(state)
        stack.callback(os.environ.pop, "SLUICEGATE_STATE_DIR")
        with Clients(gateway, world) as clients:
            before = _private_after(BEFORE_SECONDS, gateway)
            for number in range(UPDATES):
                updates.append(_update(data, temporary, gateway, world, number))
                _print(number, updates[-1])
    return _report(before, updates, clients)


def _private_after(seconds: float, gateway: Gateway) -> int:
    """What the worker that has most holds after so long, in bytes; printed at each tenth of it."""
    for tenth in range(1, 11):
        time.sleep(seconds / 10)
        private = _private(gateway)
        print(f"before: {seconds * tenth / 10:3.0f} s, worker {private / 1e6:5.1f} MB", flush=True)
    return private


def _private(gateway: Gateway) -> int:
    return max(memory(worker.pid)["Private_Dirty"] for worker in gateway.status().workers)


def _update(data: Path, folder: Path, gateway: Gateway, world: Machines, number: int) -> Update:
    path = folder / f"{LIST}.txt"
    shutil.copy(data / "scale" / f"{LIST}.txt", path)
    listed = number % 2 == 0
    with path.open("a", encoding="utf-8") as file:
        file.write(f"version-{number}.load.test\n" + (f"{LISTED}\n" if listed else ""))
    place = workplace()
    began = time.monotonic()
    source = place.library.read_in(LIST, CATEGORY, path)
    done = enact(place, Put(record=source.record), because=f"version {number}")
    ended = time.monotonic()
    assert done.report is not None, "a list of this category needs no second person"
    _wait_for(done.report.digest, gateway)
    everywhere = time.monotonic() - ended
    answer = gateway.client().get(f"http://{LISTED}:{world.ports.http}/")
    assert answer.status == (403 if listed else 200), "it is judged by another Ruleset than status says"
    return Update(ended - began, done.report.peak_bytes, everywhere, _private(gateway))


def _wait_for(digest: str, gateway: Gateway) -> None:
    """Not by asking on new connections: a worker keeps something of each for a while."""
    until = time.monotonic() + 20
    while {worker.ruleset for worker in gateway.status().workers} != {digest}:
        assert time.monotonic() < until, "it is not in force everywhere after 20 s"
        time.sleep(0.02)


def _print(number: int, update: Update) -> None:
    print(
        f"update {number + 1:>2}: {update.seconds:5.1f} s, builder {update.peak / 1e6:5.0f} MB, "
        f"everywhere after {update.everywhere:4.2f} s, worker {update.private / 1e6:5.1f} MB",
        flush=True,
    )


def _report(before: int, updates: list[Update], clients: Clients) -> int:
    peak = max(update.peak for update in updates)
    growth = updates[-1].private - before
    print(f"{clients.answers:,} answers meanwhile, {clients.failures} failures")
    limits = {
        f"builder under {MOST_BYTES / 1e6:,.0f} MB ({peak / 1e6:,.0f})": peak < MOST_BYTES,
        f"no growth in the workers after {len(updates)} ({growth / 1e6:+.1f} MB)": growth < MOST_GROWTH,
        "no failed request": not clients.failures,
    }
    for what, held in limits.items():
        print(f"{what}: {'held' if held else 'NOT HELD'}")
    return 0 if all(limits.values()) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
