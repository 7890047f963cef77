"""
Load, in a process of its own: `python -m benchmarks.load.generator` with a JSON job on standard input.

Prints `begin` and `end` when it starts and stops counting, then one JSON line: answers, seconds, how many
were not what was expected. Kept connections are opened before that and are always waiting for exactly
one answer each (over HTTP/2, one a stream), so that the proxy is never idle and never flooded. A client
that offers HTTP/2 and gets HTTP/1.1 opens as many connections as it would have had streams, as browsers do.
"""

import asyncio
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from typing import Literal

from benchmarks.load.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    RST_STREAM,
    Frames,
    frame,
    housekeeping,
    literal,
    opening,
)

type Kind = Literal["plain", "new-https", "https1", "https2"]


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask for, how often at once, how long."""

    kind: Kind
    proxy_port: int
    hosts: tuple[str, ...]  # one a connection, in turn
    port: int  # the origins'
    ca_file: str
    connections: int
    streams: int = 1  # of each HTTP/2 connection
    seconds: float = 3.0
    warm_seconds: float = 0.5


@dataclass(slots=True)
class Count:
    """What came of it."""

    answers: int = 0
    wrong: int = 0
    seconds: float = 0.0
    agreed: str = ""  # the protocol, where it was offered


class Clock:
    """Counts while it runs, so that nothing is counted of the beginning and the end."""

    def __init__(self) -> None:
        self.count = Count()
        self.running = False
        self._began = 0.0

    def start(self) -> None:
        print("begin", flush=True)
        self.running, self._began = True, time.perf_counter()

    def stop(self) -> None:
        print("end", flush=True)
        self.running = False
        self.count.seconds = time.perf_counter() - self._began

    def answered(self, number: int = 1) -> None:
        if self.running:
            self.count.answers += number

    def wrong(self) -> None:
        self.count.wrong += 1


def request_target(number: int) -> str:
    """A path like those of real pages; never the same twice, so that nothing can remember the answer."""
    return f"/news/2026/{number % 12 + 1:02d}/article-{number}.html?page={number % 7}&ref=front"


class Http1(asyncio.Protocol):
    """One kept connection: the next request when the answer to the last has ended."""

    def __init__(self, clock: Clock, prefix: str, host: str, number: int) -> None:
        self._clock, self._prefix, self._host, self._number = clock, prefix, host, number
        self._held = b""
        self._transport: asyncio.Transport | None = None
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._number += 1009
        target = f"{self._prefix}{request_target(self._number)}"
        assert self._transport is not None
        self._transport.write(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, mark, rest = self._held.partition(b"\r\n\r\n")
        if not mark:
            return
        if (at := head.lower().find(b"content-length:")) < 0:
            chunked = rest.endswith(b"0\r\n\r\n")
            if not chunked:
                return
        elif len(rest) < int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return
        self._held = b""
        if b" 200 " not in head[:13]:
            self._clock.wrong()
        self._clock.answered()
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


class Http2(asyncio.Protocol):
    """One kept connection with so many streams: the next request on each when its answer has ended."""

    def __init__(self, clock: Clock, host: str, streams: int, number: int) -> None:
        self._clock, self._streams, self._number = clock, streams, number
        self._fields = b"\x82\x87" + literal(":authority", host)  # GET, https
        self._frames = Frames()
        self._stream = -1
        self._transport: asyncio.Transport | None = None
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(opening(client=True) + b"".join(self._ask() for _ in range(self._streams)))

    def _ask(self) -> bytes:
        self._stream += 2
        self._number += 1009
        fields = self._fields + literal(":path", request_target(self._number))
        return frame(HEADERS, END_HEADERS | END_STREAM, self._stream, fields)

    def data_received(self, data: bytes) -> None:
        out = b""
        for kind, flags, _stream, payload in self._frames.feed(data):
            if kind in {DATA, HEADERS}:
                # 0x88 is `:status: 200`; every encoder uses it for the first field.
                if kind == HEADERS and payload[:1] != b"\x88":
                    self._clock.wrong()
                if flags & END_STREAM:
                    self._clock.answered()
                    out += self._ask()
            elif kind in {RST_STREAM, GOAWAY}:
                self._clock.wrong()
            else:
                out += housekeeping(kind, flags, payload)
        if out and self._transport is not None:
            self._transport.write(out)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


class Tunnel(asyncio.Protocol):
    """Asks for a tunnel and says when it is there."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        self._held = b""
        self.open: asyncio.Future[asyncio.Transport] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(f"CONNECT {self._authority} HTTP/1.1\r\nHost: {self._authority}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._held += data
        if b"\r\n\r\n" in self._held and not self.open.done():
            if b" 200 " in self._held[:16] and self._transport is not None:
                self.open.set_result(self._transport)
            else:
                self.open.set_exception(ConnectionRefusedError(self._held[:40].decode("latin-1")))

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.open.done():
            self.open.set_exception(ConnectionResetError("the tunnel was not opened"))


async def secured(job: Job, host: str, context: ssl.SSLContext) -> asyncio.Transport:
    """TLS through a tunnel."""
    loop = asyncio.get_running_loop()
    _, tunnel = await loop.create_connection(
        lambda: Tunnel(f"{host}:{job.port}"), "127.0.0.1", job.proxy_port
    )
    transport = await tunnel.open
    secure = await loop.start_tls(transport, asyncio.Protocol(), context, server_hostname=host)
    assert secure is not None
    return secure


def agreed(secure: asyncio.Transport) -> str:
    """The protocol that both sides speak."""
    return str(secure.get_extra_info("ssl_object").selected_alpn_protocol())


def begin(transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
    """Let `protocol` speak on it."""
    transport.set_protocol(protocol)
    protocol.connection_made(transport)


class Once(asyncio.Protocol):
    """One request, one answer."""

    def __init__(self, host: str, number: int) -> None:
        self._host, self._number = host, number
        self._held = b""
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        target = request_target(self._number)
        transport.write(f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > 1024 and not self.answer.done():
            self.answer.set_result(self._held)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionResetError("no answer"))


async def new_connections(job: Job, clock: Clock, context: ssl.SSLContext, number: int) -> None:
    """A new tunnel, handshake and request, again and again."""
    while True:
        host = job.hosts[number % len(job.hosts)]
        number += 1
        try:
            secure = await secured(job, host, context)
            once = Once(f"{host}:{job.port}", number)
            begin(secure, once)
            answer = await once.answer
            secure.abort()
        except (OSError, ssl.SSLError):
            clock.wrong()
            await asyncio.sleep(0.01)
        else:
            if b" 200 " not in answer[:13]:
                clock.wrong()
            clock.answered()


async def run(job: Job) -> Count:
    """Make the load."""
    loop = asyncio.get_running_loop()
    clock = Clock()
    context = ssl.create_default_context(cafile=job.ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"] if job.kind == "https2" else ["http/1.1"])
    tasks: list[asyncio.Task[None]] = []
    for number in range(job.connections):
        host = job.hosts[number % len(job.hosts)]
        authority = f"{host}:{job.port}"
        match job.kind:
            case "plain":

                def plain(authority: str = authority, number: int = number) -> Http1:
                    return Http1(clock, f"http://{authority}", authority, number)

                await loop.create_connection(plain, "127.0.0.1", job.proxy_port)
            case "https1":
                begin(await secured(job, host, context), Http1(clock, "", authority, number))
            case "https2":
                secure = await secured(job, host, context)
                clock.count.agreed = agreed(secure)
                if agreed(secure) == "h2":
                    begin(secure, Http2(clock, authority, job.streams, number))
                    continue
                begin(secure, Http1(clock, "", authority, number))
                for other in range(1, job.streams):
                    begin(await secured(job, host, context), Http1(clock, "", authority, number + other))
            case "new-https":
                tasks.append(loop.create_task(new_connections(job, clock, context, number * 1009)))
    await asyncio.sleep(job.warm_seconds)
    clock.start()
    await asyncio.sleep(job.seconds)
    clock.stop()
    for task in tasks:
        task.cancel()
    return clock.count


def main() -> None:
    """Read the job, make the load, say what came of it."""
    told = json.load(sys.stdin)
    told["hosts"] = tuple(told["hosts"])
    print(json.dumps(asdict(asyncio.run(run(Job(**told))))), flush=True)


if __name__ == "__main__":
    main()
