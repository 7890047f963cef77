"""
How many requests does a worker carry, and what does one cost?

One worker that filters with 4.06 million entries, judges, and records Decision and Outcome, beside
`mitmdump -q` with default options and beside the same lean Master without filter and log. The proxy
has a core of its own; rates therefore follow CPU an answer, which is counted in the process that carries (our
keeper, which ships to the database, is counted apart). Medians of interleaved runs; a budget is held only if
both ratios hold it.

    python -m benchmarks.throughput [DATA_FOLDER]
"""

import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.generator import Job, Kind
from benchmarks.load.machines import (
    HOSTS,
    Machines,
    Measured,
    Proxy,
    cpu_seconds,
    keeper_pid,
    lean_proxy,
    machines,
    measure,
    our_proxy,
    stock_proxy,
)
from benchmarks.load.scale import DATA, scale_state

ROUNDS = 5
OURS, STOCK = "sluicegate", "mitmdump -q"
LEAN, THEIRS = "the same Master", "mitmproxy's own layers on it"
MOST_OVER_LEAN = 1.15


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of load, and how many times stock's figure ours must be."""

    name: str
    kind: Kind
    origin: str
    connections: int
    streams: int
    budget: float


SCENARIOS = (
    Scenario("plain, kept", "plain", "http", 16, 1, 1.5),
    Scenario("new https connections", "new-https", "https1", 8, 1, 1.0),
    Scenario("https kept, h1, origin h1 only", "https1", "https1", 16, 1, 1.3),
    Scenario("https kept, h1, origin h2", "https1", "https2", 16, 1, 1.3),
    Scenario("https kept, h2, origin h2", "https2", "https2", 4, 6, 1.3),
    Scenario("https kept, h2, origin h1 only", "https2", "https1", 4, 6, 1.3),
)


def main(data: Path) -> int:
    """Print the tables; 1 when a budget is not held."""
    state = scale_state(data)
    runs: defaultdict[tuple[str, str], list[Measured]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary, machines(Path(temporary)) as world:
        with (
            our_proxy(world, state) as (ours, gateway),
            stock_proxy(world, Path(temporary)) as stock,
            lean_proxy(world, LEAN) as lean,
            lean_proxy(world, THEIRS, "mitmproxy") as theirs,
        ):
            keeper = keeper_pid(gateway)
            kept_before = cpu_seconds([keeper])
            for number in range(ROUNDS):
                for scenario in SCENARIOS:
                    proxies = [ours, stock, lean, theirs] if scenario.kind == "plain" else [ours, stock]
                    # Who begins changes, so that nobody always comes after the same neighbour.
                    for proxy in proxies[number % len(proxies) :] + proxies[: number % len(proxies)]:
                        runs[scenario.name, proxy.name].append(run(world, proxy, scenario))
                print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
            kept = cpu_seconds([keeper]) - kept_before
        return report(runs, kept)


def run(world: Machines, proxy: Proxy, scenario: Scenario) -> Measured:
    """One run."""
    job = Job(
        kind=scenario.kind,
        proxy_port=proxy.port,
        hosts=HOSTS,
        port=getattr(world.ports, scenario.origin),
        ca_file=str(proxy.ca_file or world.authority.ca_file),
        connections=scenario.connections,
        streams=scenario.streams,
        seconds=2.5,
        warm_seconds=1.0,
    )
    measured = measure(proxy, job)
    assert measured.count.answers, f"{proxy.name} answered nothing: {scenario.name}"
    wrong = measured.count.wrong / measured.count.answers
    assert wrong < 0.001, f"{proxy.name}: {wrong:.1%} of the answers were wrong: {scenario.name}"
    return measured


def report(runs: dict[tuple[str, str], list[Measured]], kept: float) -> int:
    """The tables."""
    print(f"medians of {ROUNDS} interleaved runs; answers a second and CPU µs an answer\n")
    print(f"{'':<32}{OURS:>20}{STOCK:>20}{'x rate':>9}{'x CPU':>8}{'budget':>8}")
    held = True
    for scenario in SCENARIOS:
        ours, stock = (median(runs[scenario.name, name]) for name in (OURS, STOCK))
        rate, cpu = ours[0] / stock[0], stock[1] / ours[1]
        held_here = min(rate, cpu) >= scenario.budget
        held = held and held_here
        print(
            f"{scenario.name:<32}{ours[0]:>11,.0f}{ours[1]:>9,.0f}{stock[0]:>11,.0f}{stock[1]:>9,.0f}"
            f"{rate:>9.2f}{cpu:>8.2f}{scenario.budget:>8.1f}  {'held' if held_here else 'NOT HELD'}"
            f"{agreed(runs[scenario.name, OURS])}"
        )
    name = SCENARIOS[0].name
    ours = median(runs[name, OURS])
    print(f"\nwithout filter and log, {name}:")
    for lean in (LEAN, THEIRS):
        rate, cpu = median(runs[name, lean])
        over = max(rate / ours[0], ours[1] / cpu)
        held_here = over <= MOST_OVER_LEAN
        held = held and held_here
        print(
            f"{lean:<32}{rate:>11,.0f}{cpu:>9,.0f}   ours costs {over:.2f} of it, budget {MOST_OVER_LEAN}: "
            f"{'held' if held_here else 'NOT HELD'}"
        )
    answers = sum(run.count.answers for key, found in runs.items() if key[1] == OURS for run in found)
    print(f"the keeper, while it shipped: {kept / answers * 1e6:,.0f} µs of CPU an answer of the worker's")
    return 0 if held else 1


def median(found: list[Measured]) -> tuple[float, float]:
    """Answers a second and CPU µs an answer."""
    return statistics.median(run.rate for run in found), statistics.median(run.cpu_us for run in found)


def agreed(found: list[Measured]) -> str:
    """The protocol that was agreed on where HTTP/2 was offered."""
    protocols = {run.count.agreed for run in found} - {""}
    return f" (spoken: {', '.join(sorted(protocols))})" if protocols else ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA))
