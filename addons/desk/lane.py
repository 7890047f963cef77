"""
A lane: a few threads for one kind of slow work, and a bounded queue before them.

The desk has several, so that what waits for one thing (the database's log, a disk) holds up nobody who waits
for another. Whoever asks has gone after `seconds`; then their work is no longer begun, since they have been
told that nothing was kept.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


class Busy(Exception):
    """Too much waits in this lane, or this waited too long in it: nothing was done."""


class Lane:
    """Runs functions that block."""

    def __init__(self, name: str, *, threads: int = 1, most_waiting: int, seconds: float) -> None:
        # Threads begin with the first work, so after a fork.
        self._pool = ThreadPoolExecutor(threads, name)
        self._most_waiting = most_waiting
        self._seconds = seconds
        self._waiting = 0

    async def run[**P, R](self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """
        What `work` returns, or raises.

        Raises `Busy` where it was not begun.
        """
        if self._waiting >= self._most_waiting:
            raise Busy
        until = time.monotonic() + self._seconds

        def in_time() -> R:
            if time.monotonic() >= until:
                raise Busy
            return work(*args, **kwargs)

        self._waiting += 1
        working = asyncio.get_running_loop().run_in_executor(self._pool, in_time)
        # It counts until it is over, also when nobody waits any more.
        working.add_done_callback(self._over)
        return await asyncio.shield(working)

    def close(self) -> None:
        """Begin nothing more; what has begun is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _over[R](self, working: asyncio.Future[R]) -> None:
        self._waiting -= 1
        if not working.cancelled():
            working.exception()  # looked at: where nobody waits, nobody needs to be told
