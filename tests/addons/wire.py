"""
A gateway on real sockets in this process, with origins and clients that speak as plainly as they are told to.

The gateway is a `GatewayConnection` for each accepted socket, a Master with a few addons, and `Exits`
that write down what they were asked. Origins and clients are asyncio streams: what they send is what the
test says, byte for byte, because most of what is tested here is not what a library would send.
"""

import asyncio
import contextlib
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mitmproxy import connection, http
from mitmproxy.addonmanager import Loader
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.master import Master
from mitmproxy.options import Options

from addons.settings import LimitSettings, Mode
from addons.stream import ENDED, Arrival, Carrier, GatewayConnection, GatewayNextLayer
from policy.words import Ended

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ORIGIN = "origin.test"
TIMEOUT = 10.0


class WrittenExits:
    """Exits that write down what they were asked."""

    def __init__(self) -> None:
        self.failures: list[Ended] = []
        self.tunnels: list[tuple[int, int, Ended]] = []
        self.raw: list[tuple[str, int]] = []
        self.no_requests: list[str] = []

    def page_for_failure(self, flow: http.HTTPFlow, ended: Ended) -> http.Response:
        """A page that names its reason."""
        self.failures.append(ended)
        return http.Response.make(502, f"failed: {ended}\n", {"content-type": "text/plain"})

    def tunnel_ended(self, client: connection.Client, bytes_in: int, bytes_out: int, ended: Ended) -> None:
        """Noted."""
        self.tunnels.append((bytes_in, bytes_out, ended))

    def not_http(self, client: connection.Client, host: str, port: int) -> None:
        """Noted."""
        self.raw.append((host, port))

    def not_a_request(self, why: str) -> http.Response:
        """The fixed page."""
        self.no_requests.append(why)
        return http.Response.make(400, "no request\n", {"content-type": "text/plain"})


class Chain:
    """An addon that refuses what it is told to and writes down how each flow ended."""

    def __init__(self) -> None:
        self.refused_paths: set[str] = set()
        self.tunnelled: set[str] = set()  # server names that are not decrypted
        self.tls_first = True
        self.ends: list[tuple[str, str, Ended | None]] = []  # path, hook, word
        self.hooks: list[str] = []
        self.disconnected = 0
        self.connects_to: list[tuple[str, int]] = []

    def tls_clienthello(self, data: Any) -> None:
        """Not decrypted, or the origin first."""
        if data.client_hello.sni in self.tunnelled:
            data.ignore_connection = True
        data.establish_server_tls_first = self.tls_first

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Refused with a page, or not."""
        self.hooks.append("requestheaders")
        if flow.request.path in self.refused_paths:
            flow.response = http.Response.make(403, b"refused\n", {"content-type": "text/plain"})

    def response(self, flow: http.HTTPFlow) -> None:
        """One end of a flow."""
        self.ends.append((flow.request.path, "response", flow.metadata.get(ENDED)))

    def error(self, flow: http.HTTPFlow) -> None:
        """The other."""
        self.ends.append((flow.request.path, "error", flow.metadata.get(ENDED)))

    def server_connect(self, data: Any) -> None:
        """Noted."""
        self.connects_to.append(data.server.address)

    def client_disconnected(self, client: connection.Client) -> None:
        """Counted."""
        self.disconnected += 1


@dataclass
class Certificates:
    """An authority for origins and one leaf of it."""

    folder: Path

    def make(self) -> None:
        """Write `ca.pem` and `leaf.pem` (key and certificate)."""
        now = datetime.datetime.now(datetime.UTC)
        ca_key = ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "origins")])
        ca = self._sign(ca_name, ca_name, ca_key, ca_key, now, ca=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ORIGIN)])
        leaf = self._sign(name, ca_name, key, ca_key, now, ca=False)
        (self.folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        (self.folder / "leaf.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )

    def _sign(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        by: ec.EllipticCurvePrivateKey,
        now: datetime.datetime,
        *,
        ca: bool,
    ) -> x509.Certificate:
        names = [x509.DNSName(ORIGIN), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=ca,
                    crl_sign=ca,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
            )
            .sign(by, hashes.SHA256())
        )

    def for_origin(self, *alpn: str) -> ssl.SSLContext:
        """TLS of an origin that offers `alpn`."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.folder / "leaf.pem")
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


@dataclass
class Gateway:
    """A running gateway and what it wrote down."""

    port: int
    exits: WrittenExits
    chain: Chain
    folder: Path
    carrier: Carrier
    open: list[GatewayConnection] = field(default_factory=list)

    def trusting(self, *alpn: str) -> ssl.SSLContext:
        """A client's TLS that trusts the gateway's authority and nobody else."""
        context = ssl.create_default_context(cafile=str(self.folder / "mitmproxy-ca-cert.pem"))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client's socket."""
        return await asyncio.open_connection("127.0.0.1", self.port, limit=256 * 1024)

    async def tunnel(
        self, port: int, *alpn: str, host: str = ORIGIN, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """CONNECT, and TLS inside."""
        reader, writer = await self.raw_tunnel(port, host)
        await writer.start_tls(tls or self.trusting(*alpn), server_hostname=host)
        return reader, writer

    async def raw_tunnel(
        self, port: int, host: str = ORIGIN
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """CONNECT alone."""
        reader, writer = await self.connect()
        writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        return reader, writer

    async def settled(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds."""
        async with asyncio.timeout(TIMEOUT):
            while not condition():  # noqa: ASYNC110 (what is waited for has no event)
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def gateway(
    folder: Path, *addons: object, limits: LimitSettings | None = None, chain: Chain | None = None
) -> AsyncIterator[Gateway]:
    """A gateway that keeps its authority in `folder` and trusts origins by `folder/ca.pem`."""
    loop = asyncio.get_running_loop()
    master = Master(Options(), event_loop=loop)
    Proxyserver().load(Loader(master))
    chain = chain or Chain()
    master.addons.add(*addons, GatewayNextLayer(), TlsConfig(), chain)
    trusted = folder / "ca.pem"
    master.options.update(
        confdir=str(folder),
        connection_strategy="lazy",
        upstream_cert=False,
        ssl_verify_upstream_trusted_ca=str(trusted) if trusted.exists() else None,
    )
    exits = WrittenExits()
    carrier = Carrier(master, exits, limits or LimitSettings())
    open_: list[GatewayConnection] = []

    async def carry(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = cast("asyncio.Transport", writer.transport)
        peer, ours = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        carried = GatewayConnection(carrier, transport, Arrival(Mode.EXPLICIT, peer, ours))
        open_.append(carried)
        await carried.handle_client()

    resolving = loop.getaddrinfo

    async def resolve(host: Any, port: Any, **options: Any) -> Any:
        if str(host).endswith(".test"):
            if str(host).startswith("missing"):
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            host = "127.0.0.1"
        return await resolving(host, port, **options)

    loop.getaddrinfo = resolve  # type: ignore[method-assign]  # a resolver of ours
    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield Gateway(port, exits, chain, folder, carrier, open_)
    finally:
        server.close()
        for connection_ in open_:
            connection_.close()
        await asyncio.sleep(0)
        loop.getaddrinfo = resolving  # type: ignore[method-assign]  # a resolver of ours
        await master.done()


@contextlib.asynccontextmanager
async def origin(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """An origin on a port of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await handler(reader, writer)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, limit=1024 * 1024)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """First line and headers (names in lower case) of a message."""
    async with asyncio.timeout(TIMEOUT):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:] if line)
    return lines[0], {name.lower(): value for name, value in headers.items()}


async def read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """A whole body by its length or its chunks, or until the end."""
    async with asyncio.timeout(TIMEOUT):
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding", "") != "chunked":
            return await reader.read()
        body = b""
        while size := int((await reader.readline()).split(b";")[0], 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        return body


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str
) -> tuple[str, dict[str, str], bytes]:
    """Send one request with CRLF for each line break, and read the answer."""
    writer.write(request.replace("\n", "\r\n").encode("latin-1"))
    line, headers = await read_head(reader)
    if request.startswith("HEAD"):
        return line, headers, b""
    return line, headers, await read_body(reader, headers)


