"""
`python -m addons.server.supervisor STATE COMMAND...`: what `sluicegate run` becomes, and what lives on.

It knows no setting and carries nothing. It starts *generations*, each a fresh interpreter with the code and
the settings that are there at that moment, by the command that it was itself started by; it keeps their
listening sockets, so that the next one goes on with them; and it writes how things stand into
`run/gateway.json`. Only the standard library is imported here, because this process alone stays as it is
while everything else is replaced: new code takes effect in it at the next restart and not before.

**A reload** (SIGHUP) starts a generation beside the one that serves. The old one is left alone until
the new one says that all its workers let clients in; then it is told to drain, and has its `drain_seconds`. A
generation that cannot start changes nothing. There are never more than two: a reload that is asked for
while there are two begins when there is one again, and several that wait are one.

**An end** (SIGTERM, SIGINT) drains; SIGINT again, or SIGQUIT, does not wait. A generation that dies is
started again, ever more slowly if it dies again and again; one that stands still is ended first. When this
process is killed, its generations notice and go: they hold the ports that the next one wants.
"""

import fcntl
import json
import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from addons.server.brood import Generation, State, now_text
from addons.server.channel import Message
from addons.server.logs import configure_logging, identify
from addons.server.notify import Notify, notifier
from addons.server.restarts import Restarts
from addons.server.run_file import replace_file
from policy.errors import Away, SluicegateError
from policy.events import Event

logger = logging.getLogger("addons.server.supervisor")  # also where this module is the program

# How long a generation may take to be ready while another serves.
START_SECONDS = 60.0
# Beyond `drain_seconds`: for the workers that did not end by themselves, and the keeper's last batches.
END_SECONDS = 20.0
# A generation speaks every second.
SILENT_SECONDS = 30.0
_TURN_SECONDS = 1.0
_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD)
_IGNORED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGTTIN, signal.SIGTTOU, signal.SIGPIPE)


