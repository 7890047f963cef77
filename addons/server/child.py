"""
A child of a generation beside its workers: one process with one job, kept running until it is told to stop.

The keeper is one: the only process of the gateway that speaks to the database. What such a child does is
handed in as a function that returns once its Event is set; what comes before that in a new process is here.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from addons.server.logs import identify
from addons.server.restarts import Restarts
from policy.errors import SluicegateError

logger = logging.getLogger(__name__)

# The arbiter's word to one child alone. SIGTERM, SIGQUIT and SIGINT may come to every process at once
# (systemd, `timeout`, a terminal), and a child must outlast the workers that still need it.
_STOP = signal.SIGUSR1
_FOR_EVERYBODY = (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)


class Closable(Protocol):
    """A socket, or what holds one."""

    def close(self) -> None:
        """Let go of it in this process."""


# What a child does until the event is set. An exception ends it, and it is started again.
type ChildWork = Callable[[threading.Event], None]


class Child:
    """
    Starts one process, starts it again when it dies, and stops it.

    `not_its_own` are the sockets it inherits and must not hold: a port that it held would be taken for
    whoever comes next. `without` says what the gateway lacks while it does not run, for the log.
    `stop_seconds` is how long it may take to end after it was told to. `for_workers` says that the workers
    need it: it stays while they drain, where any other makes room for the next generation's at once.
    """

    def __init__(
        self,
        name: str,
        work: ChildWork,
        *,
        not_its_own: Sequence[Closable] = (),
        without: str,
        stop_seconds: float,
        for_workers: bool = False,
    ) -> None:
        self.name = name
        self.for_workers = for_workers
        self.pid = 0
        self._work = work
        self._not_its_own = not_its_own
        self._without = without
        self._stop_seconds = stop_seconds
        self._restarts = Restarts()
        self._end_by: float | None = None  # once it was told to end

    def keep_running(self) -> None:
        """Start it if it does not run and may be started."""
        if self.pid == 0 and self._end_by is None and self._restarts.may_begin(time.monotonic()):
            self._restarts.begun(time.monotonic())
            self.pid = self._fork()

    def ended(self, code: int) -> None:
        """It was reaped: note when it may be started again."""
        if self._end_by is None:
            logger.error(
                "the %s (pid %d) has ended with status %d; %s", self.name, self.pid, code, self._without
            )
        self.pid = 0
        self._restarts.ended(time.monotonic())

    def stop(self) -> None:
        """Tell it to finish and end, and wait until it has. Twice does no harm."""
        self.tell()
        with suppress(ChildProcessError):
            while self.pid and os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                self.press()
                time.sleep(0.02)
        self.pid = 0

    def tell(self) -> None:
        """Tell it to finish and end, and do not wait. It is not started again."""
        if self._end_by is None:
            self._end_by = time.monotonic() + self._stop_seconds
            if self.pid:
                os.kill(self.pid, _STOP)

    def press(self) -> None:
        """End it when it takes too long over ending."""
        if self.pid and self._end_by is not None and time.monotonic() > self._end_by:
            os.kill(self.pid, signal.SIGKILL)

    def _fork(self) -> int:
        # Blocked before the fork, so that a signal between the fork and the child's first line is not
        # delivered to the arbiter's handler in the child, where nobody would ever look at it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {_STOP, *_FOR_EVERYBODY})
        arbiter = os.getpid()
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        status = 1
        try:
            self._run(arbiter)
            status = 0
        except SluicegateError as error:
            logger.error("the %s cannot run: %s", self.name, error)
        except Exception:
            logger.exception("the %s failed", self.name)
        finally:
            # Never back into the arbiter's code, whatever happened.
            os._exit(status)

    def _run(self, arbiter: int) -> None:
        for number in (signal.SIGCHLD, _STOP):
            signal.signal(number, signal.SIG_DFL)
        for number in _FOR_EVERYBODY:
            signal.signal(number, signal.SIG_IGN)
        for listener in self._not_its_own:
            listener.close()
        stop = threading.Event()
        threading.Thread(target=_watch, args=(stop, arbiter), name="stop", daemon=True).start()
        identify(self.name)
        self._work(stop)


def _watch(stop: threading.Event, arbiter: int) -> None:
    """Set `stop` when told to, or when the arbiter is gone. A thread may wait for signals; a handler that
    sets an Event can meet its own lock."""
    while os.getppid() == arbiter:
        said = signal.sigtimedwait({_STOP}, 1.0)
        # Of a process that was stopped (SIGSTOP) for longer and goes on, Python says that signal 0 came.
        if said is not None and said.si_signo == _STOP:
            break
    stop.set()
