"""
How a client may put its bytes on the wire: each function gives a way to play a trick.

In all texts `$http` and `$tls` stand for the ports of the origins and `$self` for the gateway's own; text
is sent as Latin-1, byte for byte. An answer of None is a connection that ended instead of one.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import h2.config
import h2.connection
import h2.events
from OpenSSL import SSL

from tests.journeys.evasion.trick import Play
from tests.journeys.evasion.world import LOGIN, Stage
from tests.journeys.harness.clients import Answer, Line

type Fields = Sequence[tuple[str, str]]
type Answers = list[Answer | None]
# What is done on a connection that leads somewhere, by CONNECT or because it was redirected.
type Inside = Callable[[Stage, Line], Answers]

SEGMENTS_APART = 0.05  # seconds, so that two writes arrive as two reads
_RECORD_HEAD = 5


def get(target: str, *fields: str, method: str = "GET", body: str = "") -> str:
    """A request as a well-behaved client writes it."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", *fields, "", body])


def next_answer(line: Line, method: str = "GET") -> Answer | None:
    """The next answer; a reset is an end like any other."""
    try:
        return line.read_answer(method)
    except (ConnectionError, ssl.SSLError):
        return None


def ask(line: Line, stage: Stage, *requests: str, end: bool = False) -> Answers:
    """One request after the other, each when the one before it was answered."""
    answers: Answers = []
    for request in requests:
        try:
            line.send(stage.filled(request).encode("latin-1"))
            if end:
                line.sock.shutdown(socket.SHUT_WR)
        except (ConnectionError, ssl.SSLError):
            answers.append(None)
            continue
        answers.append(next_answer(line, request.partition(" ")[0]))
    return answers


def plain(*requests: str, end: bool = False, more: int = 0) -> Play:
    """
    Requests to the proxy itself, on one connection, each when the one before it was answered.

    With `end` the client says that it will send no more; `more` answers are expected beyond one each,
    where one text is several requests.
    """

    def play(stage: Stage) -> Answers:
        line = stage.client.line()
        try:
            answers = ask(line, stage, *requests, end=end)
            return answers + [next_answer(line) for _ in range(more)]
        finally:
            line.close()

    return play


def connect(target: str, *fields: str, then: str = "", end: bool = False) -> Play:
    """A CONNECT; where it is accepted, `then` and what is said to that."""

    def play(stage: Stage) -> Answers:
        line = stage.client.line()
        try:
            (accepted,) = ask(line, stage, get(target, *fields, method="CONNECT"))
            if accepted is None or accepted.status != 200 or not then:
                return [accepted]
            return [accepted, *ask(line, stage, then, end=end)]
        finally:
            line.close()

    return play


def plain_in_tunnel(target: str, *requests: str, end: bool = False) -> Play:
    """CONNECT, and HTTP without TLS inside."""
    return in_tunnel(target, lambda stage, line: ask(line, stage, *requests, end=end))


def each(*plays: Play) -> Play:
    """One after the other, each on its own connections."""

    def play(stage: Stage) -> Answers:
        return [answer for one in plays for answer in one(stage)]

    return play


def as_somebody(login: str | None, play: Play) -> Play:
    """At the gateway that asks who people are."""
    return lambda stage: play(stage.at_guarded(login))


def guarded(play: Play) -> Play:
    """At the gateway that asks who people are, signed in."""
    return as_somebody(LOGIN, play)


def stranger(play: Play) -> Play:
    """At the gateway that asks who people are, not signed in."""
    return as_somebody(None, play)


def failing(place: str, *plays: Play) -> Play:
    """At the gateway that asks, signed in, while `place` raises."""

    def play(stage: Stage) -> Answers:
        with stage.broken(place):
            return each(*plays)(stage.at_guarded(LOGIN))

    return play


def handshake(line: Line, stage: Stage, sni: str | None, *alpn: str, trust: bool = True) -> Line | None:
    """TLS inside a tunnel, by a client that trusts the gateway's authority; None where it fails."""
    context = ssl.create_default_context(cafile=stage.gateway.ca_file)
    # Which name the certificate has is looked at elsewhere: here the odd names would only fail by that.
    context.check_hostname = False
    if not trust:
        context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    try:
        return Line(context.wrap_socket(line.sock, server_hostname=sni))
    except (ssl.SSLError, ConnectionError):
        return None


def tls(
    target: str,
    *requests: str,
    sni: str | None,
    alpn: Sequence[str] = ("http/1.1",),
    end: bool = False,
    trust: bool = True,
) -> Play:
    """CONNECT, and TLS inside."""
    return in_tunnel(target, in_tls(*requests, sni=sni, alpn=alpn, end=end, trust=trust))


