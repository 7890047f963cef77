"""One socket: what is sent together, and when it is read."""

import asyncio

from mitmproxy.connection import Server
from mitmproxy.proxy import events

from addons.stream.wire import Wire


class Owner:
    """Writes down what a socket told."""

    def __init__(self) -> None:
        self.unsent: list[Wire] = []
        self.told: list[str] = []

    def feed(self, event: events.Event) -> None:
        assert isinstance(event, events.DataReceived)
        self.told.append(event.data.decode())

    def peer_ended(self, wire: Wire) -> None:
        self.told.append("ended")

    def lost(self, wire: Wire) -> None:
        self.told.append("lost")

    def balance(self) -> None:
        self.told.append("full")

    def caught_up(self) -> None:
        self.told.append("caught up")


class Socket(asyncio.Transport):
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.reading = True
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 100

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True


def wired() -> tuple[Wire, Owner, Socket]:
    owner, sock = Owner(), Socket()
    wire = Wire(owner, Server(address=("origin.test", 80)))
    wire.connection_made(sock)
    return wire, owner, sock


def test_small_pieces_leave_in_one_write_and_large_ones_by_themselves_in_order() -> None:
    wire, owner, sock = wired()
    wire.send(b"head")
    wire.send(b"body")
    assert (owner.unsent, sock.written, wire.waiting) == ([wire], [], 108)
    large = bytes(100_000)
    wire.send(large)
    wire.send(b"tail")
    wire.flush()
    assert sock.written == [b"headbody", large, b"tail"]
    assert wire.waiting == 100


def test_nothing_is_written_to_a_socket_that_is_closing() -> None:
    wire, _, sock = wired()
    sock.closed = True
    wire.send(bytes(100_000))
    wire.send(b"x")
    wire.flush()
    assert sock.written == []


def test_reading_stops_and_goes_on_once_each() -> None:
    wire, _, sock = wired()
    for may_read in (True, False, False, True, True):
        wire.read_if(may_read)
        assert sock.reading is may_read
    wire.read_if(False)
    wire.eof_received()
    wire.read_if(True)
    assert not sock.reading, "there is nothing more to read"


def test_it_tells_what_happens_and_after_its_last_word_nothing_that_comes() -> None:
    wire, owner, _ = wired()
    wire.data_received(b"data")
    wire.pause_writing()
    wire.resume_writing()
    wire.leaving = True
    wire.data_received(b"more")
    wire.connection_lost(None)
    assert owner.told == ["data", "full", "caught up", "lost"]
    assert wire.eof_received() is False
