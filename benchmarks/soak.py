"""
Does a gateway that runs for long stay as it was?

Two workers under mixed traffic at a steady, low rate, while Rulesets are swapped, registers changed and, in
the last tenth, the gateway is reloaded. Every ten seconds each process is looked at. Held when no request
failed, no process holds more memory or descriptors in the last quarter of its time than in the second
(medians; the rule stands in `benchmarks/load/watch.py`), and everything recorded came into the database.

    python -m benchmarks.soak [--minutes 60] [--rate 40] [--data DATA_FOLDER]
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load.crowd import BLOCKED, HOSTS, SOMETIMES, Crowd
from benchmarks.load.scale import DATA, TUNNELLED, other_scale_ruleset, scale_state
from benchmarks.load.watch import MOST_MORE_DESCRIPTORS, Sample, grows, growth, look_at
from categories.store import RulesetStore
from console.cli.progress import progress
from tests.journeys.conftest import World, make_world
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import Gateway
from tests.journeys.harness.origins import running_origins

LOOK_SECONDS = 10.0
SWAP_SECONDS = 30.0
REGISTER_SECONDS = 20.0
LAST_PART = 0.9  # from here on there are reloads
RELOADS = 3
_BARS = "▁▂▃▄▅▆▇█"


@dataclass
class Seen:
    """What was seen of the gateway."""

    samples: defaultdict[tuple[str, int], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    swaps: int = 0
    changes: int = 0
    reloads: int = 0
    problems: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)  # that failed


def main(minutes: float, rate: float, data: Path) -> int:
    """Print the table; 1 when something grew or failed."""
    state = scale_state(data)
    store = RulesetStore(state / "rulesets")
    first = store.current_digest()
    assert first is not None
    other = other_scale_ruleset(state, "newly-blocked.load.test")
    seen = Seen()
    with tempfile.TemporaryDirectory() as temporary, internet(Path(temporary)) as world:
        gateway = Gateway(state, world.settings() | {"gateway": {"workers": 2, "drain_seconds": 10}})
        gateway.start()
        gateway.command("lists", "block", BLOCKED, "--because", "a soak")
        crowd = Crowd(gateway.client(), world, rate)
        try:
            time.sleep(1.0)  # a register is in force within two seconds, and nobody asks for it at once
            crowd.begin()
            go_on(gateway, seen, minutes * 60, lambda number: store.put_in_force((other, first)[number % 2]))
            crowd.end()
            gateway.shipped(within=120)
        except Exception as error:  # noqa: BLE001 (what was seen until then is not to be lost)
            seen.commands.append(f"the soak ended early: {type(error).__name__}: {error}")
        finally:
            crowd.end()
            gateway.stop()
            store.put_in_force(first)
    return report(seen, crowd, minutes * 60)


@contextmanager
def internet(folder: Path) -> Iterator[World]:
    """The origins of the journeys under the names of the crowd."""
    authority = OriginAuthority(folder)
    names = (*HOSTS, BLOCKED, SOMETIMES, TUNNELLED)
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in names))
    with running_origins() as origins:
        yield make_world(origins, authority, authority.issue("load.test", "*.load.test"), hosts)


def go_on(gateway: Gateway, seen: Seen, seconds: float, swap: Callable[[int], None]) -> None:
    """Look, swap, change and reload until the time is over."""
    reloads = can_reload(gateway)
    began = time.monotonic()
    due = {look: 0.0, change: REGISTER_SECONDS}
    next_swap, next_reload = SWAP_SECONDS, seconds * LAST_PART
    with progress() as say:
        while (now := time.monotonic() - began) < seconds:
            say("soaking", int(now), int(seconds))
            for act, moment in due.items():
                if now >= moment:
                    act(gateway, seen, now)
                    due[act] = now + (LOOK_SECONDS if act is look else REGISTER_SECONDS)
            if now >= next_swap:
                swap(seen.swaps)
                seen.swaps += 1
                next_swap = now + SWAP_SECONDS
            if reloads and now >= next_reload:
                seen.reloads += command(gateway, seen, "reload")
                next_reload = now + seconds * (1 - LAST_PART) / RELOADS
            time.sleep(0.5)
    look(gateway, seen, seconds)


def look(gateway: Gateway, seen: Seen, now: float) -> None:
    """Sample every process, and keep what `status` complains of."""
    for process, sample in look_at(gateway, now).items():
        seen.samples[process].append(sample)
    seen.problems.update(gateway.status().problems)


def change(gateway: Gateway, seen: Seen, _now: float) -> None:
    """Block a host, or take that back."""
    block = ("block", SOMETIMES, "--because", "a soak")
    seen.changes += command(gateway, seen, "lists", *(("forget", SOMETIMES) if seen.changes % 2 else block))


def command(gateway: Gateway, seen: Seen, *arguments: str) -> bool:
    """Give it; whether it did what it was told."""
    try:
        gateway.command(*arguments)
    except subprocess.SubprocessError as error:
        seen.commands.append(f"{time.strftime('%H:%M:%S')} {' '.join(arguments[:2])}: {type(error).__name__}")
        return False
    return True


def can_reload(gateway: Gateway) -> bool:
    """Whether this release has the command."""
    return gateway.command("reload", "--help", check=False).returncode == 0


def report(seen: Seen, crowd: Crowd, seconds: float) -> int:
    """The table."""
    requests = sum(crowd.asked.values())
    print(f"{seconds / 60:.0f} minutes, {requests:,} requests ({requests / seconds:.0f} a second), ", end="")
    print(f"{seen.swaps} swaps of the Ruleset, {seen.changes} changes of registers, {seen.reloads} reloads\n")
    for name, number in crowd.asked.most_common():
        print(f"  {name:<24}{number:>10,}")
    print(
        f"\n{'process':<22}{'samples':>8}{'Private_Dirty, MB':>20}{'a hour':>9}{'Rss, MB':>16}"
        f"{'descriptors':>13}   Private_Dirty over time"
    )
    held = [row(name, samples, seconds) for (name, _), samples in seen.samples.items()]
    for problem in sorted(seen.problems):
        print(f"status said: {problem}")
    for failure in [*seen.commands, *crowd.failures[:20]]:
        print(f"failed: {failure}")
    flat = all(held)
    print(f"\nmemory and descriptors are flat: {'held' if flat else 'NOT HELD'}")
    print(f"no request failed: {'held' if not crowd.failures else f'NOT HELD ({len(crowd.failures)})'}")
    print(f"no command failed: {'held' if not seen.commands else f'NOT HELD ({len(seen.commands)})'}")
    return 0 if flat and not crowd.failures and not seen.commands else 1


def row(name: str, samples: list[Sample], seconds: float) -> bool:
    """One process; whether it stayed as it was. One that was there for a short time says nothing of that."""
    moments = [sample.seconds for sample in samples]
    if len(samples) < 8 or moments[-1] - moments[0] < seconds / 2:
        print(f"{name:<22}{len(samples):>8}   there for {moments[-1] - moments[0]:.0f} s")
        return True
    private = growth(moments, [sample.private for sample in samples])
    resident = growth(moments, [sample.resident for sample in samples])
    descriptors = growth(moments, [sample.descriptors for sample in samples])
    flat = not grows(private) and descriptors.after - descriptors.before <= MOST_MORE_DESCRIPTORS
    print(
        f"{name:<22}{len(samples):>8}{private.before / 1e6:>11.1f} to {private.after / 1e6:.1f}"
        f"{private.an_hour / 1e6:>+9.2f}{resident.before / 1e6:>9.1f} to {resident.after / 1e6:.1f}"
        f"{descriptors.before:>7.0f} to {descriptors.after:.0f}   {plot([s.private for s in samples])}"
        f"{'' if flat else '  GROWS'}"
    )
    return flat


def plot(values: list[int], width: int = 24) -> str:
    """A line of bars from the least to the most."""
    least, most = min(values), max(values)
    picked = [values[position * len(values) // width] for position in range(min(width, len(values)))]
    return "".join(
        _BARS[round((value - least) / max(most - least, 1) * (len(_BARS) - 1))] for value in picked
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=40, help="requests a second")
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    sys.exit(main(chosen.minutes, chosen.rate, chosen.data))
