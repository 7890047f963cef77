"""
The supervisor: gunicorn's arbiter, minus what would hurt here.

gunicorn brings what is easy to get wrong (reaping, a heartbeat that finds a worker whose loop stands
still, signals that arrive while forking). Changed here, each for a reason seen:

- **Slots.** A worker has a number, and its spool belongs to the number. Whoever replaces a dead worker takes
  its number and finishes its spool; two live processes never share one, not even across a supervisor that
  was killed and started anew while its old workers still drained.
- **A worker that cannot start** ends gunicorn's arbiter, and with it the service. Here it ends the gateway
  only while no worker has ever been ready, when a person is watching; later it is tried again, ever more
  slowly.
- **Children** beside the workers (`child.py`) are kept running like these and go after the last of them; the
  keeper goes last of all, because it ships what everybody else wrote.
- **Nothing from outside**: no control socket, no settings from the environment, no second
  supervisor by USR2, no worker count by TTIN and TTOU. Whoever can signal can stop it, no more.

A reload by HUP is not offered: lists and registers never need one, and gunicorn's own would end the
service on a broken setting (it is ignored, so that a closed terminal does not stop the gateway). What one
will need is here: slots are handed out by what is free, so two generations never collide, and a
worker's readiness is known (`run/worker-N.json`).
"""

import logging
import os
import signal
import time
from datetime import UTC, datetime

from gunicorn import sock
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from addons.server.application import GatewayApplication
from addons.server.listen import listening_at
from addons.server.restarts import Restarts
from addons.server.status import GatewayFile, live_slots, now_text, write_file
from addons.server.worker import GatewayWorker

logger = logging.getLogger(__name__)

# A worker that could not start because of a setting; gunicorn's WORKER_BOOT_ERROR has the same number.
CONFIGURATION = 3

_IGNORED = (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH)
# gunicorn reads these to take over sockets and a pid from a supervisor that executed it. Ours never does.
_INHERITED = ("GUNICORN_PID", "GUNICORN_FD", "LISTEN_PID", "LISTEN_FDS")


class GatewayArbiter(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """Binds nothing itself: it is given the listeners, and keeps workers and children running."""

    SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

    def __init__(self, app: GatewayApplication) -> None:
        for name in _INHERITED:
            os.environ.pop(name, None)
        self.plan = app.plan
        self.generation = 1
        self.children = app.children
        self.restarts: dict[int, Restarts] = {}
        self.ever_ready = False
        self.started_at = now_text()
        super().__init__(app)
        self.listeners = app.listeners
        self.LISTENERS = [listener.socket for listener in app.listeners]

    def init_signals(self) -> None:
        """Take the signals we act on, ignore the others gunicorn would."""
        super().init_signals()
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)

    def start(self) -> None:
        """Say where we listen and how many we shall be."""
        super().start()
        logger.info(
            "listening on %s with %d workers", ", ".join(map(listening_at, self.listeners)), self.num_workers
        )

    # Called at least once a second, and at once when a child dies or a signal comes.
    def manage_workers(self) -> None:
        """Start what should run and does not; then say how things are."""
        for child in self.children:
            child.keep_running()
        now = time.monotonic()
        living = [worker.slot for worker in self.WORKERS.values()]
        missing = self.num_workers - len(living)
        if missing > 0:
            taken = set(living) | live_slots(self.plan.run, datetime.now(UTC))
            for slot in free_slots(missing, taken):
                restarts = self.restarts.setdefault(slot, Restarts())
                if restarts.may_begin(now):
                    restarts.begun(now)
                    self._slot = slot
                    self.spawn_worker()
        self.ever_ready = self.ever_ready or any(worker.was_ready() for worker in self.WORKERS.values())
        self._say()

    def prepare(self, worker: GatewayWorker) -> None:
        """gunicorn's `pre_fork`: what the child must know of its place."""
        worker.slot = self._slot
        worker.generation = self.generation

    def reap_workers(self) -> None:
        """Notice every child that has ended; whoever must be replaced is, in `manage_workers`."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            if child := next((child for child in self.children if child.pid == pid), None):
                child.ended(code)
            elif worker := self.WORKERS.pop(pid, None):
                worker.tmp.close()
                self.restarts[worker.slot].ended(time.monotonic())
                self.ever_ready = self.ever_ready or worker.was_ready()
                self._worker_ended(worker, code)

    def _worker_ended(self, worker: GatewayWorker, code: int) -> None:
        if code == 0:
            logger.info("worker %d (pid %d) has ended", worker.slot, worker.pid)
            return
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        logger.error("worker %d (pid %d) %s", worker.slot, worker.pid, how)
        if not self.ever_ready:
            raise HaltServer("no worker could start", CONFIGURATION)

    def murder_workers(self) -> None:
        """Kill a worker whose loop has stood still for `timeout` seconds; its slot is filled again."""
        for pid, worker in list(self.WORKERS.items()):
            try:
                silent = time.monotonic() - worker.tmp.last_update()
            except (OSError, ValueError):
                continue
            if silent > self.timeout:
                logger.critical(
                    "worker %d (pid %d) has stood still for %.0f s: killed", worker.slot, pid, silent
                )
                # SIGABRT writes the places in the code where it stands (faulthandler), and ends it.
                self.kill_worker(pid, signal.SIGKILL if worker.aborted else signal.SIGABRT)
                worker.aborted = True

    def stop(self, graceful: bool = True) -> None:
        """
        End the workers, then the children. Twice does no harm.

        Graceful: nobody new is let in, what is in flight has `drain_seconds`; a second, impatient signal
        (INT, QUIT) cuts that short.
        """
        sock.close_sockets(self.LISTENERS, False)
        self.LISTENERS = []
        self.listeners = ()
        if self.WORKERS:
            self._stop_workers(graceful)
        for child in self.children:
            child.stop()
        (self.plan.run / "gateway.json").unlink(missing_ok=True)

    def _stop_workers(self, graceful: bool) -> None:
        self.kill_workers(signal.SIGTERM if graceful else signal.SIGQUIT)
        until = time.monotonic() + (self.cfg.graceful_timeout if graceful else 2.0)
        while self.WORKERS and time.monotonic() < until:
            if graceful and {signal.SIGINT, signal.SIGQUIT} & set(self.wait_for_signals(timeout=0.1)):
                graceful, until = False, time.monotonic() + 2.0
                self.kill_workers(signal.SIGQUIT)
            elif not graceful:
                time.sleep(0.05)
            self._reap_while_stopping()
            self._say()
        self.kill_workers(signal.SIGKILL)
        until = time.monotonic() + 2.0
        while self.WORKERS and time.monotonic() < until:
            self._reap_while_stopping()
            time.sleep(0.01)

    def _reap_while_stopping(self) -> None:
        # Whether a worker ever started no longer matters.
        self.ever_ready = True
        self.reap_workers()

    def _say(self) -> None:
        write_file(
            self.plan.run / "gateway.json",
            GatewayFile(
                pid=os.getpid(),
                generation=self.generation,
                workers=self.num_workers,
                listen=tuple(map(listening_at, self.listeners)),
                started_at=self.started_at,
                at=now_text(),
            ),
        )


def free_slots(count: int, taken: set[int]) -> list[int]:
    """The `count` lowest numbers that nobody has."""
    found: list[int] = []
    slot = 0
    while len(found) < count:
        if slot not in taken:
            found.append(slot)
        slot += 1
    return found
