"""
How often an address may be wrong, and how many of its questions may wait.

One client's mistakes are not the others'. From one address only a few questions wait at a time, and after ten
wrong ones in a minute none is looked at; how many wait in all is bounded. A flood of wrong passwords thus
costs its sender their own next minute, and everybody else nothing that can be felt. Workers keep this for
themselves, so that a flood does not reach the desk, and the desk keeps it for all of them.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_WAITING = 64
MOST_WAITING_FROM_ONE = 4
MOST_WRONG = 10
WRONG_SECONDS = 60.0
_MOST_ADDRESSES = 8192

TOO_MANY_WRONG = "too-many-wrong"
BUSY = "busy"


class Tries:
    """What of late came from each address."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._waiting: Counter[str] = Counter()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def refuses(self, address: str) -> str | None:
        """Why a question from there is not looked at now: a fixed word; None where it is."""
        times = self._wrong.get(address)
        if times is not None and len(times) == MOST_WRONG and self._now() - times[0] < WRONG_SECONDS:
            return TOO_MANY_WRONG
        if self._waiting.total() >= MOST_WAITING or self._waiting[address] >= MOST_WAITING_FROM_ONE:
            return BUSY
        return None

    @contextmanager
    def waiting(self, address: str) -> Iterator[None]:
        """A question from there waits for its answer."""
        self._waiting[address] += 1
        try:
            yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    def wrong(self, address: str) -> None:
        """What came from there was wrong."""
        times = self._wrong.setdefault(address, deque(maxlen=MOST_WRONG))
        times.append(self._now())
        self._wrong.move_to_end(address)
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
