"""
Origins on the loopback: small servers that do what a path tells them and remember who called.

They run on a loop of their own in a thread, so that a test can ask "was anybody here?" at any time.
What a path means is the same over HTTP/1.1 and HTTP/2, with TLS and without:

    /                    "hello from HOST"
    /bytes/N             N bytes with a length
    /chunked/N           N bytes without one
    /cut/N               promises N bytes, sends half, closes
    /slow/SECONDS        answers after a while
    /drip/SECONDS        a byte, twenty times a second
    /hang                never answers
    /count               "N", the length of the body it was sent
    /echo-headers        the request's headers, a line each
    /ws                  a WebSocket that sends back what it gets
    /flood/N             a WebSocket that sends N bytes in 64 KiB messages (and counts what it gets)
    /switch              101 to a protocol nobody knows
    /redirect/PLACE      302 to http://PLACE/
    /alt-svc             says that it is there over HTTP/3 too
"""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage

PIECE = bytes(range(256)) * 256  # 64 KiB


@dataclass(slots=True)
class Seen:
    """What one origin has seen."""

    connections: int = 0  # TCP
    handshakes: int = 0  # TLS
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, host, target
    headers: list[dict[str, str]] = field(default_factory=list)
    body_bytes: int = 0

    def forget(self) -> None:
        """Nobody was here."""
        self.connections = self.handshakes = self.body_bytes = 0
        self.requests.clear()
        self.headers.clear()


@dataclass(slots=True)
class Asked:
    """One request, as far as its head."""

    method: str
    target: str
    headers: dict[str, str]
    body: AsyncIterator[bytes]

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


