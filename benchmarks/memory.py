"""
What do four million entries cost a worker in memory, and the gateway in time to start?

The gateway with the Ruleset of 4.06 million entries beside the one of the shipped lists: Private_Dirty of a
worker (smaps_rollup; what it shares with the supervisor and with the page cache is not its own) after a
thousand requests, and the time from `sluicegate run` until every worker lets clients in.

    python -m benchmarks.memory [DATA_FOLDER]
"""

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.machines import HOSTS, Machines, machines, memory, settings_of
from benchmarks.load.scale import DATA, scale_state, shipped_state
from tests.journeys.harness.clients import exchange
from tests.journeys.harness.gateway import Gateway

REQUESTS = 1000
STARTS = 5
MOST_MORE_BYTES = 60e6
MOST_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured of one Ruleset."""

    name: str
    private_dirty: int
    resident: int
    start_seconds: float
    slowest_start: float


def main(data: Path) -> int:
    """Print the table; 1 when a budget is not held."""
    states = {"shipped lists": shipped_state(data), "4.06 million entries": scale_state(data)}
    with tempfile.TemporaryDirectory() as temporary, machines(Path(temporary)) as world:
        small, large = (look_at(name, state, world) for name, state in states.items())
    print(f"one worker after {REQUESTS} requests; medians of {STARTS} starts\n")
    print(f"{'':<24}{'Private_Dirty':>15}{'Rss':>10}{'serves after':>14}{'slowest':>10}")
    for found in (small, large):
        print(
            f"{found.name:<24}{found.private_dirty / 1e6:>12.1f} MB{found.resident / 1e6:>7.1f} MB"
            f"{found.start_seconds:>12.2f} s{found.slowest_start:>8.2f} s"
        )
    more = large.private_dirty - small.private_dirty
    fits, quick = more <= MOST_MORE_BYTES, large.start_seconds < MOST_SECONDS
    print(f"\n{more / 1e6:.1f} MB more, budget {MOST_MORE_BYTES / 1e6:.0f}: {'held' if fits else 'NOT HELD'}")
    print(f"serves within {MOST_SECONDS:.0f} s: {'held' if quick else 'NOT HELD'}")
    return 0 if fits and quick else 1


def look_at(name: str, state: Path, world: Machines) -> Found:
    """Start it again and again, then put requests through it."""
    gateway = Gateway(state, settings_of(world))
    took = []
    for _ in range(STARTS):
        began = time.monotonic()
        gateway.start()
        took.append(time.monotonic() - began)
        if len(took) < STARTS:
            gateway.stop()
    try:
        ask(gateway, world)
        found = memory(gateway.worker().pid)
    finally:
        gateway.stop()
    return Found(name, found["Private_Dirty"], found["Rss"], statistics.median(took), max(took))


def ask(gateway: Gateway, world: Machines) -> None:
    """A thousand requests to as many URLs of 32 hosts, over kept connections."""
    for host in HOSTS:
        authority = f"{host}:{world.ports.http}"
        line = gateway.client().line()
        for number in range(REQUESTS // len(HOSTS) + 1):
            url = f"http://{authority}/news/{number}/article-{host}.html?page={number}"
            answer = exchange(line, "GET", url, authority)
            assert answer is not None
            assert answer.status == 200, answer
        line.close()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
