"""
What is said to the service manager: the few words of sd_notify(3) that a supervisor has use for.

They go as one datagram to the socket that `$NOTIFY_SOCKET` names; without it, nowhere. Of systemd's own
library nothing else is needed.
"""

import os
import socket
import time
from collections.abc import MutableMapping
from contextlib import suppress


class Notify:
    """Says to the service manager how the service is. What cannot be said is not said again."""

    def __init__(self, address: str = "", watchdog_seconds: float | None = None) -> None:
        # An address that begins with @ is one without a file (unix(7), abstract).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog = watchdog_seconds
        self._patted_at = float("-inf")
        self._status = ""

    def ready(self) -> None:
        """It serves: the start is over, or a reload."""
        self._say("READY=1")

    def reloading(self) -> None:
        """A reload begins; `ready` says that it is over, however it ended."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._say("STOPPING=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`; the same again is not sent."""
        if text != self._status:
            self._status = text
            self._say(f"STATUS={text}")

    def alive(self) -> None:
        """Feed the watchdog, four times in its interval at most. Call it while all is well."""
        if self._watchdog is not None and time.monotonic() - self._patted_at > self._watchdog / 4:
            self._patted_at = time.monotonic()
            self._say("WATCHDOG=1")

    def _say(self, words: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.setblocking(False)
            manager.sendto(words.encode(), self._address)


def notifier(environ: MutableMapping[str, str]) -> Notify:
    """
    By the service manager's variables, which are taken away: they are meant for this process alone.

    A watchdog that is meant for another process (WATCHDOG_PID) is not fed.
    """
    address = environ.pop("NOTIFY_SOCKET", "")
    microseconds = environ.pop("WATCHDOG_USEC", "")
    mine = environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    seconds = int(microseconds) / 1e6 if mine and microseconds.isdecimal() else None
    return Notify(address, seconds)
