"""
What the observer writes into the log because it has changed since it looked before: pure.

For what no other process says, or each worker would say for itself: decisions that cannot be kept,
break-glass, the end of the authority. Said when it begins and when it is over, not while it lasts; but what
was lost is said at each look at which more was.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from addons.ca.expiry import WARN_AT, days_left
from addons.observe.observed import Observed
from policy.events import Event


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the log."""

    level: int
    event: Event
    says: str


def notices(before: Observed | None, now: Observed) -> Iterator[Notice]:
    """What is to be said; at the first look, everything that is so already."""
    yield from _of_log(before, now)
    yield from _of_break_glass(before, now)
    yield from _of_authority(before, now)


def _of_log(before: Observed | None, now: Observed) -> Iterator[Notice]:
    # Of one worker more than it said last. A count that went down is a worker that was replaced.
    earlier = _lost(before) if before else {}
    lost = sum(max(0, count - earlier.get(slot, 0)) for slot, count in _lost(now).items())
    if lost:
        says = f"{lost} decisions or outcomes could not be kept: the spool or its disk is full"
        yield Notice(logging.CRITICAL, Event.SPOOL_FULL, says)


def _lost(observed: Observed) -> dict[int, int]:
    return {
        worker.slot: sum(count for word, count in worker.counts.items() if word.startswith("log-full:"))
        for worker in observed.status.workers
    }


def _of_break_glass(before: Observed | None, now: Observed) -> Iterator[Notice]:
    was_open = before is not None and before.status.break_glass_left_s > 0
    left = now.status.break_glass_left_s
    if left > 0 and not was_open:
        says = (
            f"break-glass is open for {left / 60:.0f} min: nearly everything passes, and nobody is recorded"
        )
        yield Notice(logging.CRITICAL, Event.BREAK_GLASS_OPEN, says)
    # While the keeper is silent nobody knows, which is not that it is over.
    if was_open and left == 0 and now.status.spool_records is not None:
        yield Notice(logging.WARNING, Event.BREAK_GLASS_OVER, "break-glass is over")
    overdue = now.status.break_glass_overdue
    if overdue > (before.status.break_glass_overdue if before else 0):
        says = f"{overdue} uses of break-glass were confirmed by nobody in a day"
        yield Notice(logging.ERROR, Event.BREAK_GLASS_OVERDUE, says)


def _of_authority(before: Observed | None, now: Observed) -> Iterator[Notice]:
    earlier = _reached(before) if before else {}
    for what, reached in _reached(now).items():
        if reached is not None and reached != earlier.get(what):
            days = min(days_left(one.at, now.at) for one in now.authorities if one.what == what)
            level = logging.WARNING if reached > min(WARN_AT) else logging.CRITICAL
            says = f"the {what} certificate ends in {days} days; see: sluicegate ca status"
            yield Notice(level, Event.CA_ENDS, says)


def _reached(observed: Observed) -> dict[str, int | None]:
    """For each certificate the last of the days to warn at that has come."""
    return {
        one.what: min((at for at in WARN_AT if days_left(one.at, observed.at) <= at), default=None)
        for one in observed.authorities
    }
