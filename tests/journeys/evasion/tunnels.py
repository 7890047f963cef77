"""Tunnels that carry something else than they seem to."""

import socket
import ssl

from cryptography import x509

from tests.journeys.evasion.names import (
    LISTED,
    MISMATCH,
    NOT_LISTED,
    PRIVILEGED_SNI,
    PRIVILEGED_TUNNEL,
    TUNNEL,
)
from tests.journeys.evasion.trick import Play, Trick, carried, open_, refused
from tests.journeys.evasion.ways import (
    Answers,
    client_hello,
    connect,
    each,
    get,
    handshake,
    head2,
    http2,
    in_tunnel,
    next_answer,
    plain,
    plain_in_tunnel,
    says,
    segmented,
    tls,
)
from tests.journeys.evasion.world import Stage
from tests.journeys.harness.clients import Answer, Line

NOT_HTTP = "raw not-http"
UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
SETTINGS = "HTTP2-Settings: AAMAAABkAAQAAP__"
PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def raw(*texts: str) -> Play:
    """Each of these as the first bytes of a tunnel to the allowed host."""
    return each(*(in_tunnel("allowed.test:$tls", says(text.encode("latin-1"))) for text in texts))


def greeting(target: str, hello: bytes, *, pieces: int = 1) -> Play:
    """A ClientHello in a tunnel."""
    return in_tunnel(target, says(hello, pieces=pieces))


def _tls_in_tls(stage: Stage, line: Line) -> Answers:
    outer = handshake(line, stage, "allowed.test")
    if outer is None:
        return [None]
    return says(client_hello("bet.test"))(stage, outer)


def _http1_under_h2(stage: Stage, line: Line) -> Answers:
    secure = handshake(line, stage, "allowed.test", "h2")
    if secure is None:
        return [None]
    secure.send(get("/", "Host: bet.test").encode())
    return [_not_http1(secure)]


def _not_http1(line: Line) -> Answer | None:
    """None where what is said until the end is no HTTP/1 answer."""
    said = b""
    while part := line.some():
        said += part
    return Answer(200, body=said) if b"HTTP/1.1" in said else None


def _raw_after_websocket(stage: Stage) -> Answers:
    """Whether what is no frame reaches the origin of an accepted WebSocket."""
    line = stage.client.line()
    line.send(stage.filled(get("http://allowed.test:$http/ws", "Host: allowed.test", *UPGRADE)).encode())
    accepted = next_answer(line)
    line.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    answers = [accepted, next_answer(line)]
    line.close()
    return answers


def through_websocket(stage: Stage) -> Answers:
    """What a program tunnels in the frames of a WebSocket comes back from the origin."""
    websocket = stage.client.websocket(stage.filled("ws://allowed.test:$http/ws"))
    websocket.send(b"hello from allowed.test, with anything in it")
    received = websocket.receive() or b""
    websocket.close()
    return [Answer(200, body=received)]


def _early(stage: Stage) -> Answers:
    """CONNECT and what it is to carry in one segment, without waiting for the answer."""
    line = stage.client.line()
    first = get("allowed.test:$tls", "Host: allowed.test:$tls", method="CONNECT")
    line.send(stage.filled(first + get("/", "Host: bet.test")).encode())
    answers = [next_answer(line, "CONNECT"), next_answer(line)]
    line.close()
    return answers