def in_tls(
    *requests: str,
    sni: str | None,
    alpn: Sequence[str] = ("http/1.1",),
    end: bool = False,
    trust: bool = True,
) -> Inside:
    """
    TLS that asks for `sni`, and requests inside, each when the one before it was answered.

    `trust` is False where the certificate to come is the origin's own.
    """

    def inside(stage: Stage, line: Line) -> Answers:
        secure = handshake(line, stage, sni, *alpn, trust=trust)
        if secure is None:
            return [None]
        try:
            return ask(secure, stage, *requests, end=end)
        finally:
            secure.close()

    return inside


def in_tunnel(target: str, inside: Inside) -> Play:
    """Whatever `inside` does in a tunnel to `target`; the CONNECT's own answer where it is refused."""

    def play(stage: Stage) -> Answers:
        line = stage.client.line()
        try:
            head = get(target, f"Host: {target}", *stage.signed, method="CONNECT")
            (accepted,) = ask(line, stage, head)
            return inside(stage, line) if accepted and accepted.status == 200 else [accepted]
        finally:
            line.close()

    return play


def http2(target: str, *heads: Fields, sni: str, data: str = "") -> Play:
    """CONNECT, and HTTP/2 inside TLS."""
    return in_tunnel(target, in_http2(*heads, sni=sni, data=data))


def in_http2(*heads: Fields, sni: str, data: str = "") -> Inside:
    """
    Requests over HTTP/2 inside TLS, each when the one before it was answered.

    A head is sent as it stands: what is left out of it is left out on the wire. `data` follows each.
    """

    def inside(stage: Stage, line: Line) -> Answers:
        secure = handshake(line, stage, sni, "h2")
        if secure is None:
            return [None]
        peer = RawHttp2(secure)
        try:
            filled = [[(name, stage.filled(value)) for name, value in head] for head in heads]
            return [peer.exchange(head, data.encode("latin-1")) for head in filled]
        finally:
            secure.close()

    return inside


def head2(authority: str | None, path: str = "/", *fields: tuple[str, str], **pseudo: str) -> Fields:
    """The head of an HTTP/2 request; `pseudo` replaces pseudo-header fields."""
    values = {"method": "GET", "scheme": "https", "authority": authority, "path": path, **pseudo}
    return [*((f":{name}", value) for name, value in values.items() if value is not None), *fields]


