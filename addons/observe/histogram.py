"""Counting how long things take: how many took at most so long, as Prometheus has its histograms."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

# Seconds. From a tenth of a millisecond, below which nobody can be helped, to where somebody rings up.
BOUNDS = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a histogram has counted."""

    counts: tuple[int, ...]  # one for each of BOUNDS, not cumulated, and one for what took longer
    sum_s: float


class Histogram:
    """Counts durations. One thread writes."""

    __slots__ = ("_counts", "_sum_s")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        """Something took so long."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum_s += seconds

    def counted(self) -> Counted:
        """What has been counted so far."""
        return Counted(tuple(self._counts), self._sum_s)


def cumulated(counts: Sequence[int]) -> list[tuple[str, int]]:
    """The counts as Prometheus takes them: `le` of each bucket, and how many took at most so long."""
    total, buckets = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets
