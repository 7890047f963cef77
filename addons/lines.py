"""
Lines between the workers and the processes beside them, over sockets that keep messages apart.

Who answers (the signer, the desk) listens on a socket without a name in the file system; the kernel chooses
it (unix(7), autobind), so that no path could be too long or be left over. The process that forks both ends
holds it: a worker notices somebody who died by waiting, and by nothing else.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from typing import NamedTuple

_BACKLOG = 64
_AGAIN_SECONDS = 0.1
# A long message, or some hundreds of short ones, may wait for a reader; the kernel has a limit of its own.
_BUFFER_BYTES = 1 << 20
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: unix(7), SO_PEERCRED


class Misspoken(ValueError):
    """A message that is none."""


def open_listening() -> socket.socket:
    """The socket that workers will connect to, for the process that forks both ends."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    listening.bind("")
    listening.listen(_BACKLOG)
    return listening


class Lines(NamedTuple):
    """Where the processes beside the workers listen for them."""

    signer: socket.socket
    desk: socket.socket

    @classmethod
    def open(cls) -> "Lines":
        """A listening socket for each."""
        return cls(open_listening(), open_listening())

    def close(self) -> None:
        """A worker's copies: it connects, and does not listen."""
        for listening in self:
            listening.close()


def accept_own(listening: socket.socket) -> socket.socket | None:
    """A line to who connects, where that is a process of this account; None for anybody else, or nobody."""
    try:
        line, _ = listening.accept()
    except OSError:
        return None  # whoever it was has gone
    if not _is_own(line):
        line.close()
        return None
    line.setblocking(False)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
    return line


def _is_own(line: socket.socket) -> bool:
    """Whether a process of this account is at the other end: it connected, or has listened there."""
    _, uid, _ = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return bool(uid == os.geteuid())


class KeptLine:
    """
    A worker's end: connects to `address` (a listening socket's name), and again whenever the line is cut.

    `take` is called with every message and raises `Misspoken` for what is none, which cuts the line;
    `connected` whenever there is a new one. Both run on the loop and must not wait.
    """

    def __init__(
        self,
        address: str | bytes,
        most_bytes: int,
        *,
        take: Callable[[bytes], None],
        connected: Callable[[], None],
    ) -> None:
        self._address = address
        self._most_bytes = most_bytes
        self._take = take
        self._connected = connected
        self._line: socket.socket | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()

    def start(self, name: str) -> None:
        """Connect, and stay connected, on the running loop."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep_connected(), name=name)

    def close(self) -> None:
        """Hang up for good."""
        if self._keeping is not None:
            self._keeping.cancel()
        self._hang_up()

    def send(self, message: bytes) -> bool:
        """Whether it is on its way. Where it is not, `connected` comes when it may be sent again."""
        if self._line is None:
            return False
        try:
            self._line.send(message)
        except BlockingIOError:
            return False  # so many wait that this one's time will be over
        except OSError:
            self._hang_up()
            return False
        return True

    async def _keep_connected(self) -> None:
        while True:
            try:
                self._connect()
            except OSError:
                pass  # its backlog is full, or nobody listens any more
            else:
                await self._ended.wait()
            # Also after a line that was cut as soon as it was there: the loop has other things to do.
            await asyncio.sleep(_AGAIN_SECONDS)

    def _connect(self) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            line.setblocking(False)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            line.connect(self._address)
            if not _is_own(line):
                # Once nobody listens any more, anybody may by that name, and would be told passwords.
                raise PermissionError("a process of another account listens")
        except OSError:
            line.close()
            raise
        self._line = line
        self._ended.clear()
        asyncio.get_running_loop().add_reader(line, self._read)
        self._connected()

    def _read(self) -> None:
        """As much as there is: several messages may have come in one turn of the loop."""
        while self._line is not None:
            try:
                message = self._line.recv(self._most_bytes)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            try:
                if not message:
                    raise Misspoken("the line was cut")
                self._take(message)
            except Misspoken:
                self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()
            self._line = None
        self._ended.set()
