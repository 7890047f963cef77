"""
How often an address may be wrong, and how many of its questions may wait.

One client's mistakes are not the others'. From one address only a few questions wait at a time, and after ten
wrong ones in a minute none is looked at; how many wait in all is bounded. A flood of wrong passwords thus
costs its sender their own next minute, and everybody else nothing that can be felt. With IPv6 a device may
have every address of its subnet; so a subnet, where a hundred people may sit, has bounds of its own. Workers
keep this for themselves, so that a flood does not reach the desk, and the desk keeps it for all of them.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from policy.networks import subnet_of

MOST_WAITING = 64
MOST_WAITING_FROM_ONE = 4
MOST_WAITING_FROM_SUBNET = 16
MOST_WRONG = 10
MOST_WRONG_FROM_SUBNET = 50
WRONG_SECONDS = 60.0
_MOST_ADDRESSES = 8192

TOO_MANY_WRONG = "too-many-wrong"
BUSY = "busy"


class _Bound(NamedTuple):
    """How much there may be from an address, or from a subnet."""

    whence: str
    wrong: int
    waiting: int


class Tries:
    """What of late came from each address."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._all = 0
        self._waiting: Counter[str] = Counter()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def refuses(self, address: str) -> str | None:
        """Why a question from there is not looked at now: a fixed word; None where it is."""
        bounds = _bounds(address)
        if any(self._too_many_wrong(one) for one in bounds):
            return TOO_MANY_WRONG
        if self._all >= MOST_WAITING or any(self._waiting[one.whence] >= one.waiting for one in bounds):
            return BUSY
        return None

    @contextmanager
    def waiting(self, address: str) -> Iterator[None]:
        """A question from there waits for its answer."""
        bounds = _bounds(address)
        self._all += 1
        self._waiting.update(one.whence for one in bounds)
        try:
            yield
        finally:
            self._all -= 1
            for one in bounds:
                self._waiting[one.whence] -= 1
                if not self._waiting[one.whence]:
                    del self._waiting[one.whence]

    def wrong(self, address: str) -> None:
        """What came from there was wrong."""
        for one in _bounds(address):
            times = self._wrong.setdefault(one.whence, deque(maxlen=one.wrong))
            times.append(self._now())
            self._wrong.move_to_end(one.whence)
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _too_many_wrong(self, bound: _Bound) -> bool:
        times = self._wrong.get(bound.whence)
        return times is not None and len(times) == bound.wrong and self._now() - times[0] < WRONG_SECONDS


def _bounds(address: str) -> tuple[_Bound, ...]:
    own = _Bound(address, MOST_WRONG, MOST_WAITING_FROM_ONE)
    subnet = subnet_of(address)
    if subnet == address:
        return (own,)
    return own, _Bound(subnet, MOST_WRONG_FROM_SUBNET, MOST_WAITING_FROM_SUBNET)
