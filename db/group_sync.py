"""
One `fdatasync` for everybody who waits.

While one sync runs, those who come meanwhile gather behind one future; the next sync is theirs
together. A sync each would cost three quarters of a worker's throughput, this costs a seventh.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future


class GroupSync:
    """Runs `sync` in a thread of its own, once for each group of those who asked meanwhile."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._group: Future[None] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="spool-sync", daemon=True)
        self._thread.start()

    def ask(self) -> Future[None]:
        """A future that is done when all that was written before this call has been synced."""
        with self._lock:
            if self._group is None:
                self._group = Future()
                # Shared: one waiter that gives up must not cancel it for the others.
                self._group.set_running_or_notify_cancel()
                self._wanted.set()
            return self._group

    def close(self) -> None:
        """Serve whoever waits, then end the thread."""
        self._closed = True
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed or self._group is not None:
            self._wanted.wait()
            with self._lock:
                group, self._group = self._group, None
                self._wanted.clear()
                if self._closed:
                    self._wanted.set()
            if group is None:
                continue
            try:
                self._sync()
            except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                group.set_exception(error)
            else:
                group.set_result(None)
