"""
The arbiter of one generation: gunicorn's, minus what would hurt here.

gunicorn brings what is easy to get wrong (reaping, a heartbeat that finds a worker whose loop stands
still, signals that arrive while forking). Changed here, each for a reason seen:

- **Slots.** A worker has a number, and its spool belongs to the number. Whoever replaces a dead worker takes
  its number and finishes its spool; two live processes never share one (`slots.py`), not even of two
  generations, or across a supervisor that was killed while its workers still drained.
- **All doors open together**, once every worker is prepared: a generation of which one cannot start has let
  nobody in. Then the supervisor is told, which until then leaves the generation before it alone.
- **A worker that cannot start** ends gunicorn's arbiter, and with it the service. Here it ends the
  generation only before its doors are open; later it is tried again, ever more slowly.
- **Children** beside the workers (`child.py`) are kept running like these. At the end they go after the
  last of the workers, the keeper last of all, because it ships what everybody else wrote. At a hand-over
  those that the workers do not need go at once: the next generation's keeper has what these still write.
- **Nothing from outside**: no control socket, no settings from the environment, no second supervisor by
  USR2, no worker count by TTIN and TTOU. It obeys its supervisor, and goes when that one is gone.

A reload within it is not offered: gunicorn's own would end the service on a broken setting, and serve
old code for ever. A new generation is a new interpreter (`supervisor.py`).
"""

import logging
import os
import signal
import time

from gunicorn import sock
from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from addons.server.application import GatewayApplication
from addons.server.doors import Doors
from addons.server.listen import listening_at
from addons.server.restarts import Restarts
from addons.server.slots import Slot, free_slot
from addons.server.worker import GatewayWorker
from policy.events import Event

logger = logging.getLogger(__name__)

# A worker that could not start because of a setting; gunicorn's WORKER_BOOT_ERROR has the same number.
CONFIGURATION = 3

_IGNORED = (signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGUSR2, signal.SIGWINCH)
# gunicorn reads these to take over sockets and a pid from a supervisor that executed it. Ours never does.
_INHERITED = ("GUNICORN_PID", "GUNICORN_FD", "LISTEN_PID", "LISTEN_FDS")
# While it starts it looks often: whoever waits for the gateway waits for this.
_STARTING_SECONDS = 0.05
# How often the supervisor is told.
_SAY_SECONDS = 0.9


