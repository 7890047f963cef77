"""
The Unix socket on which the gateway says how it is: whoever connects is told, and that is all.

`sluicegate status` asks here. The socket's mode lets the gateway's own account and its group connect;
who is there is looked at again through the peer's credentials (SO_PEERCRED, unix(7)), since a folder's
mode is one `chmod` away from being another. Nothing is read from a peer.
"""

import asyncio
import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from addons.observe.crowd import Crowd
from policy.errors import Away, ConfigurationError

MODE = 0o660
MOST_CONNECTIONS = 16
MOST_BYTES = 1 << 20
ANSWER_SECONDS = 2.0
# For the last gateway's observer, which notices within a second that its supervisor is gone.
_PATIENCE_SECONDS = 5.0

_REFUSED = b"refused"

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid
_SO_PEERGROUPS = 59  # asm-generic/socket.h; Python has no name for it
_MOST_GROUPS = 256  # of four bytes: Python reads no longer answer


def bind(
    path: Path,
    patience: float = _PATIENCE_SECONDS,
    *,
    mode: int = MODE,
    setting: str = "observe.socket",
    whose: str = "gateway",
) -> socket.socket:
    """
    The listening socket at `path`, in place of one that a gateway which was killed has left.

    Raises `Away` where another one answers there, `ConfigurationError` where it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_left_over(
            path, patience, f"another {whose} answers here; stop it, or set {setting} elsewhere"
        )
        with short_name(path) as name:
            listener.bind(name)
            # Before anybody can connect: nobody is let in until `listen`.
            Path(name).chmod(mode)
            listener.listen(MOST_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"{path}: the socket cannot be made: {error.strerror or error}; {setting} names another place"
        ) from error
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def ask(path: Path, seconds: float) -> bytes:
    """
    What the gateway says of itself at `path`.

    Raises `FileNotFoundError` or `ConnectionRefusedError` where no gateway is there, `PermissionError` where
    this account may not ask, `TimeoutError` where one is there and does not answer, `ConnectionResetError`
    where it ended meanwhile.
    """
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        with short_name(path) as name:
            try:
                connection.connect(name)
            except BlockingIOError as error:  # its queue is full: nobody takes from it
                raise TimeoutError from error
        said = b""
        while len(said) < MOST_BYTES:
            connection.settimeout(max(0.01, until - time.monotonic()))
            more = connection.recv(1 << 16)
            if not more:
                break
            said += more
    if said == _REFUSED:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if not said:
        raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    return said


class StatusServer:
    """Answers on one listener until its loop ends."""

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self._answer = answer
        self._crowd = Crowd(MOST_CONNECTIONS, "the gateway could not say how it is")

    async def listen(self, listener: socket.socket) -> asyncio.Server:
        """Begin to answer on `listener`."""
        # Not ours to remove: the next generation's observer answers at the same place.
        return await asyncio.start_unix_server(self._carry, sock=listener, cleanup_socket=False)

    async def _carry(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._crowd.answer(writer, lambda: self._say(writer))

    async def _say(self, writer: asyncio.StreamWriter) -> None:
        writer.write(self._answer() if may_ask(writer.get_extra_info("socket")) else _REFUSED)
        async with asyncio.timeout(ANSWER_SECONDS):
            await writer.drain()
            writer.close()
            await writer.wait_closed()


def may_ask(connection: socket.socket) -> bool:
    """Whether the peer is root, of the gateway's own account, or of its group."""
    uid, gid = peer(connection)
    return is_trusted(uid, {gid, *_groups(connection)}, os.geteuid(), os.getegid())


def peer(connection: socket.socket) -> tuple[int, int]:
    """The numbers of the account and group that connected a Unix socket, as the kernel has them."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, gid = _CREDENTIALS.unpack(raw)
    return uid, gid


def is_trusted(uid: int, groups: set[int], own_uid: int, own_gid: int) -> bool:
    """Whether an account with this number and these groups is told how the gateway is."""
    return uid in {0, own_uid} or own_gid in groups


def _groups(connection: socket.socket) -> tuple[int, ...]:
    """The peer's other groups, as far as this kernel tells."""
    try:
        raw = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, 4 * _MOST_GROUPS)
    except OSError:
        return ()
    return struct.unpack(f"{len(raw) // 4}I", raw)


def _remove_left_over(path: Path, patience: float, otherwise: str) -> None:
    until = time.monotonic() + patience
    while path.is_socket() and _answers(path):
        if time.monotonic() >= until:
            raise Away(f"{path}: {otherwise}")
        time.sleep(0.05)
    if path.is_socket():
        path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(0.2)
        with short_name(path) as name:
            try:
                connection.connect(name)
            except (TimeoutError, BlockingIOError):
                return True
            except OSError:
                return False
            return True


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name for `path` that fits into an address, which takes 107 bytes however deep the folder is."""
    if len(os.fsencode(path)) < 100:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        with suppress(OSError):
            os.close(folder)
