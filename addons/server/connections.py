"""
The connections of one worker: let in, counted, and let go.

Each worker accepts for itself on the listeners it inherited, one connection at a time: whoever has time
takes the next, so that none takes a whole burst while its neighbour is idle (asyncio's own servers take up to
a backlog's worth at once). At `most` open connections a worker stops accepting; the next ones wait in
the kernel for another worker or for room, which bounds memory and refuses nobody who can wait.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, cast

from addons.server.listen import Listener
from addons.settings import Mode
from addons.stream.arrival import Arrival

logger = logging.getLogger(__name__)

# Out of descriptors or buffers: waiting helps, trying again at once does not.
_SCARCE = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_SCARCE_SECONDS = 0.2


class Connection(Protocol):
    """What carries one client connection."""

    def handle_client(self) -> Coroutine[Any, Any, None]:
        """Returns when the connection is over."""

    def is_idle(self) -> bool:
        """Whether closing it now would cut nothing off."""

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

    async def drain(self, seconds: float) -> None:
        """
        Let nobody new in, close what is idle, and wait up to `seconds` for the rest.

        The listeners are closed at once: a connection that waited in our queue would be lost with us.
        """
        self._close_doors()
        until = asyncio.get_running_loop().time() + seconds
        while self._open and asyncio.get_running_loop().time() < until:
            for connection in list(self._open.values()):
                if connection is not None and connection.is_idle():
                    connection.close()
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
        for task in self._accepting:
            task.cancel()
        for listener in self._listeners:
            listener.close()

    async def _accept(self, listener: Listener) -> None:
        loop = asyncio.get_running_loop()
        scarce = False
        while True:
            await self._room.acquire()
            try:
                accepted, _ = await loop.sock_accept(listener.socket)
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