def _datagram(stage: Stage) -> Answers:
    """A QUIC Initial sent to the gateway's own port: whether anything answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.3)
        sock.connect(stage.gateway.proxy)
        sock.send(b"\xc0\0\0\0\1\x08" + bytes(1194))
        try:
            return [Answer(0, body=sock.recv(2048))]
        except OSError:
            return [None]


def outer_name_is_answered(stage: Stage, line: Line) -> Answers:
    """It is the gateway that shakes hands, so that the inner name goes nowhere."""
    hello = client_hello("allowed.test", extension=ECH, newest=ssl.TLSVersion.TLSv1_2)
    (taken_up,) = says(hello)(stage, line)
    assert taken_up is not None
    # Certificates are in clear before TLS 1.3.
    assert b"allowed.test" in taken_up.body
    authority = x509.load_pem_x509_certificate(stage.gateway.ca_file.read_bytes())
    assert authority.subject.public_bytes() in taken_up.body
    return [None]


def _outer_name_is_passed_on(stage: Stage, line: Line) -> Answers:
    """It is the origin of the outer name that shakes hands."""
    hello = client_hello("push.apple.com", extension=ECH, newest=ssl.TLSVersion.TLSv1_2)
    (taken_up,) = says(hello)(stage, line)
    assert taken_up is not None
    assert b"Test origins" in taken_up.body
    return [Answer(200, body=b"hello from push.apple.com")]


def refused_then_tls(stage: Stage) -> Answers:
    """The client goes on as if its CONNECT had been accepted."""
    line = stage.client.line()
    line.send(get("allowed.test:22", "Host: x", method="CONNECT").encode())
    refusal = next_answer(line, "CONNECT")
    answers = [refusal, *says(client_hello("bet.test"), end=True)(stage, line)]
    line.close()
    return answers


def in_records(hello: bytes) -> bytes:
    """The same handshake message in two records."""
    body = hello[5:]
    parts = (body[:30], body[30:])
    return b"".join(hello[:3] + len(part).to_bytes(2) + part for part in parts)


# Type encrypted_client_hello; outer, KDF and AEAD, configuration 7, an empty key, four bytes of payload.
ECH = b"\xfe\x0d\x00\x0e\x00\x00\x01\x00\x01\x07\x00\x00\x00\x04\x00\x00\x00\x00"

TUNNELS: tuple[Trick, ...] = (
    refused(
        "CONNECT inside a CONNECT",
        plain_in_tunnel("allowed.test:$tls", get("bet.test:443", "Host: bet.test:443", method="CONNECT")),
        400,
        TUNNEL,
    ),
    refused(
        "CONNECT inside TLS",
        tls(
            "allowed.test:$tls",
            get("bet.test:443", "Host: bet.test:443", method="CONNECT"),
            sni="allowed.test",
        ),
        400,
        TUNNEL,
    ),
    refused(
        "CONNECT to ports that tunnels may not lead to",
        each(*(connect(f"allowed.test:{port}") for port in (22, 25, 80, 853, 1194, 3389))),
        (403,) * 6,
        *["connect port"] * 6,
    ),
    refused(
        "A CONNECT whose Host names an allowed host",
        connect("bet.test:22", "Host: allowed.test:443"),
        403,
        "connect port",
    ),
    refused("CONNECT and the first bytes in one segment", _early, (200, 403), TUNNEL, MISMATCH),
    refused(
        "A CONNECT with a length, and a request as its body",
        connect(
            "allowed.test:$tls",
            "Host: allowed.test:$tls",
            "Content-Length: 40",
            then=get("/", "Host: bet.test"),
        ),
        (200, 403),
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "A CONNECT on a connection that has carried requests",
        plain(
            get("http://allowed.test:$http/", "Host: allowed.test"),
            get("bet.test:$tls", "Host: bet.test", method="CONNECT"),
            get("/", "Host: bet.test"),
        ),
        (200, 200, 403),
        NOT_LISTED,
        TUNNEL,
        LISTED,
    ),
    refused(
        "A refused CONNECT, then a request, then another CONNECT, on one connection",
        plain(
            get("allowed.test:22", "Host: x", method="CONNECT"),
            get("http://bet.test/", "Host: bet.test"),
            get("allowed.test:25", "Host: x", method="CONNECT"),
        ),
        (403, 403, 403),
        "connect port",
        LISTED,
        "connect port",
    ),
    refused(
        "A refused CONNECT, then TLS all the same",
        refused_then_tls,
        (403, None),
        "connect port",
    ),
    refused(
        "Plain HTTP inside a CONNECT to a forbidden host",
        plain_in_tunnel("bet.test:$tls", get("/", "Host: bet.test")),
        403,
        TUNNEL,
        LISTED,
    ),
    refused(
        "Plain HTTP inside a CONNECT to an allowed host, a forbidden Host",
        plain_in_tunnel("allowed.test:$tls", get("/", "Host: bet.test")),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "Raw TCP in a tunnel", raw("\0\1\2\3", "\xff" * 64, "hello\r\n"), (None,) * 3, *[TUNNEL, NOT_HTTP] * 3
    ),
    refused(
        "SSH, BitTorrent and RDP in a tunnel",
        raw(
            "SSH-2.0-OpenSSH_9.9\r\n",
            "\x13BitTorrent protocol" + "\0" * 48,
            "\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0",
        ),
        (None,) * 3,
        *[TUNNEL, NOT_HTTP] * 3,
    ),
    refused(
        "Protocols that begin like HTTP: VNC, mail, chat",
        each(
            *(
                plain_in_tunnel("allowed.test:$tls", text, end=True)
                for text in ("RFB 003.008\n", "EHLO x\r\n", "NICK x\r\nUSER x\r\n")
            )
        ),
        (None,) * 3,
        *[TUNNEL] * 3,
    ),
    refused(
        "OpenVPN, Shadowsocks-like noise and SOCKS in a tunnel",
        raw("\0\x0e\x38" + "\1" * 14, "\x8f\xa3\x11\xe7" * 16, "\5\1\0"),
        (None,) * 3,
        *[TUNNEL, NOT_HTTP] * 3,
    ),
    refused(
        "Raw bytes inside TLS",
        tls("allowed.test:$tls", "\0\1\2\3", sni="allowed.test", alpn=()),
        None,
        TUNNEL,
        NOT_HTTP,
    ),
    refused(
        "Raw bytes inside TLS under the ALPN of HTTP/1.1",
        tls("allowed.test:$tls", "SSH-2.0-OpenSSH_9.9\r\n\r\n", sni="allowed.test"),
        400,
        TUNNEL,
    ),
    refused("TLS inside TLS", in_tunnel("allowed.test:$tls", _tls_in_tls), None, TUNNEL, NOT_HTTP),
    refused(
        "TLS with the proxy itself",
        lambda stage: says(client_hello("bet.test"))(stage, stage.client.line()),
        None,
    ),
    refused(
        "No SNI, to a forbidden host",
        tls("bet.test:$tls", get("/", "Host: bet.test"), sni=None),
        403,
        TUNNEL,
        LISTED,
    ),
    carried(
        "No SNI, to an allowed host",
        tls("allowed.test:$tls", get("/", "Host: allowed.test"), sni=None),
        "allowed.test",
        TUNNEL,
        NOT_LISTED,
    ),
    refused(
        "An SNI in capital letters with a trailing dot",
        each(
            tls("bet.test:$tls", get("/", "Host: bet.test"), sni="BET.test."),
            greeting("union.test:$tls", client_hello("BET.TEST.")),
        ),
        (403, None),
        TUNNEL,
        LISTED,
        PRIVILEGED_TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "An SNI that is an address inside",
        each(
            *(
                in_tunnel("allowed.test:$tls", segmented(sni, get("/", "Host: allowed.test")))
                for sni in ("127.0.0.1", "0x7f.1", "::1")
            )
        ),
        (502,) * 3,
        *[TUNNEL, NOT_LISTED] * 3,
    ),
    refused(
        "An SNI that is no name",
        each(
            *(
                greeting("allowed.test:$tls", client_hello(sni))
                for sni in ("bet.test\0.test", "bet.test/", "b et.test", "bet..test", "\xff\xfe")
            )
        ),
        (None,) * 5,
        *[TUNNEL, "sni malformed"] * 5,
    ),
    refused(
        "Two names in one SNI",
        greeting("allowed.test:$tls", client_hello("allowed.test", twice=True)),
        None,
        TUNNEL,
        "sni malformed",
    ),
    refused(
        "A ClientHello in two segments, to a forbidden host",
        in_tunnel("bet.test:$tls", segmented("bet.test", get("/", "Host: bet.test"))),
        403,
        TUNNEL,
        LISTED,
    ),
    carried(
        "A ClientHello in two segments, to a never-decrypt host",
        in_tunnel(
            "push.apple.com:$tls", segmented("push.apple.com", get("/", "Host: push.apple.com"), trust=False)
        ),
        "push.apple.com",
        TUNNEL,
        "sni not-listed",
    ),
    refused(
        "A ClientHello byte by byte, a forbidden name behind a privileged one",
        greeting("union.test:$tls", client_hello("bet.test"), pieces=8),
        None,
        PRIVILEGED_TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "A ClientHello in two TLS records",
        greeting("union.test:$tls", in_records(client_hello("bet.test"))),
        None,
        PRIVILEGED_TUNNEL,
        PRIVILEGED_SNI,
    ),
    refused(
        "A ClientHello without an end",
        in_tunnel("allowed.test:$tls", says(b"\x16\3\1\x40\0\1\0\xff\xff\3\3" + bytes(70_000))),
        None,
        TUNNEL,
    ),
    refused(
        "What only looks like TLS",
        each(
            *(
                in_tunnel("allowed.test:$tls", says(data, end=True))
                for data in (b"\x16\3\1\0\5hello", b"\x16\3\1\0\4\2\0\0\0", b"\x16")
            )
        ),
        (None,) * 3,
        *[TUNNEL] * 3,
    ),
    refused(
        "An ALPN nobody speaks here",
        each(
            *(
                tls("allowed.test:$tls", "\0\1", sni="allowed.test", alpn=(alpn,))
                for alpn in ("imap", "dot", "ssh")
            )
        ),
        (None,) * 3,
        *[TUNNEL, NOT_HTTP] * 3,
    ),
    refused(
        "HTTP/1.1 under the ALPN of HTTP/2", in_tunnel("allowed.test:$tls", _http1_under_h2), None, TUNNEL
    ),
    refused(
        "A forbidden host on the never-decrypt list",
        tls("gdmf.apple.com:$tls", get("/", "Host: gdmf.apple.com"), sni="gdmf.apple.com"),
        403,
        TUNNEL,
        LISTED,
    ),
    refused(
        "101 to a protocol nobody knows",
        plain(
            get(
                "http://allowed.test:$http/switch",
                "Host: allowed.test",
                "Connection: Upgrade",
                "Upgrade: odd",
            )
        ),
        502,
        NOT_LISTED,
    ),
    refused(
        "A WebSocket to a forbidden host",
        plain(get("http://bet.test:$http/ws", "Host: bet.test", *UPGRADE)),
        403,
        LISTED,
    ),
    refused(
        "A WebSocket to a forbidden host inside TLS",
        tls("bet.test:$tls", get("/ws", "Host: bet.test", *UPGRADE), sni="bet.test"),
        403,
        TUNNEL,
        LISTED,
    ),
    refused(
        "A WebSocket to an allowed host, a forbidden Host",
        tls("allowed.test:$tls", get("/ws", "Host: bet.test", *UPGRADE), sni="allowed.test"),
        403,
        TUNNEL,
        MISMATCH,
    ),
    refused(
        "A WebSocket over HTTP/2 (RFC 8441)",
        http2(
            "allowed.test:$tls",
            head2("allowed.test", "/ws", method="CONNECT", protocol="websocket"),
            sni="allowed.test",
        ),
        None,
        TUNNEL,
    ),
    refused(
        "Something else than frames after the WebSocket's 101", _raw_after_websocket, (101, None), NOT_LISTED
    ),
    open_(
        "A tunnel in the messages of a WebSocket to an allowed host",
        through_websocket,
        "allowed.test",
        NOT_LISTED,
    ),
    carried(
        "An upgrade to h2c",
        plain(
            get(
                "http://allowed.test:$http/",
                "Host: allowed.test",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                SETTINGS,
            )
        ),
        "allowed.test",
        NOT_LISTED,
    ),
    refused("h2c with prior knowledge, to the proxy", plain(PREFACE), 400),
    refused("h2c with prior knowledge, inside a CONNECT", raw(PREFACE), None, TUNNEL, NOT_HTTP),
    refused(
        "Encrypted Client Hello: an allowed outer name, some other inside",
        in_tunnel("allowed.test:$tls", outer_name_is_answered),
        None,
        TUNNEL,
    ),
    open_(
        "Encrypted Client Hello behind a never-decrypt name",
        in_tunnel("push.apple.com:$tls", _outer_name_is_passed_on),
        "push.apple.com",
        TUNNEL,
        "sni not-listed",
    ),
    refused("QUIC to the gateway's own port", _datagram, None),
)
