"""
Clients that speak through the gateway and read every byte of what it says.

Plain blocking sockets with a time limit on each step: a journey that hangs fails, and says where.
"""

import base64
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, RejectConnection, Request

from tests.journeys.harness.goodbye import Goodbye

LIMIT = 15.0
_FRAME = 16384


@dataclass(slots=True)
class Answer:
    """One answer, read to its end."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case; the last of several
    body: bytes = b""
    complete: bool = True  # whether it ended as its head promised

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Line:
    """A socket, or TLS over one, with a buffer that heads and bodies are read from."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._held = b""

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.sock.sendall(data)

    def some(self, most: int = 65536) -> bytes:
        """What is there, at most so much; b"" at the end."""
        if self._held:
            part, self._held = self._held[:most], self._held[most:]
            return part
        return self.sock.recv(most)

    def until(self, mark: bytes) -> bytes:
        """Up to and including the mark; what there was before an early end otherwise."""
        while mark not in self._held:
            if not (more := self.sock.recv(65536)):
                found, self._held = self._held, b""
                return found
            self._held += more
        found, _, self._held = self._held.partition(mark)
        return found + mark

    def exactly(self, count: int) -> bytes:
        """So many bytes, fewer at an early end."""
        parts: list[bytes] = []
        while count and (part := self.some(min(count, 65536))):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def read_answer(self, method: str = "GET") -> Answer | None:
        """The next HTTP/1 answer; None when the connection ended before one began."""
        head = self.until(b"\r\n\r\n")
        if not head.endswith(b"\r\n\r\n"):
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines) if n}
        answer = Answer(int(first.split(" ", 2)[1]), headers)
        if (
            answer.status in {101, 204, 304}
            or method == "HEAD"
            or (method == "CONNECT" and answer.status == 200)
        ):
            return answer
        if headers.get("transfer-encoding", "").lower() == "chunked":
            answer.body, answer.complete = self._chunks()
        elif (length := headers.get("content-length")) is not None:
            answer.body = self.exactly(int(length))
            answer.complete = len(answer.body) == int(length)
        else:
            while part := self.some():
                answer.body += part
        return answer

    def _chunks(self) -> tuple[bytes, bool]:
        parts: list[bytes] = []
        while size := self.until(b"\r\n").strip():
            count = int(size.split(b";")[0], 16)
            if count == 0:
                self.until(b"\r\n")
                return b"".join(parts), True
            parts.append(self.exactly(count))
            self.exactly(2)
        return b"".join(parts), False

    def close(self) -> None:
        """End it."""
        self.sock.close()


def _url(url: str) -> tuple[str, str, int, str]:
    parts = urlsplit(url)
    default = 443 if parts.scheme in {"https", "wss"} else 80
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname or "", parts.port or default, target