@dataclass(slots=True)
class Said:
    """One answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: AsyncIterator[bytes] | None = None
    length: int | None = None  # None: chunked, or HTTP/2 without a length
    cut: bool = False  # close before the promised length


async def pieces(count: int) -> AsyncIterator[bytes]:
    """`count` bytes, a piece at a time."""
    while count > 0:
        piece = PIECE[: min(count, len(PIECE))]
        count -= len(piece)
        yield piece


async def drip(seconds: int) -> AsyncIterator[bytes]:
    """A slow body."""
    for _ in range(20 * seconds):
        yield b"."
        await asyncio.sleep(0.05)


async def answer(asked: Asked, seen: Seen) -> Said:
    """What the path tells an origin to do."""
    path, _, _query = asked.target.partition("?")
    word, _, number = path.strip("/").partition("/")
    match word:
        case "bytes":
            return Said(body=pieces(int(number)), length=int(number))
        case "chunked":
            return Said(body=pieces(int(number)))
        case "cut":
            return Said(body=pieces(int(number) // 2), length=int(number), cut=True)
        case "slow":
            await asyncio.sleep(float(number))
        case "drip":
            return Said(body=drip(int(number)), length=20 * int(number))
        case "hang":
            await asyncio.sleep(3600)
        case "count":
            counted = 0
            async for part in asked.body:
                counted += len(part)
                seen.body_bytes += len(part)
            return _text(str(counted))
        case "echo-headers":
            return _text("".join(f"{name}: {value}\n" for name, value in asked.headers.items()))
        case "redirect":
            return _text("elsewhere\n", 302, {"location": f"http://{number}/"})
        case "alt-svc":
            return _text(f"hello from {asked.host}\n", headers={"alt-svc": 'h3=":443"; ma=86400'})
    return _text(f"hello from {asked.host}\n")


def _text(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
    body = text.encode()

    async def once() -> AsyncIterator[bytes]:
        yield body

    fields = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    return Said(status, fields, body=once(), length=len(body))


class Http1:
    """Serves one HTTP/1.1 connection."""

    def __init__(self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._seen, self._reader, self._writer = seen, reader, writer

    async def serve(self) -> None:
        while head := await self._head():
            asked = self._asked(head)
            self._seen.requests.append((asked.method, asked.host, asked.target))
            self._seen.headers.append(asked.headers)
            if asked.headers.get("upgrade", "").lower() == "websocket":
                await self._websocket(head, asked)
                return
            if asked.target.startswith("/switch"):
                self._writer.write(
                    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\nConnection: upgrade\r\n\r\n"
                )
                while data := await self._reader.read(65536):
                    self._writer.write(data)
                return
            said = await answer(asked, self._seen)
            await self._say(said)
            if said.cut:
                return
            async for _ in asked.body:
                pass

    async def _head(self) -> bytes:
        try:
            return await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""

    def _asked(self, head: bytes) -> Asked:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
            if name
        }
        return Asked(method, target, headers, self._body(headers))

    async def _body(self, headers: dict[str, str]) -> AsyncIterator[bytes]:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int((await self._reader.readuntil(b"\r\n")).split(b";")[0], 16):
                yield await self._reader.readexactly(size)
                await self._reader.readline()
            await self._reader.readline()
            return
        left = int(headers.get("content-length", 0))
        while left:
            part = await self._reader.read(min(left, 65536))
            if not part:
                return
            left -= len(part)
            yield part

    async def _say(self, said: Said) -> None:
        headers = dict(said.headers)
        if said.length is None:
            headers["transfer-encoding"] = "chunked"
        else:
            headers["content-length"] = str(said.length)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"HTTP/1.1 {said.status} OK\r\n{lines}\r\n".encode())
        if said.body is not None:
            async for part in said.body:
                self._writer.write(part if said.length is not None else b"%x\r\n%s\r\n" % (len(part), part))
                await self._writer.drain()
        if said.length is None:
            self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    async def _websocket(self, head: bytes, asked: Asked) -> None:
        socket = WSConnection(ConnectionType.SERVER)
        socket.receive_data(head)
        word, _, number = asked.target.strip("/").partition("/")
        flood = int(number) if word == "flood" else 0
        while True:
            for event in socket.events():
                match event:
                    case Request():
                        self._writer.write(socket.send(AcceptConnection()))
                        async for piece in pieces(flood):
                            self._writer.write(socket.send(BytesMessage(piece)))
                            await self._writer.drain()
                    case BytesMessage(data) | TextMessage(data):
                        self._seen.body_bytes += len(data)
                        if not flood:
                            self._writer.write(socket.send(event))
                    case Ping():
                        self._writer.write(socket.send(event.response()))
                    case CloseConnection():
                        self._writer.write(socket.send(event.response()))
                        return
            await self._writer.drain()
            data = await self._reader.read(65536)
            if not data:
                return
            socket.receive_data(data)


class Http2:
    """Serves one HTTP/2 connection."""

    def __init__(self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._seen, self._reader, self._writer = seen, reader, writer
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self._bodies: dict[int, asyncio.Queue[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._window = asyncio.Condition()

    async def serve(self) -> None:
        self._h2.initiate_connection()
        self._writer.write(self._h2.data_to_send())
        try:
            while data := await self._reader.read(65536):
                for event in self._h2.receive_data(data):
                    self._handle(event)
                self._writer.write(self._h2.data_to_send())
                async with self._window:
                    self._window.notify_all()
                await self._writer.drain()
        finally:
            for task in self._tasks:
                task.cancel()

    def _handle(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived():
                assert event.stream_id is not None
                headers = {str(name): str(value) for name, value in event.headers or ()}
                headers["host"] = headers.pop(":authority", headers.get("host", ""))
                self._bodies[event.stream_id] = asyncio.Queue()
                task = asyncio.get_running_loop().create_task(self._answer(event.stream_id, headers))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case h2.events.DataReceived():
                assert event.stream_id is not None
                self._bodies[event.stream_id].put_nowait(event.data or b"")
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
            case h2.events.StreamEnded():
                assert event.stream_id is not None
                self._bodies[event.stream_id].put_nowait(b"")

    async def _body(self, stream: int) -> AsyncIterator[bytes]:
        while part := await self._bodies[stream].get():
            yield part

    async def _answer(self, stream: int, headers: dict[str, str]) -> None:
        method, target = headers.pop(":method"), headers.pop(":path")
        headers.pop(":scheme", None)
        asked = Asked(method, target, headers, self._body(stream))
        self._seen.requests.append((method, asked.host, target))
        self._seen.headers.append(headers)
        with contextlib.suppress(h2.exceptions.StreamClosedError, ConnectionError):
            said = await answer(asked, self._seen)
            fields = [(":status", str(said.status)), *said.headers.items()]
            if said.length is not None:
                fields.append(("content-length", str(said.length)))
            self._h2.send_headers(stream, fields)
            if said.body is not None:
                async for part in said.body:
                    await self._send(stream, part)
            if said.cut:
                self._writer.close()
                return
            self._h2.end_stream(stream)
            self._writer.write(self._h2.data_to_send())

    async def _send(self, stream: int, data: bytes) -> None:
        while data:
            while not (room := self._h2.local_flow_control_window(stream)):
                async with self._window:
                    await self._window.wait()
            part, data = data[: (size := min(room, self._h2.max_outbound_frame_size))], data[size:]
            self._h2.send_data(stream, part)
            self._writer.write(self._h2.data_to_send())
            await self._writer.drain()


async def echo(_seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Raw TCP: sends back what it gets."""
    while data := await reader.read(65536):
        _seen.body_bytes += len(data)
        writer.write(data)
        await writer.drain()