class Supervisor:
    """Of one state folder. `command` starts a generation; it must find its settings by itself."""

    def __init__(self, state: Path, command: Sequence[str], notify: Notify) -> None:
        self._run = state / "run"
        self._command = command
        self._notify = notify
        self._count = 0
        self._generations: list[Generation] = []
        self._sockets: dict[str, socket.socket] = {}
        self._restarts = Restarts()
        self._claimed = False  # whether the state folder is ours
        self._served = False  # whether any generation ever did
        self._stopping = False
        self._status = 0
        # Reloads asked for, the last one that was begun, and the last one that is over, with how it ended.
        self._asked = self._begun = self._answered = 0
        self._outcome: tuple[bool, str] = (True, "")

    def run(self) -> int:
        """Until it is told to end; the exit code."""
        woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for wanted in _SIGNALS:
            signal.signal(wanted, lambda *_: None)
        for unwanted in _IGNORED:
            signal.signal(unwanted, signal.SIG_IGN)
        self._start()
        while self._generations or not self._stopping:
            self._wait(woken)
            with suppress(BlockingIOError):
                for number in os.read(woken, 256):
                    self._signalled(number)
            self._turn()
        # Who is told to end twice has ended, not failed: the interpreter's own last steps take handlers away.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        if self._claimed:
            (self._run / "gateway.json").unlink(missing_ok=True)
        return self._status

    def _wait(self, woken: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(woken, selectors.EVENT_READ)
            for generation in self._generations:
                if generation.exit_code is None:
                    selector.register(generation.channel, selectors.EVENT_READ)
            selector.select(_TURN_SECONDS)

    def _signalled(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._asked += 1
            if self._stopping:
                self._answer(False, "the gateway is ending")
            elif len(self._living()) > 1:
                logger.info("a reload is asked for: it begins when one generation is left")
        elif number == signal.SIGTERM and not self._stopping:
            self._stop(signal.SIGTERM)
        elif number == signal.SIGINT:
            self._stop(signal.SIGQUIT if self._stopping else signal.SIGTERM)
        elif number == signal.SIGQUIT:
            self._stop(signal.SIGQUIT)

    def _stop(self, number: signal.Signals) -> None:
        """End every generation, in its own way or at once."""
        if not self._stopping:
            self._notify.stopping()
            # Whoever comes now is refused, and does not wait for an answer that will not come.
            self._keep({})
        self._stopping = True
        for generation in self._living():
            generation.tell(number)
            generation.end_by(State.ENDING, generation.drain_seconds + END_SECONDS)

    # --- one turn

    def _turn(self) -> None:
        for generation in list(self._generations):
            for message in generation.messages():
                self._heard(generation, message)
            if generation.look():
                self._ended(generation)
            elif generation.exit_code is None:
                self._press(generation)
        self._generations = [one for one in self._generations if not one.buried]
        self._begin()
        self._say()

    def _heard(self, generation: Generation, message: Message) -> None:
        if message.say == "valid":
            generation.answer(self._claim())
        elif message.say == "beat":
            generation.gateway = message.content["gateway"]
        elif message.say == "cannot":
            generation.refusal = str(message.content["why"]), int(message.content["code"])
        elif message.say == "ready" and generation.state is State.STARTING:
            generation.gateway = message.content["gateway"]
            generation.drain_seconds = float(message.content["drain_seconds"])
            self._serves(generation, message)
            return
        for one in message.sockets.values():
            one.close()

    def _claim(self) -> str:
        """Take the state folder, once, and not before there are settings to run with; or why it cannot be."""
        if not self._claimed:
            try:
                self._run.mkdir(mode=0o700, parents=True, exist_ok=True)
                claim(self._run / "lock")
            except (SluicegateError, OSError) as error:
                return str(error)
            self._claimed = True
        return ""

    def _serves(self, generation: Generation, message: Message) -> None:
        """It has taken over: the one that served has its time to drain."""
        self._keep(dict(message.sockets))
        said = f"generation {generation.number} serves"
        for other in self._generations:
            if other.state is State.SERVING and other.exit_code is None:
                other.tell(signal.SIGUSR1)
                other.end_by(State.DRAINING, other.drain_seconds + END_SECONDS)
                said += f"; generation {other.number} has {other.drain_seconds:.0f} s to finish"
        generation.state, generation.deadline = State.SERVING, None
        generation.began_at = now_text()
        event = Event.RELOADED if self._served else Event.STARTED
        self._served = True
        logger.info("%s", said, extra=event.extra)
        self._answer(True, said)
        self._notify.ready()

    def _ended(self, generation: Generation) -> None:
        code = generation.exit_code or 0
        was, generation.state = generation.state, State.ENDING
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        if was is State.STARTING:
            self._restarts.ended(time.monotonic())
            why, status = generation.refusal or (f"generation {generation.number} {how}", max(code, 1))
            if self._served:
                self._did_not_start(why)
            else:
                # It has said why itself, to whoever is watching.
                self._stopping, self._status = True, status
        elif was is State.SERVING:
            self._restarts.ended(time.monotonic())
            what = Event.GENERATION_DIED
            logger.error("generation %d %s while it served", generation.number, how, extra=what.extra)
        elif not code or self._stopping:
            logger.info("generation %d has ended", generation.number)
        else:
            logger.error("generation %d %s", generation.number, how)

    def _did_not_start(self, why: str) -> None:
        failed = Event.RELOAD_FAILED
        logger.error("generation %d could not start: %s", self._count, why, extra=failed.extra)
        self._answer(False, why)
        if any(one.state is State.SERVING for one in self._generations):
            self._notify.ready()  # nothing has changed: the reload is over
        else:
            # Whoever comes now is refused, and does not wait for an answer that will not come soon.
            self._keep({})

    def _press(self, generation: Generation) -> None:
        """End what takes longer than it may."""
        now = time.monotonic()
        if generation.is_late():
            if generation.state is State.STARTING:
                waits = generation.gateway.get("waiting_for") or "its start to end"
                generation.refusal = f"not ready within {START_SECONDS:.0f} s: it waits for {waits}", 4
            else:
                logger.error("generation %d did not end in time: it is ended", generation.number)
            generation.cut()
            generation.deadline = now + SILENT_SECONDS
        elif generation.state is State.SERVING and now - generation.heard > SILENT_SECONDS:
            logger.critical("generation %d stands still: it is ended", generation.number)
            generation.heard = now
            generation.cut()

    def _begin(self) -> None:
        """Start what should be there and is not, while there is room for it."""
        living = self._living()
        states = [one.state for one in living]
        if self._stopping or State.STARTING in states or len(living) > 1:
            return
        if State.SERVING not in states:
            if self._restarts.may_begin(time.monotonic()):
                self._start()
        elif self._asked > self._begun:
            logger.info("reloading")
            self._notify.reloading()
            if self._start():
                self._generations[-1].end_by(State.STARTING, START_SECONDS)

    def _start(self) -> bool:
        """Whether there is a new generation. Raises `OSError` where there was never any."""
        self._count += 1
        self._begun = self._asked
        self._restarts.begun(time.monotonic())
        try:
            self._generations.append(Generation(self._count, self._command, self._sockets))
        except OSError as error:
            if not self._served:
                raise
            # A release that was removed, or no room for a process: what serves goes on serving.
            self._restarts.ended(time.monotonic())
            self._did_not_start(f"{error.filename or self._command[0]}: {error.strerror}")
            return False
        return True

    # --- what is remembered and said

    def _living(self) -> list[Generation]:
        return [one for one in self._generations if one.exit_code is None]

    def _keep(self, sockets: dict[str, socket.socket]) -> None:
        """These, and no others, are the next generation's to inherit."""
        for one in self._sockets.values():
            one.close()
        self._sockets = sockets

    def _answer(self, succeeded: bool, why: str) -> None:
        """What was asked for before the last generation was begun is over; at the end, whatever was."""
        upto = self._asked if self._stopping else self._begun
        if self._answered < upto:
            self._answered, self._outcome = upto, (succeeded, why)

    def _say(self) -> None:
        shown = self._shown()
        if shown is None:
            return
        succeeded, why = self._outcome
        content = dict(shown.gateway) | {
            "pid": os.getpid(),
            "generation": shown.number,
            "generations": [
                {"generation": one.number, "pid": one.pid, "state": one.state}
                for one in self._generations
                if one.exit_code is None
            ],
            "started_at": shown.began_at,
            "at": now_text(),
            "reload": {
                "asked": self._asked,
                "answered": self._answered,
                "succeeded": succeeded,
                "why": why,
            },
        }
        replace_file(self._run / "gateway.json", json.dumps(content).encode())
        if shown.state is State.SERVING:
            self._notify.status(f"generation {shown.number} serves with {content.get('workers')} workers")
            self._notify.alive()

    def _shown(self) -> Generation | None:
        """The generation that the file is about: the one that serves, else the last that said anything."""
        spoke = [one for one in self._generations if one.gateway]
        serving = [one for one in spoke if one.state is State.SERVING]
        return max(serving or spoke, key=lambda one: one.number, default=None)


def claim(path: Path) -> None:
    """
    Take the right to be the only gateway of this state folder, until this process ends.

    Raises `Away`. A POSIX lock and no other: it is this process's alone and not its children's, who may
    outlive it by a moment, and the kernel says to anybody who has it (`sluicegate reload` asks). Its
    descriptor is never closed: that would give the right up.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Away(f"{path.parent}: another gateway runs with this state folder; stop it first") from error


def supervise(state: Path, command: Sequence[str]) -> int:
    """Run the gateway of a state folder until told to end; the exit code. Raises `OSError`."""
    configure_logging()
    identify("supervisor")
    return Supervisor(state, command, notifier(os.environ)).run()


def main() -> int:
    """The arguments are the state folder and the command."""
    os.umask(0o077)
    try:
        return supervise(Path(sys.argv[1]), sys.argv[2:])
    except OSError as error:
        print(f"sluicegate: {error.filename}: {error.strerror}", file=sys.stderr)  # noqa: T201 - the terminal
    return 4


if __name__ == "__main__":
    sys.exit(main())