class Client:
    """Somebody's browser, as far as the wire goes: an explicit proxy, a CA it trusts, perhaps a name."""

    def __init__(self, proxy: tuple[str, int], ca_file: Path, login: str | None = None) -> None:
        self.proxy = proxy
        self._ca_file = ca_file
        self._login = login  # "name:password"

    def line(self) -> Line:
        """A connection to the gateway."""
        return Line(socket.create_connection(self.proxy, timeout=LIMIT))

    def _credentials(self) -> dict[str, str]:
        if self._login is None:
            return {}
        return {"Proxy-Authorization": f"Basic {base64.b64encode(self._login.encode()).decode()}"}

    def plain(self, url: str) -> tuple[Line, str]:
        """A connection that a request for a plain URL can be sent on, and the target to send."""
        return self.line(), url

    def tunnel(self, host: str, port: int) -> tuple[Line, Answer | None]:
        """What the gateway answered to a CONNECT, and the connection it came on."""
        line = self.line()
        lines = "".join(f"{name}: {value}\r\n" for name, value in self._credentials().items())
        line.send(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n".encode())
        return line, line.read_answer("CONNECT")

    def tls(self, host: str, port: int, *, http2: bool = False, trust: Path | None = None) -> Line:
        """TLS to a host inside a tunnel. Raises `ssl.SSLError`, or `ConnectionError` where it was refused."""
        line, answer = self.tunnel(host, port)
        if answer is None or answer.status != 200:
            line.close()
            raise ConnectionRefusedError(f"CONNECT was answered with {answer and answer.status}")
        context = ssl.create_default_context(cafile=trust or self._ca_file)
        context.set_alpn_protocols(["h2", "http/1.1"] if http2 else ["http/1.1"])
        try:
            return Line(context.wrap_socket(line.sock, server_hostname=host))
        except BaseException:
            line.close()
            raise

    def get(self, url: str, **how: object) -> Answer:
        """One GET on a connection of its own."""
        return self.request("GET", url, **how)  # type: ignore[arg-type]

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        http2: bool = False,
    ) -> Answer:
        """
        One request on a connection of its own; with `http2` it is offered inside TLS.

        Raises `ConnectionError` where the connection ended without an answer.
        """
        scheme, host, port, target = _url(url)
        fields = dict(headers or {})
        if scheme == "http":
            line, target = self.plain(url)
            fields |= self._credentials()
        else:
            line = self.tls(host, port, http2=http2)
        try:
            if speaks_http2(line):
                return Http2(line, f"{host}:{port}").exchange(method, target, fields, body)
            answer = exchange(line, method, target, f"{host}:{port}", fields, body)
        finally:
            line.close()
        if answer is None:
            raise ConnectionResetError(f"{url}: the connection ended without an answer")
        return answer

    @contextmanager
    def kept(self, url: str) -> Iterator["Kept"]:
        """A connection that is kept for several requests of the host in `url`."""
        scheme, host, port, _ = _url(url)
        line = self.line() if scheme == "http" else self.tls(host, port)
        try:
            yield Kept(line, scheme, f"{host}:{port}", self._credentials() if scheme == "http" else {})
        finally:
            line.close()

    def certificate(self, host: str, port: int) -> x509.Certificate:
        """The certificate that is shown for a host inside a tunnel, whoever signed it."""
        line, _ = self.tunnel(host, port)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(line.sock, server_hostname=host) as secure:
            shown = secure.getpeercert(binary_form=True)
        assert shown is not None
        return x509.load_der_x509_certificate(shown)

    def websocket(self, url: str) -> "WebSocket":
        """A WebSocket, or the answer that refused it in `.refused`."""
        scheme, host, port, target = _url(url)
        if scheme == "ws":
            return WebSocket(
                self.line(), f"http://{host}:{port}{target}", f"{host}:{port}", self._credentials()
            )
        return WebSocket(self.tls(host, port), target, f"{host}:{port}", {})


class ClientFrom(Client):
    """Somebody at another address of this machine."""

    def __init__(self, address: str, proxy: tuple[str, int], ca_file: Path, login: str | None = None) -> None:
        super().__init__(proxy, ca_file, login)
        self._address = address

    def line(self) -> Line:
        """A connection to the gateway, from there."""
        return Line(socket.create_connection(self.proxy, LIMIT, source_address=(self._address, 0)))


