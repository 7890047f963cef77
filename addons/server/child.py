"""The keeper as a child of the supervisor: the one process of the gateway that speaks to the database."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from addons.server.restarts import Restarts
from policy.errors import SluicegateError

logger = logging.getLogger(__name__)

# To ship what the workers wrote last. What it does not manage stays in the spool for the next start.
STOP_SECONDS = 12.0
# The supervisor's word to the keeper alone. SIGTERM, SIGQUIT and SIGINT may come to every process at once
# (systemd, `timeout`, a terminal), and the keeper must outlast the workers that still write.
_STOP = signal.SIGUSR1
_FOR_EVERYBODY = (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)


class KeeperChild:
    """Starts the keeper, starts it again when it dies, and stops it."""

    def __init__(self, keep: Callable[[threading.Event], None], listeners: Sequence[socket.socket]) -> None:
        self.pid = 0
        self._keep = keep
        self._listeners = listeners
        self._restarts = Restarts()

    def keep_running(self) -> None:
        """Start it if it does not run and may be started."""
        if self.pid == 0 and self._restarts.may_begin(time.monotonic()):
            self._restarts.begun(time.monotonic())
            self.pid = self._fork()

    def ended(self, code: int) -> None:
        """It was reaped: note when it may be started again."""
        logger.error(
            "the keeper (pid %d) has ended with status %d; decisions stay in the spool", self.pid, code
        )
        self.pid = 0
        self._restarts.ended(time.monotonic())

    def stop(self) -> None:
        """Tell it to ship what is left and end; end it when it takes too long."""
        if self.pid == 0:
            return
        os.kill(self.pid, _STOP)
        until = time.monotonic() + STOP_SECONDS
        with suppress(ChildProcessError):
            while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
                if time.monotonic() > until:
                    os.kill(self.pid, signal.SIGKILL)
                    os.waitpid(self.pid, 0)
                    break
                time.sleep(0.02)
        self.pid = 0

    def _fork(self) -> int:
        # Blocked before the fork, so that a signal between the fork and the child's first line is not
        # delivered to the supervisor's handler in the child, where nobody would ever look at it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {_STOP, *_FOR_EVERYBODY})
        supervisor = os.getpid()
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        status = 1
        try:
            self._run(supervisor)
            status = 0
        except SluicegateError as error:
            logger.error("the keeper cannot run: %s", error)
        except Exception:
            logger.exception("the keeper failed")
        finally:
            # Never back into the supervisor's code, whatever happened.
            os._exit(status)

    def _run(self, supervisor: int) -> None:
        for number in (signal.SIGCHLD, _STOP):
            signal.signal(number, signal.SIG_DFL)
        for number in _FOR_EVERYBODY:
            signal.signal(number, signal.SIG_IGN)
        for listener in self._listeners:
            listener.close()
        stop = threading.Event()
        threading.Thread(target=_watch, args=(stop, supervisor), name="stop", daemon=True).start()
        self._keep(stop)


def _watch(stop: threading.Event, supervisor: int) -> None:
    """Set `stop` when told to, or when the supervisor is gone. A thread may wait for signals; a handler
    that sets an Event can meet its own lock."""
    while os.getppid() == supervisor and signal.sigtimedwait({_STOP}, 1.0) is None:
        pass
    stop.set()
