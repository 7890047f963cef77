"""One socket of a client's connection: bytes in become events, and it says when it can take no more."""

import asyncio
from typing import Protocol, cast

from mitmproxy.connection import Connection
from mitmproxy.proxy import events

# From how many bytes on a piece is sent by itself.
_LARGE = 16 * 1024


class Owner(Protocol):
    """What a socket tells."""

    unsent: list["Wire"]  # sockets with something to send at the end of this event

    def feed(self, event: events.Event) -> None:
        """Something has come."""

    def peer_ended(self, wire: "Wire") -> None:
        """The peer will send no more."""

    def lost(self, wire: "Wire") -> None:
        """The socket is closed."""

    def balance(self) -> None:
        """A peer is slower than we are."""

    def caught_up(self) -> None:
        """A peer has taken what waited for it."""


class Wire(asyncio.Protocol):
    """One socket of a connection."""

    def __init__(self, owner: Owner, connection: Connection) -> None:
        self.owner = owner
        self.connection = connection
        self.transport: asyncio.Transport = None  # type: ignore[assignment]  # set before anything happens
        self.full = False  # whether the peer is slower than we are
        self.reading = True
        self.ended = False  # whether the peer has said its last
        self.leaving = False  # whether we have: what still comes is thrown away
        self.slot: asyncio.Semaphore | None = None  # held while it is open
        self._unsent: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Only origins: a client's socket comes connected."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        if not self.leaving:
            self.owner.feed(events.DataReceived(self.connection, data))

    def eof_received(self) -> bool:
        """The peer sends no more; it may still listen."""
        self.ended = True
        if self.leaving:
            return False
        self.owner.peer_ended(self)
        return not self.leaving

    def send(self, data: bytes) -> None:
        """Send this with what else one event brings about: a head and its body in one segment, one call."""
        if len(data) >= _LARGE:
            # Not worth a copy.
            self.flush()
            if not self.transport.is_closing():
                self.transport.write(data)
            return
        if not self._unsent:
            self.owner.unsent.append(self)
        self._unsent.append(data)

    def flush(self) -> None:
        """Hand what there is to the socket."""
        unsent, self._unsent = self._unsent, []
        if unsent and not self.transport.is_closing():
            self.transport.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    @property
    def waiting(self) -> int:
        """Bytes the peer has not taken."""
        return self.transport.get_write_buffer_size() + sum(map(len, self._unsent))

    def connection_lost(self, _error: Exception | None) -> None:
        """The socket is closed, by whomever."""
        self.ended = True
        self.owner.lost(self)

    def pause_writing(self) -> None:
        """The peer is slower than we are."""
        self.full = True
        self.owner.balance()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.full = False
        self.owner.caught_up()

    def read_if(self, may_read: bool) -> None:
        """Go on reading, or stop."""
        if may_read is self.reading or self.ended or self.transport.is_closing():
            return
        self.reading = may_read
        if may_read:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()