def answering(*answers: bytes) -> Handler:
    """An HTTP/1 origin that gives the answers in turn, the last one for ever, each to a whole request."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = list(answers)
        while True:
            _, headers = await read_head(reader)
            if headers.keys() & {"content-length", "transfer-encoding"}:
                await read_body(reader, headers)
            answer = left.pop(0) if len(left) > 1 else left[0]
            writer.write(answer)
            await writer.drain()
            if b"content-length" not in answer.lower() and b"chunked" not in answer.lower():
                return

    return handle


class H2Peer:
    """One side of an HTTP/2 connection: `events` are kept in order, windows are opened only when told."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, client: bool, opens: bool = True
    ) -> None:
        self.reader, self.writer = reader, writer
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=client, header_encoding="utf-8")
        )
        self.opens = opens  # whether what is received is acknowledged
        self.received: dict[int, int] = {}
        self.heads: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.keep = True  # whether bodies are kept
        self.ended: set[int] = set()
        self.resets: dict[int, int] = {}
        self.gone: int | None = None  # the code of a GOAWAY
        self.changed = asyncio.Condition()
        self.h2.initiate_connection()
        self.flush()

    def flush(self) -> None:
        """Send what there is to send."""
        self.writer.write(self.h2.data_to_send())

    async def run(self, on_event: Callable[[Any], Awaitable[None]] | None = None) -> None:
        """Read until the end."""
        with contextlib.suppress(ConnectionError, asyncio.CancelledError, ssl.SSLError):
            while data := await self.reader.read(256 * 1024):
                for event in self.h2.receive_data(data):
                    self._note(event)
                    if on_event is not None:
                        await on_event(event)
                self.flush()
                async with self.changed:
                    self.changed.notify_all()
        self.gone = self.gone if self.gone is not None else -1
        async with self.changed:
            self.changed.notify_all()

    def _note(self, event: Any) -> None:
        stream = getattr(event, "stream_id", 0)
        match event:
            case h2.events.RequestReceived() | h2.events.ResponseReceived():
                self.heads[stream] = dict(cast("Any", event.headers))
            case h2.events.DataReceived():
                self.received[stream] = self.received.get(stream, 0) + len(event.data)
                if self.keep:
                    self.bodies[stream] = self.bodies.get(stream, b"") + event.data
                if self.opens and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            case h2.events.StreamEnded():
                self.ended.add(stream)
            case h2.events.StreamReset():
                self.resets[stream] = int(event.error_code or 0)
            case h2.events.ConnectionTerminated():
                self.gone = int(event.error_code or 0)

    async def until(self, condition: Callable[[], bool], seconds: float = TIMEOUT) -> None:
        """Wait until `condition` holds of what was received."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(condition)

    def request(
        self,
        port: int,
        path: str,
        method: str = "GET",
        *,
        end: bool = True,
        extra: tuple[tuple[str, str], ...] = (),
    ) -> int:
        """Send a request's head; returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        head = [
            (":method", method),
            (":scheme", "https"),
            (":authority", f"{ORIGIN}:{port}"),
            (":path", path),
            *extra,
        ]
        self.h2.send_headers(stream, head, end_stream=end)
        self.flush()
        return stream

    async def send(self, stream: int, size: int, *, end: bool = True) -> int:
        """Send `size` bytes as credit comes; returns how many were sent before the stream was over."""
        sent = 0
        block = bytes(64 * 1024)
        while sent < size:
            if stream in self.resets or self.gone is not None:
                return sent
            room = min(
                self.h2.local_flow_control_window(stream),
                self.h2.max_outbound_frame_size,
                size - sent,
                len(block),
            )
            if room <= 0:
                async with self.changed:
                    await self.changed.wait()
                continue
            self.h2.send_data(stream, block[:room])
            sent += room
            self.flush()
            await self.writer.drain()
        if end and stream not in self.resets:
            self.h2.end_stream(stream)
            self.flush()
        return sent


@contextlib.asynccontextmanager
async def h2_client(
    at: Gateway, port: int, *, opens: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[H2Peer]:
    """An HTTP/2 client of the origin at `port`, through the gateway."""
    reader, writer = await at.tunnel(port, "h2", tls=tls)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    peer = H2Peer(reader, writer, client=True, opens=opens)
    running = asyncio.create_task(peer.run())
    try:
        yield peer
    finally:
        running.cancel()
        writer.close()


def h2_origin(
    answer: Callable[[H2Peer, int], Awaitable[None]], *, opens: bool = True, keep: bool = True
) -> Handler:
    """An HTTP/2 origin that calls `answer(peer, stream)` in a task of its own for each request's head."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = H2Peer(reader, writer, client=False, opens=opens)
        peer.keep = keep
        tasks: set[asyncio.Task[None]] = set()

        async def on_event(event: Any) -> None:
            if isinstance(event, h2.events.RequestReceived):
                task = asyncio.ensure_future(answer(peer, event.stream_id))
                tasks.add(task)

        await peer.run(on_event)
        for task in tasks:
            task.cancel()

    return handle


def filling(size: int) -> Handler:
    """An HTTP/1 origin whose every answer has a body of `size` bytes."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_head(reader)
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            await pour(writer, size)

    return handle


_BLOCK = bytes(256 * 1024)


async def pour(writer: asyncio.StreamWriter, size: int, *, chunked: bool = False) -> None:
    """Send `size` bytes (a multiple of 256 KiB) as fast as they are taken."""
    for _ in range(size // len(_BLOCK)):
        if chunked:
            writer.write(b"%x\r\n" % len(_BLOCK))
        writer.write(_BLOCK)
        if chunked:
            writer.write(b"\r\n")
        await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")


async def drink(reader: asyncio.StreamReader, size: int) -> None:
    """Read `size` bytes and forget them."""
    while size:
        data = await reader.read(min(size, 256 * 1024))
        if not data:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(data)


def peak_memory() -> int:
    """The most this process had resident since `forget_peak_memory`, in bytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def forget_peak_memory() -> int:
    """Begin to measure; returns what is resident now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return peak_memory()
