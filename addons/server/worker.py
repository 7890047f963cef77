"""
One worker process: gunicorn's side of it.

gunicorn forks it, expects a heartbeat and ends it by signals; what it carries is handed in
(`service.py`). What must come before anything else in a new process is here: whose signals it no longer
obeys, where a fault is written.
"""

import asyncio
import faulthandler
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.workers.base import Worker

from addons.server.doors import Doors, Progress
from addons.server.listen import Listener
from addons.server.logs import identify
from policy.errors import SluicegateError

logger = logging.getLogger(__name__)

# gunicorn's WORKER_BOOT_ERROR
BOOT_ERROR = 3

# By how much sooner than any other of our processes the kernel is to end a worker when memory is short, in
# thousandths of the memory there is (proc_pid_oom_score_adj(5)). A worker is one of several and replaced at
# once; the keeper, which is the largest of us while there is little to do, or the supervisor, is not.
_SOONER_ENDED = 100
_OOM = Path("/proc/self/oom_score_adj")


# What gunicorn calls the application: what a worker does until it is told to go.
type Work = Callable[["GatewayWorker"], Coroutine[Any, Any, None]]


class GatewayWorker(Worker):  # type: ignore[misc]  # gunicorn carries no types
    """Does its work in its slot until told to go."""

    listeners: tuple[Listener, ...]  # with their modes; `sockets` is gunicorn's view of them
    slot: int  # set by the arbiter just before the fork
    generation: int
    doors: Doors
    pid: int
    ppid: int

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.listeners = self.app.listeners
        self.progress = Progress()

    def init_signals(self) -> None:
        """Forget the arbiter's handlers; the loop sets its own for TERM and QUIT."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH):
            # Ctrl-C reaches every process of a terminal; the arbiter decides who ends when.
            signal.signal(number, signal.SIG_IGN)
        # A worker that stands still is sent ABRT: the places in the code go to standard error, no values.
        faulthandler.enable()

    def init_process(self) -> None:
        """gunicorn's entry into the new process."""
        identify("worker", slot=self.slot)
        # More than it was anybody may ask for; where not even that is so, we are ended as the kernel likes.
        with suppress(OSError):
            _OOM.write_text(str(min(1000, int(_OOM.read_text()) + _SOONER_ENDED)))
        try:
            self.app.inherited.leave(listener.socket for listener in self.listeners)
            super().init_process()
        except SluicegateError as error:
            logger.error("worker %d cannot run: %s", self.slot, error)
            self.progress.cannot(str(error))
            sys.exit(BOOT_ERROR)
        except Exception as error:
            logger.exception("worker %d failed", self.slot)
            if isinstance(error, OSError) and error.filename:
                self.progress.cannot(f"{error.filename}: {error.strerror}")
            sys.exit(1 if self.progress.has_served else BOOT_ERROR)

    def run(self) -> None:
        """The work itself."""
        work: Work = self.wsgi
        asyncio.run(work(self))