class GatewayArbiter(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """Binds nothing itself: it is given the listeners, and keeps workers and children running."""

    SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1)

    def __init__(self, app: GatewayApplication) -> None:
        for name in _INHERITED:
            os.environ.pop(name, None)
        self.plan = app.plan
        self.inherited = app.inherited
        self.modes = {listening_at(listener): listener.mode.value for listener in app.listeners}
        self.listening = tuple(self.modes)
        self.children = app.children
        self.doors = Doors()
        self.restarts: dict[int, Restarts] = {}
        self.serving = False  # whether the supervisor was told so
        self.ending = False
        self.deaths = 0  # of workers that nobody had told to end
        self._slot: Slot | None = None
        self._said_at = float("-inf")
        super().__init__(app)
        # gunicorn's own view of them, without their modes.
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
            "generation %d listens on %s with %d workers",
            self.inherited.number,
            ", ".join(self.listening),
            self.num_workers,
        )

    def wait_for_signals(self, timeout: float = 1.0) -> list[signal.Signals]:
        """gunicorn's, and oftener while clients wait for us to start."""
        soon = timeout if self.serving else min(timeout, _STARTING_SECONDS)
        found: list[signal.Signals] = super().wait_for_signals(timeout=soon)
        return found

    def handle_usr1(self) -> None:
        """Another generation serves: let the workers finish."""
        self.doors.hand_over()
        raise StopIteration

    # Called at least once a second, and at once when a child dies or a signal comes.
    def manage_workers(self) -> None:
        """Start what should run and does not; then say how things are."""
        if not self.inherited.supervised:
            logger.error("the supervisor is gone: this generation ends")
            self.stop(graceful=False)
            raise StopIteration
        for child in self.children:
            child.keep_running()
        tried: set[int] = set()
        for _ in range(self.num_workers - len(self.WORKERS)):
            tried.add(self._fill_a_slot(tried))
        workers = self.WORKERS.values()
        if len(workers) == self.num_workers:
            if all(worker.progress.was_prepared for worker in workers):
                self.doors.open()
            if not self.serving and all(worker.progress.has_served for worker in workers):
                self.serving = True
                self.inherited.ready(self._gateway(), self.plan.gateway.drain_seconds)
        self._say()

    def _fill_a_slot(self, but: set[int]) -> int:
        """Start a worker in the lowest slot that is free, unless it is too early; the slot's number."""
        slot = free_slot(self.plan.run, but)
        try:
            restarts = self.restarts.setdefault(slot.number, Restarts())
            if restarts.may_begin(time.monotonic()):
                restarts.begun(time.monotonic())
                self._slot = slot
                self.spawn_worker()
            return slot.number
        finally:
            slot.given()

    def prepare(self, worker: GatewayWorker) -> None:
        """gunicorn's `pre_fork`: what the child must know of its place."""
        assert self._slot is not None  # noqa: S101 (for the type checker)
        worker.slot = self._slot.number
        worker.generation = self.inherited.number
        worker.doors = self.doors

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
                self._worker_ended(worker, code)

    def _worker_ended(self, worker: GatewayWorker, code: int) -> None:
        if code == 0:
            logger.info("worker %d (pid %d) has ended", worker.slot, worker.pid)
            return
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        event = Event.WORKER_DIED
        logger.error("worker %d (pid %d) %s", worker.slot, worker.pid, how, extra=event.extra)
        self.deaths += not self.ending
        # Killed is not "cannot": it is tried again.
        if code > 0 and not (self.doors.are_open or self.ending):
            self.inherited.cannot(worker.progress.why or f"worker {worker.slot} {how}", CONFIGURATION)
            raise HaltServer("a worker could not start", CONFIGURATION)

    def murder_workers(self) -> None:
        """Kill a worker whose loop has stood still for `timeout` seconds; its slot is filled again."""
        for pid, worker in list(self.WORKERS.items()):
            try:
                silent = time.monotonic() - worker.tmp.last_update()
            except (OSError, ValueError):
                continue
            if silent > self.timeout:
                logger.critical(
                    "worker %d (pid %d) has stood still for %.0f s: killed",
                    worker.slot,
                    pid,
                    silent,
                    extra=Event.WORKER_KILLED.extra,
                )
                # SIGABRT writes the places in the code where it stands (faulthandler), and ends it.
                self.kill_worker(pid, signal.SIGKILL if worker.aborted else signal.SIGABRT)
                worker.aborted = True

    def halt(self, reason: str | None = None, exit_status: int = 0) -> None:
        """The end."""
        self.stop()
        # Who is told to end twice has ended, not failed: the interpreter's own last steps take handlers away.
        signal.pthread_sigmask(signal.SIG_BLOCK, self.SIGNALS)
        super().halt(reason, exit_status)

    def stop(self, graceful: bool = True) -> None:
        """
        End the workers, then the children. Twice does no harm.

        Graceful: nobody new is let in, what is in flight has `drain_seconds`; a second, impatient signal
        (INT, QUIT) cuts that short.
        """
        self.ending = True
        sock.close_sockets(self.LISTENERS, False)
        self.LISTENERS = []
        if self.doors.handed_over:
            for child in self.children:
                if not child.for_workers:
                    child.tell()
        if self.WORKERS:
            self._stop_workers(graceful)
        for child in self.children:
            child.stop()

    def _stop_workers(self, graceful: bool) -> None:
        self.kill_workers(signal.SIGTERM if graceful else signal.SIGQUIT)
        until = time.monotonic() + (self.cfg.graceful_timeout if graceful else 2.0)
        while self.WORKERS and time.monotonic() < until:
            if graceful and self._is_urgent(self.wait_for_signals(timeout=0.1)):
                graceful, until = False, time.monotonic() + 2.0
                self.kill_workers(signal.SIGQUIT)
            elif not graceful:
                time.sleep(0.05)
            self.reap_workers()
            for child in self.children:
                child.press()
                child.keep_running()
            self._say()
        self.kill_workers(signal.SIGKILL)
        until = time.monotonic() + 2.0
        while self.WORKERS and time.monotonic() < until:
            self.reap_workers()
            time.sleep(0.01)

    def _is_urgent(self, signals: list[signal.Signals]) -> bool:
        return not self.inherited.supervised or bool({signal.SIGINT, signal.SIGQUIT} & set(signals))

    def _say(self) -> None:
        now = time.monotonic()
        if now - self._said_at >= _SAY_SECONDS:
            self._said_at = now
            self.inherited.beat(self._gateway())

    def _gateway(self) -> dict[str, object]:
        """What the supervisor is to write of us."""
        prepared = sum(worker.progress.was_prepared for worker in self.WORKERS.values())
        return {
            "workers": self.num_workers,
            "listen": self.listening,
            "modes": self.modes,
            "waiting_for": "" if self.serving else f"{self.num_workers - prepared} of its workers",
            "deaths": self.deaths,
            "children": {child.name: child.pid for child in self.children if child.pid},
        }
