"""
The connections of one worker: let in, counted, and let go.

Each worker accepts for itself on the listeners it inherited, one connection at a time: whoever has time
takes the next, so that none takes a whole burst while its neighbour is idle (asyncio's own servers take up to
a backlog's worth at once). At `most` open connections a worker stops accepting; the next ones wait in
the kernel for another worker or for room, which bounds memory and refuses nobody who can wait. Those that
have been idle longest make room, so that a morning's kept connections do not keep the noon's people out.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from heapq import nlargest
from typing import Any, Protocol, cast

from addons.server.listen import Listener
from addons.settings import Mode
from addons.stream.arrival import Arrival

logger = logging.getLogger(__name__)

# Out of descriptors or buffers: waiting helps, trying again at once does not.
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SCARCE_SECONDS = 0.2
# When there is no more room: how long a connection must have been idle to have to make room, how many at once
# (one of so many that are open), and how long until that is looked at again.
_LONG_IDLE_SECONDS = 5.0
_PART_AT_ONCE = 50
_FULL_SECONDS = 0.05
# What a connection that was told to end may take over it beyond its time.
_LATE_SECONDS = 0.5


class Connection(Protocol):
    """What carries one client connection."""

    def handle_client(self) -> Coroutine[Any, Any, None]:
        """Returns when the connection is over."""

    def drain(self, patience: float) -> None:
        """Tell the peer that this connection ends, and end it once it has carried nothing for so long."""

    def idle_seconds(self) -> float:
        """For how long closing it would have cut nothing off; 0.0 while something is under way."""

    def close(self) -> None:
        """End it now."""


type Connect = Callable[[asyncio.Transport, Arrival], Connection]


class Looks(Protocol):
    """Finds out how a client has come (`addons/server/arrivals.py`)."""

    async def look(self, accepted: socket.socket, mode: Mode) -> Arrival | None:
        """None where it is refused."""


class _Arrived(asyncio.Protocol):
    """Holds what a client sends in the kernel until somebody is there to read it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).pause_reading()


class Connections:
    """Accepts on every listener and carries what comes until told to drain."""

    def __init__(self, listeners: Sequence[Listener], most: int, arrivals: Looks, connect: Connect) -> None:
        self._listeners = listeners
        self._room = asyncio.Semaphore(most)
        self._arrivals = arrivals
        self._connect = connect
        self._accepting: list[asyncio.Task[None]] = []
        self._open: dict[asyncio.Task[None], Connection | None] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def begin(self) -> None:
        """Let clients in."""
        loop = asyncio.get_running_loop()
        self._accepting = [
            loop.create_task(self._accept(listener), name="accept") for listener in self._listeners
        ]

    async def drain(self, seconds: float, patience: float) -> None:
        """
        Let nobody new in, close what is idle for `patience`, and wait up to `seconds` for the rest.

        The listeners are closed at once. Whoever waits in their queue is another generation's, if there is
        one. An idle connection is not closed at once: its client may be about to send its next request,
        which is answered, and the connection is closed with that answer.
        """
        self._close_doors()
        now = asyncio.get_running_loop().time
        begun = now()
        told: set[Connection] = set()
        while self._open and now() < begun + seconds:
            for connection in list(self._open.values()):
                if connection is None:
                    continue
                if connection not in told:
                    told.add(connection)
                    connection.drain(patience)
                # Such as have said nothing yet: there is no protocol to tell them in.
                elif now() - begun > patience and connection.idle_seconds() > patience + _LATE_SECONDS:
                    connection.close()
            if self._open:
                await asyncio.wait(self._open, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)

    async def cut(self) -> None:
        """End whatever is still open."""
        self._close_doors()
        if not self._open:
            return
        logger.warning("%d connections were cut off", len(self._open))
        for connection in list(self._open.values()):
            if connection is not None:
                connection.close()
        # A last moment for their outcomes to be recorded.
        await asyncio.wait(self._open, timeout=1.0)

    def _close_doors(self) -> None:
        loop = asyncio.get_running_loop()
        for task in self._accepting:
            task.cancel()
        for listener in self._listeners:
            if listener.socket.fileno() >= 0:
                loop.remove_reader(listener.socket)
                listener.close()

    async def _accept(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        scarce = False
        while True:
            while self._room.locked():
                # Nobody has to go before somebody has come.
                await _readable(listener.socket)
                if self._room.locked():
                    self._let_go_of_the_idlest()
                    await asyncio.sleep(_FULL_SECONDS)
            await self._room.acquire()
            try:
                accepted = _take(listener.socket)
            except BlockingIOError:
                self._room.release()
                await _readable(listener.socket)
                continue
            except OSError as error:
                self._room.release()
                if error.errno in _SCARCE:
                    if not scarce:
                        logger.error("no more connections can be accepted: %s", error.strerror)
                    scarce = True
                    await asyncio.sleep(_SCARCE_SECONDS)
                # Anything else is one client's failure to arrive.
                continue
            scarce = False
            task = loop.create_task(self._carry(accepted, listener.mode), name="connection")
            if not task.done():  # which an eager one may be already
                self._open.setdefault(task)

    def _let_go_of_the_idlest(self) -> None:
        """
        Close a few of those that have been idle longest, if they have been so for a while.

        Browsers keep connections for minutes, just in case, and ask again on a new one where an old one was
        closed. A tunnel or a download is never idle.
        """
        by_idleness = {
            connection: seconds
            for connection in self._open.values()
            if connection is not None and (seconds := connection.idle_seconds()) > _LONG_IDLE_SECONDS
        }
        at_once = max(1, len(self._open) // _PART_AT_ONCE)
        for connection in nlargest(at_once, by_idleness, key=by_idleness.__getitem__):
            connection.close()

    async def _carry(self, accepted: socket.socket, mode: Mode) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (for the type checker: a coroutine runs in a task)
        self._open[task] = None
        try:
            arrival = await self._arrivals.look(accepted, mode)
            if arrival is None:
                return
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(_Arrived, accepted)
            try:
                if transport.get_extra_info("peername") is None:
                    return  # it reset the connection while it waited: nobody is there any more
                connection = self._connect(transport, arrival)
                self._open[task] = connection
                await connection.handle_client()
            finally:
                transport.close()
        except OSError:
            pass  # the client was gone before it was let in
        except Exception:
            # One connection's failure is not the others'.
            logger.exception("a connection failed")
        finally:
            accepted.close()
            self._open.pop(task, None)
            self._room.release()


def _take(listener: socket.socket) -> socket.socket:
    """
    The next client. Raises `BlockingIOError` where nobody waits, and `OSError`.

    Not `loop.sock_accept`: cancelled at a bad moment it loses whom it has just let in.
    """
    accepted, _ = listener.accept()
    accepted.setblocking(False)
    return accepted


async def _readable(listener: socket.socket) -> None:
    """Wait until somebody knocks, or somebody else has taken the watch off the socket."""
    loop = asyncio.get_running_loop()
    knock = loop.create_future()

    def knocked() -> None:
        loop.remove_reader(listener)
        if not knock.done():
            knock.set_result(None)

    loop.add_reader(listener, knocked)
    await knock
