"""
One generation, as the supervisor sees it: a process group, a channel, a deadline.

A generation is the leader of its process group, so that a key pressed at a terminal reaches the
supervisor alone, and so that its workers can be ended when it no longer can do that itself. Its number is
the group's too for as long as it has not been reaped: it is reaped only when nothing of the group is wanted.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum

from addons.server.channel import VARIABLE, Message, describe, receive

# Its workers notice within a second that it is gone, and record how their connections ended.
_ORPHANS_SECONDS = 3.0


class State(StrEnum):
    """How far a generation is in its life."""

    STARTING = "starting"
    SERVING = "serving"
    DRAINING = "draining"  # another serves
    ENDING = "ending"  # told to end


def now_text() -> str:
    """The present moment as the files in `run/` write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Generation:
    """
    A generation that was started by `command`, with what it inherits.

    Raises `OSError` where the command cannot be run.
    """

    def __init__(self, number: int, command: Sequence[str], sockets: Mapping[str, socket.socket]) -> None:
        self.number = number
        self.state = State.STARTING
        self.gateway: Mapping[str, object] = {}  # its last word on itself
        self.refusal: tuple[str, int] | None = None  # why it could not start, with an exit code
        self.exit_code: int | None = None  # once it has ended
        self.began = self.heard = time.monotonic()
        self.began_at = now_text()  # to start, and then to serve
        self.drain_seconds = 0.0
        self.deadline: float | None = None
        self.buried = False  # whether nothing of it is left
        self._leftovers_until = 0.0
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.setblocking(False)
        try:
            self._process = subprocess.Popen(
                command,
                env=os.environ | {VARIABLE: describe(number, theirs, sockets)},
                pass_fds=[theirs.fileno(), *(one.fileno() for one in sockets.values())],
                process_group=0,
            )
        except BaseException:
            self.channel.close()
            raise
        finally:
            theirs.close()
        self.pid = self._process.pid

    def messages(self) -> list[Message]:
        """What it has said since it was asked last."""
        found: list[Message] = []
        with suppress(OSError):  # BlockingIOError when there is no more; a reset when it is gone
            while (message := self._receive()) is not None:
                self.heard = time.monotonic()
                found.append(message)
        return found

    def _receive(self) -> Message | None:
        while True:
            try:
                return receive(self.channel)
            except ValueError:
                continue  # of a release that says what we do not know

    def answer(self, why: str) -> None:
        """Whether it may go on: why not, or an empty text."""
        with suppress(OSError):
            self.channel.send(json.dumps({"why": why}).encode())

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal: the arbiter, which knows what to tell its workers."""
        if self.exit_code is None:
            os.kill(self.pid, number)

    def end_by(self, state: State, seconds: float) -> None:
        """From now on it is in this state, and is ended when that lasts longer."""
        self.state, self.deadline = state, time.monotonic() + seconds

    def is_late(self) -> bool:
        """Whether its deadline is over."""
        return self.deadline is not None and time.monotonic() > self.deadline

    def cut(self) -> None:
        """End everything of it at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def look(self) -> bool:
        """Whether it has just ended. What it leaves behind has some seconds to notice."""
        if self.exit_code is not None:
            if not self.buried and time.monotonic() > self._leftovers_until:
                self._bury()
            return False
        # WNOWAIT: until it is reaped, its number is nobody else's.
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return False
        killed = ended.si_code != os.CLD_EXITED
        self.exit_code = -ended.si_status if killed else ended.si_status
        self._leftovers_until = time.monotonic() + (_ORPHANS_SECONDS if killed else 0.0)
        if not killed:
            self._bury()
        return True

    def _bury(self) -> None:
        self.cut()
        self._process.wait()
        # What cannot even be killed (it waits for a disk) must not keep the supervisor from ending.
        self.buried = self._is_reaped() or time.monotonic() > self._leftovers_until + _ORPHANS_SECONDS
        if self.buried:
            self.channel.close()

    def _is_reaped(self) -> bool:
        """Whether no child of ours is of this group: the first process of a container inherits orphans."""
        try:
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False
