"""
People at work while something happens to the gateway: each goes on asking until told to stop.

Nobody here asks twice. What a client of HTTP may know before it sends, it looks at: an answer that said
`Connection: close`, an end that has arrived already, a GOAWAY. Whatever fails after that has failed, and is
kept with its reason.
"""

import contextlib
import random
import select
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.journeys.harness.clients import Client, Line, exchange
from tests.journeys.harness.goodbye import Goodbye

# How long nobody waits for an answer any more.
_SECONDS = 15.0


@dataclass
class Person:
    """One who asks again and again."""

    name: str
    connections: int = 0
    answers: int = 0
    failures: list[str] = field(default_factory=list)

    def ask(self, stop: threading.Event) -> None:
        """Until told to stop."""
        raise NotImplementedError

    def work(self, stop: threading.Event) -> None:
        """Ask, and keep what goes wrong."""
        while not stop.is_set():
            try:
                self.ask(stop)
            except (OSError, AssertionError) as error:
                self.failures.append(f"{self.name} after {self.answers} answers: {error!r}")


@dataclass
class Kept(Person):
    """Asks over HTTP/1 connections that are kept as long as they may be; `open` makes one."""

    open: Callable[[], Line] = lambda: Line(NotImplemented)
    target: str = "/"
    host: str = ""
    longest_pause: float = 0.05
    status: int = 200  # what is expected, every time

    def ask(self, stop: threading.Event) -> None:
        line = self.open()
        self.connections += 1
        try:
            used = False
            while not stop.is_set() and not (used and _has_ended(line)):
                answer = exchange(line, "GET", self.target, self.host)
                assert answer is not None, "the connection ended without an answer"
                assert (answer.status, answer.complete) == (self.status, True), answer
                self.answers += 1
                if answer.headers.get("connection", "").lower() == "close":
                    return
                used = True
                stop.wait(random.uniform(0, self.longest_pause))  # noqa: S311 (no secret)
        finally:
            line.close()


def _has_ended(line: Line) -> bool:
    """Whether something has come that nobody asked for: on an idle connection that is its end."""
    return bool(select.select([line.sock], [], [], 0)[0])


@dataclass
class Streams(Person):
    """Asks for several things at once over HTTP/2, and leaves a connection as RFC 9113, 6.8 says."""

    open: Callable[[], Line] = lambda: Line(NotImplemented)
    targets: Sequence[str] = ("/",)
    authority: str = ""
    goodbyes: int = 0  # connections that ended with a GOAWAY

    def ask(self, stop: threading.Event) -> None:
        line = self.open()
        self.connections += 1
        try:
            _Connection(self, line).carry(stop)
        finally:
            line.close()


class _Connection:
    """One HTTP/2 connection."""

    def __init__(self, person: Streams, line: Line) -> None:
        self._person = person
        self._line = line
        self._goodbye = Goodbye()
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._open: dict[int, int] = {}  # streams, with their status

    def carry(self, stop: threading.Event) -> None:
        while not stop.is_set() and self._goodbye.last_stream is None:
            for target in self._person.targets:
                self._begin(target)
            self._flush()
            self._read()
        self._person.goodbyes += self._goodbye.last_stream is not None

    def _begin(self, target: str) -> None:
        stream = self._h2.get_next_available_stream_id()
        pseudo = {":method": "GET", ":scheme": "https", ":authority": self._person.authority, ":path": target}
        self._h2.send_headers(stream, list(pseudo.items()), end_stream=True)
        self._open[stream] = 0

    def _read(self) -> None:
        until = time.monotonic() + _SECONDS
        while self._open:
            assert time.monotonic() < until, f"no answer on {len(self._open)} streams"
            data = self._line.some()
            assert data, f"the connection ended with {len(self._open)} streams open"
            for event in self._h2.receive_data(self._goodbye.without(data)):
                self._take(event)
            self._flush()
            if (last := self._goodbye.last_stream) is not None:
                late = [stream for stream in self._open if stream > last]
                assert not late, f"{len(late)} streams were not taken"

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.ResponseReceived():
                headers = {str(name): str(value) for name, value in event.headers or ()}
                self._open[event.stream_id or 0] = int(headers[":status"])
            case h2.events.DataReceived():
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            case h2.events.StreamEnded():
                status = self._open.pop(event.stream_id or 0)
                assert status == 200, f"status {status}"
                self._person.answers += 1
            case h2.events.StreamReset():
                raise AssertionError(f"a stream was reset: {event.error_code}")

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._line.send(data)


def kept(
    name: str, client: Client, host: str, port: int, target: str, *, tls: bool = False, status: int = 200
) -> Kept:
    """Somebody who asks an origin for one thing over kept connections, through a tunnel or without."""
    if tls:
        person = Kept(name, open=lambda: client.tls(host, port), target=target, host=f"{host}:{port}")
    else:
        person = Kept(name, open=client.line, target=f"http://{host}:{port}{target}", host=f"{host}:{port}")
    person.status = status
    return person


def streams(name: str, client: Client, host: str, port: int, *targets: str) -> Streams:
    """Somebody who asks an origin for several things at once."""

    def open_one() -> Line:
        line = client.tls(host, port, http2=True)
        assert isinstance(line.sock, ssl.SSLSocket)
        assert line.sock.selected_alpn_protocol() == "h2"
        return line

    return Streams(name, open=open_one, targets=targets, authority=f"{host}:{port}")


@contextlib.contextmanager
def at_work(*people: Person) -> Iterator[None]:
    """They work while the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=one.work, args=(stop,), name=one.name) for one in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=2 * _SECONDS)