class UnawareClient(Client):
    """A browser that knows of no proxy: it connects to where it has found a name to be, and is redirected."""

    def __init__(self, address: str, ca_file: Path) -> None:
        super().__init__(("", 0), ca_file)
        self._address = address

    def to(self, port: int) -> Line:
        """A connection to where it believes every host to be."""
        return Line(socket.create_connection((self._address, port), timeout=LIMIT))

    def plain(self, url: str) -> tuple[Line, str]:
        """To the origin itself, as it believes."""
        _, _, port, target = _url(url)
        return self.to(port), target

    def tunnel(self, host: str, port: int) -> tuple[Line, Answer | None]:
        """None is asked for: the connection itself is one."""
        return self.to(port), Answer(200)


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept connection."""

    line: Line
    scheme: str
    authority: str
    credentials: dict[str, str]

    def get(self, target: str) -> Answer | None:
        """The next request on it; None when the gateway has closed it instead."""
        asked = f"http://{self.authority}{target}" if self.scheme == "http" else target
        return exchange(self.line, "GET", asked, self.authority, self.credentials)


def exchange(
    line: Line, method: str, target: str, host: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> Answer | None:
    """One HTTP/1 request and its answer."""
    fields = {"Host": host, **(headers or {})}
    if body:
        fields["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    line.send(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    return line.read_answer(method)


def speaks_http2(line: Line) -> bool:
    """Whether HTTP/2 was agreed on."""
    return isinstance(line.sock, ssl.SSLSocket) and line.sock.selected_alpn_protocol() == "h2"


class Http2:
    """A client's HTTP/2 connection over a line."""

    def __init__(self, line: Line, authority: str) -> None:
        self._line = line
        self._authority = authority
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._goodbye = Goodbye()
        self._answers: dict[int, Answer] = {}
        self._flush()

    def exchange(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """One request and its answer."""
        return next(iter(self.exchanges([(method, target, headers or {}, body)])))

    def exchanges(self, asked: Iterable[tuple[str, str, dict[str, str], bytes]]) -> list[Answer]:
        """Several at once; their answers in the order they were asked for."""
        streams = [self._ask(*one) for one in asked]
        open_ = set(streams)
        while open_:
            data = self._line.some()
            if not data:
                raise ConnectionResetError("the HTTP/2 connection ended")
            for event in self._h2.receive_data(self._goodbye.without(data)):
                open_ -= self._handle(event)
            self._flush()
            if (last := self._goodbye.last_stream) is not None and max(open_, default=0) > last:
                raise ConnectionResetError("GOAWAY, and a stream was not taken")
        return [self._answers.pop(stream) for stream in streams]

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> int:
        stream = self._h2.get_next_available_stream_id()
        fields = [
            (":method", method),
            (":scheme", "https"),
            (":authority", self._authority),
            (":path", target),
        ]
        fields += [(name.lower(), value) for name, value in headers.items()]
        self._h2.send_headers(stream, fields, end_stream=not body)
        for at in range(0, len(body), _FRAME):
            # As much as fits into the window that a connection begins with: bodies here are small.
            self._h2.send_data(stream, body[at : at + _FRAME], end_stream=at + _FRAME >= len(body))
        self._answers[stream] = Answer(0, complete=False)
        self._flush()
        return stream

    def _handle(self, event: h2.events.Event) -> set[int]:
        """Take an event in; the streams that it ended."""
        match event:
            case h2.events.ResponseReceived():
                headers = {str(name): str(value) for name, value in event.headers or ()}
                answer = self._answers[event.stream_id or 0]
                answer.status, answer.headers = int(headers.pop(":status")), headers
            case h2.events.DataReceived():
                self._answers[event.stream_id or 0].body += event.data or b""
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            case h2.events.StreamEnded():
                self._answers[event.stream_id or 0].complete = True
                return {event.stream_id or 0}
            case h2.events.StreamReset():
                return {event.stream_id or 0}
        return set()

    def _flush(self) -> None:
        self._line.send(self._h2.data_to_send())


class WebSocket:
    """A client's WebSocket over a line."""

    def __init__(self, line: Line, target: str, host: str, headers: dict[str, str]) -> None:
        self._line = line
        self._ws = WSConnection(ConnectionType.CLIENT)
        self.refused: Answer | None = None
        fields = [(name.encode(), value.encode()) for name, value in headers.items()]
        line.send(self._ws.send(Request(host=host, target=target, extra_headers=fields)))
        event = self._event()
        if isinstance(event, RejectConnection):
            self.refused = Answer(event.status_code)
        else:
            assert isinstance(event, AcceptConnection), event

    def _event(self) -> object:
        while True:
            for event in self._ws.events():
                return event
            data = self._line.some()
            if not data:
                return None
            self._ws.receive_data(data)

    def send(self, data: bytes) -> None:
        """One binary message."""
        self._line.send(self._ws.send(BytesMessage(data)))

    def receive(self) -> bytes | None:
        """The next message whole; None when it was closed."""
        whole = b""
        while (event := self._event()) is not None:
            match event:
                case BytesMessage():
                    whole += event.data
                    if event.message_finished:
                        return whole
                case CloseConnection():
                    return None
        return None

    def close(self) -> None:
        """Say goodbye and end it."""
        self._line.send(self._ws.send(CloseConnection(code=1000)))
        while self.receive() is not None:
            pass
        self._line.close()
