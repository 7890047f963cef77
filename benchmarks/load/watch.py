"""What the processes of a gateway hold, looked at again and again, and whether it grows."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.machines import memory
from tests.journeys.harness.gateway import Gateway

# What the last quarter may be above the second: the heap of a Python process breathes by about this much at a
# constant load.
MOST_GROWTH = 0.05
# Below this, a part of it says nothing: a page cache, a buffer, one thread's arena.
MOST_GROWTH_BYTES = 2e6
MOST_MORE_DESCRIPTORS = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one moment."""

    seconds: float  # since the beginning
    private: int  # Private_Dirty, bytes
    resident: int  # Rss, bytes
    descriptors: int


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of one figure between the second and the last quarter, by their medians."""

    before: float
    after: float
    an_hour: float  # the slope after the first quarter (Theil and Sen: the median of all pairs' slopes)

    @property
    def share(self) -> float:
        """Of what there was."""
        return (self.after - self.before) / self.before


def growth(seconds: Sequence[float], values: Sequence[float]) -> Growth:
    """
    Compare the second quarter with the last; the first is for warming up, caches fill in it.

    Medians, so that one burst says nothing. Raises `ValueError` for fewer than eight samples.
    """
    if len(values) < 8:
        raise ValueError(f"{len(values)} samples are too few to tell growth from noise")
    quarter = len(values) // 4
    later = list(zip(seconds[quarter:], values[quarter:], strict=True))
    slopes = [
        (value - earlier) / (moment - then)
        for position, (then, earlier) in enumerate(later)
        for moment, value in later[position + 1 :]
    ]
    return Growth(
        statistics.median(values[quarter : 2 * quarter]),
        statistics.median(values[-quarter:]),
        statistics.median(slopes) * 3600,
    )


def grows(found: Growth) -> bool:
    """Whether that is more than a process at rest in itself would."""
    return found.share > MOST_GROWTH and found.after - found.before > MOST_GROWTH_BYTES


def look_at(gateway: Gateway, seconds: float) -> dict[tuple[str, int], Sample]:
    """Every process of a running gateway now, by name and number."""
    assert gateway.process is not None
    names = {worker.pid: f"worker {worker.slot}" for worker in gateway.status().workers}
    names[gateway.process.pid] = "supervisor"
    found: dict[tuple[str, int], Sample] = {}
    for pid in descendants(gateway.process.pid):
        try:
            held = memory(pid)
            descriptors = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except (OSError, IndexError):
            continue  # it has just ended
        name = names.get(pid) or said_name(pid)
        found[name, pid] = Sample(seconds, held["Private_Dirty"], held["Rss"], descriptors)
    return found


def said_name(pid: int) -> str:
    """What a process calls itself in its title or command, in one or two words."""
    words = Path(f"/proc/{pid}/comm").read_text().split()
    return " ".join(words[:2]) or "process"


def descendants(pid: int) -> list[int]:
    """A process and everything it started, directly or not, that still lives."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(one := waiting.pop())
        waiting += parents.get(one, [])
    return found