class RawHttp2:
    """An HTTP/2 client that checks nothing of what it sends."""

    def __init__(self, line: Line) -> None:
        self._line = line
        config = h2.config.H2Configuration(
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self._h2 = h2.connection.H2Connection(config)
        self._h2.initiate_connection()
        self._flush()

    def exchange(self, head: Fields, data: bytes = b"") -> Answer | None:
        """One request and its answer; None where its stream or the connection ended instead."""
        try:
            stream = self._h2.get_next_available_stream_id()
            self._h2.send_headers(stream, list(head), end_stream=not data)
            self._flush()
            if data:
                # By itself, so that the head is seen before it is known what the body is like.
                time.sleep(SEGMENTS_APART)
                self._h2.send_data(stream, data, end_stream=True)
                self._flush()
            return self._answer()
        except (ConnectionError, ssl.SSLError, h2.exceptions.ProtocolError):
            return None

    def _answer(self) -> Answer | None:
        answer = Answer(0)
        while received := self._line.some():
            for event in self._h2.receive_data(received):
                match event:
                    case h2.events.ResponseReceived():
                        headers = {str(name): str(value) for name, value in event.headers or ()}
                        answer.status, answer.headers = int(headers.pop(":status")), headers
                    case h2.events.DataReceived():
                        answer.body += event.data or b""
                    case h2.events.StreamEnded():
                        return answer
                    case h2.events.StreamReset() | h2.events.ConnectionTerminated():
                        return None
            self._flush()
        return None

    def _flush(self) -> None:
        self._line.send(self._h2.data_to_send())


# ClientHellos --------------------------------------------------------------------------------------


def client_hello(
    sni: str,
    *,
    extension: bytes = b"",
    twice: bool = False,
    newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
) -> bytes:
    """
    One whole record with a ClientHello, as OpenSSL writes it.

    `sni` may be anything; `extension` is added to its extensions; `twice` lists the name two times.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = newest
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    # A name of the same length, which OpenSSL accepts, stands in for one that it might not.
    placeholder = "x" * len(sni)
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=placeholder).do_handshake()
    hello = outgoing.read().replace(placeholder.encode(), sni.encode("latin-1"))
    if twice:
        entry = b"\0" + len(sni).to_bytes(2) + sni.encode("latin-1")
        hello = with_extensions(hello, _server_names(entry), _server_names(entry * 2))
    return with_extensions(hello, b"", extension) if extension else hello


def _server_names(entries: bytes) -> bytes:
    """The extension (RFC 6066, 3) with these entries."""
    return b"\0\0" + (len(entries) + 2).to_bytes(2) + len(entries).to_bytes(2) + entries


def with_extensions(hello: bytes, old: bytes, new: bytes) -> bytes:
    """`hello` with `old` among its extensions replaced by `new` (put last where `old` is empty)."""
    # Record: type, version, length; handshake: type, length of three bytes; then version, random, three
    # vectors (session, ciphers, compressions) and the extensions (RFC 8446, 4.1.2).
    at = _RECORD_HEAD + 4 + 2 + 32
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2])
    at += 1 + hello[at]
    extensions = hello[at + 2 :]
    assert old in extensions
    extensions = extensions.replace(old, new, 1) if old else extensions + new
    body = hello[_RECORD_HEAD + 4 : at] + len(extensions).to_bytes(2) + extensions
    handshake_ = hello[_RECORD_HEAD : _RECORD_HEAD + 1] + len(body).to_bytes(3) + body
    return hello[:3] + len(handshake_).to_bytes(2) + handshake_


def says(data: bytes, *, pieces: int = 1, end: bool = False) -> Callable[[Stage, Line], Answers]:
    """
    Send bytes in a tunnel, in so many segments, and see whether TLS is taken up.

    With `end` the client says that it will send no more.

    The answer is None where it is not; else one with status 0, whose body is what came back.
    """

    def inside(_stage: Stage, line: Line) -> Answers:
        step = -(-len(data) // pieces)
        try:
            for at in range(0, len(data), step):
                if at:
                    time.sleep(SEGMENTS_APART)
                line.send(data[at : at + step])
            if end:
                line.sock.shutdown(socket.SHUT_WR)
            head = line.some()
        except ConnectionError:
            return [None]
        # 22 is a handshake record (ServerHello), 21 an alert.
        return [Answer(0, body=head) if head[:1] == b"\x16" else None]

    return inside


def segmented(
    sni: str, *requests: str, first: int = 20, trust: bool = True
) -> Callable[[Stage, Line], Answers]:
    """
    TLS that asks for `sni`, whatever that is, and requests inside.

    The ClientHello arrives in two segments, the first of so many bytes.
    """

    def inside(stage: Stage, line: Line) -> Answers:
        secure = _OddTls(line, stage, sni.encode("latin-1"), trust=trust)
        try:
            secure.shake_hands(first)
            return ask(Line(secure), stage, *requests)  # type: ignore[arg-type]
        except (SSL.Error, ConnectionError):
            return [None]

    return inside


class _OddTls:
    """
    As much of a TLS socket as is needed here, in which anything may be asked for.

    Python's own does not send names that are addresses or that it cannot encode.
    """

    def __init__(self, line: Line, stage: Stage, sni: bytes, *, trust: bool) -> None:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        if trust:
            context.load_verify_locations(str(stage.gateway.ca_file))
            context.set_verify(SSL.VERIFY_PEER)
        context.set_alpn_protos([b"http/1.1"])
        self._line = line
        self._tls = SSL.Connection(context, None)
        self._tls.set_tlsext_host_name(sni)
        self._tls.set_connect_state()

    def shake_hands(self, first: int) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except SSL.WantReadError:
                data = self._written()
                self._line.send(data[:first])
                if first:
                    time.sleep(SEGMENTS_APART)
                self._line.send(data[first:])
                first = 0
                self._read()
            else:
                self._line.send(self._written())
                return

    def _written(self) -> bytes:
        data = b""
        with suppress(SSL.WantReadError):
            while True:
                data += self._tls.bio_read(65536)
        return data

    def _read(self) -> None:
        data = self._line.some()
        if not data:
            raise ConnectionResetError
        self._tls.bio_write(data)

    def sendall(self, data: bytes) -> None:
        self._tls.send(data)
        self._line.send(self._written())

    def recv(self, most: int) -> bytes:
        while True:
            try:
                return self._tls.recv(most)
            except SSL.WantReadError:
                self._read()
            except SSL.ZeroReturnError:
                return b""