@dataclass(frozen=True, slots=True)
class Origin:
    """One listening origin."""

    port: int
    seen: Seen


class Origins:
    """
    Starts origins on a loop of its own; `close` ends all of them.

    `enter` is called first in that loop's thread, which may be meant to be somewhere else.
    """

    def __init__(self, enter: Callable[[], None] = lambda: None) -> None:
        self._loop = asyncio.new_event_loop()

        def run() -> None:
            enter()
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="origins", daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []

    def http(self, port: int = 0, address: str = "127.0.0.1") -> Origin:
        """Plain HTTP/1.1."""
        return self._start(lambda seen, r, w: Http1(seen, r, w).serve(), None, port, address)

    def https(
        self, certificate: Path, *, http2: bool = False, port: int = 0, address: str = "127.0.0.1"
    ) -> Origin:
        """TLS, HTTP/1.1 or, where the client offers it, HTTP/2."""

        def serve(
            seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> Coroutine[Any, Any, None]:
            spoken = writer.get_extra_info("ssl_object").selected_alpn_protocol()
            return (Http2 if spoken == "h2" else Http1)(seen, reader, writer).serve()

        return self._start(serve, server_context(certificate, http2=http2), port, address)

    def raw(self) -> Origin:
        """TCP that sends back what it gets."""
        return self._start(echo, None)

    def close(self) -> None:
        """End every origin and every connection to one."""

        async def end() -> None:
            for server in self._servers:
                server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        self._run(end()).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _run[T](self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _start(
        self,
        serve: Callable[[Seen, asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
        tls: ssl.SSLContext | None,
        port: int = 0,
        address: str = "127.0.0.1",
    ) -> Origin:
        seen = Seen()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.connections += 1
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if tls is not None:
                    # Only now, so that a connection that never shakes hands has been counted too.
                    await writer.start_tls(tls)
                    seen.handshakes += 1
                await serve(seen, reader, writer)
            writer.close()

        async def listen() -> asyncio.Server:
            return await asyncio.start_server(connected, address, port, backlog=1024)

        server = self._run(listen()).result(timeout=10)
        self._servers.append(server)
        return Origin(server.sockets[0].getsockname()[1], seen)


def server_context(certificate: Path, *, http2: bool) -> ssl.SSLContext:
    """TLS for a server with key and certificate in one file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
    return context


@contextlib.contextmanager
def running_origins(enter: Callable[[], None] = lambda: None) -> Iterator[Origins]:
    """Origins for the length of a `with`."""
    origins = Origins(enter)
    try:
        yield origins
    finally:
        origins.close()
