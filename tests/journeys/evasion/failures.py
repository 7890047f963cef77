"""Something of ours that fails, at each place where mitmproxy or a layer calls us."""

from dataclasses import replace

from tests.journeys.evasion.names import LISTED, MISMATCH, NOT_LISTED, TUNNEL
from tests.journeys.evasion.trick import Play, Trick, Verdict, unnamed
from tests.journeys.evasion.tunnels import UPGRADE, through_websocket
from tests.journeys.evasion.ways import (
    client_hello,
    connect,
    failing,
    get,
    head2,
    http2,
    in_tunnel,
    plain,
    says,
    tls,
)
from tests.journeys.evasion.world import AUTH, GOOD

ALLOWED = plain(get("http://allowed.test:$http/", "Host: allowed.test", AUTH))
FORBIDDEN = plain(get("http://bet.test:$http/", "Host: bet.test", AUTH))
ALLOWED_TLS = tls("allowed.test:$tls", get("/", "Host: allowed.test"), sni="allowed.test")
FORBIDDEN_TLS = tls("bet.test:$tls", get("/", "Host: bet.test"), sni="bet.test")
ALLOWED_HTTP2 = http2("allowed.test:$tls", head2("allowed.test"), sni="allowed.test")
FRONTED_HTTP2 = http2("allowed.test:$tls", head2("bet.test"), sni="allowed.test")
UNDECRYPTED = tls("push.apple.com:$tls", get("/", "Host: push.apple.com"), sni="push.apple.com", trust=False)
# A ClientHello, and the alert of a client that knows no such authority.
TURNED_AWAY = in_tunnel(
    "allowed.test:$tls", says(client_hello("allowed.test") + b"\x15\x03\x03\x00\x02\x02\x30")
)
UNTRUSTED = tls(f"{GOOD}:$tls", get("/", f"Host: {GOOD}"), sni=None)  # the certificate has no address
CONNECT = connect("allowed.test:$tls", AUTH)
ALLOWED_WEBSOCKET = plain(get("http://allowed.test:$http/ws", "Host: allowed.test", AUTH, *UPGRADE))
BAD_PORT = connect("allowed.test:22", AUTH)
INSIDE = plain(get("http://inside.test:$http/", "Host: inside.test", AUTH))
RAW = in_tunnel("allowed.test:$tls", says(b"SSH-2.0-OpenSSH_9.9\r\n"))
NO_REQUEST = plain("\0\1\2\3\r\n\r\n")
WEBSOCKET = plain(get("http://bet.test:$http/ws", "Host: bet.test", AUTH, *UPGRADE))
EVERYTHING = (ALLOWED, FORBIDDEN, ALLOWED_TLS, FORBIDDEN_TLS, ALLOWED_HTTP2, FRONTED_HTTP2)

UNDECIDABLE = "request undecidable"
CONNECT_UNDECIDABLE = "connect undecidable"
NEVER_DECRYPTED = "sni not-listed"


def fails(title: str, plays: tuple[Play, ...], gets: tuple[int | None, ...], *log: str) -> Trick:
    """Nothing of these is carried."""
    return Trick(title, Verdict.REFUSED, _together(plays), gets, log)


def carried(title: str, play: Play, origin: str, *log: str) -> Trick:
    """It fails when the exchange was decided, recorded and carried."""
    return Trick(title, Verdict.CARRIED, play, (200,), log, origin)


def _together(plays: tuple[Play, ...]) -> Play:
    return lambda stage: [answer for play in plays for answer in play(stage)]


_AT: dict[str, Trick] = {
    "Activity.requestheaders": fails("The count of requests", EVERYTHING, (None,) * 6, *[TUNNEL] * 4),
    "Activity.response": fails(
        "The count of answers", (FORBIDDEN, FRONTED_HTTP2), (None, None), LISTED, TUNNEL, MISMATCH
    ),
    "Activity.error": fails("The count of what broke off", (INSIDE,), (None,), NOT_LISTED),
    "Identity.requestheaders": fails(
        "Who it is, for a request", (ALLOWED, FORBIDDEN), (503, 503), UNDECIDABLE, UNDECIDABLE
    ),
    "Identity.http_connect": fails(
        "Who it is, for a CONNECT",
        (CONNECT, ALLOWED_TLS),
        (503, 503),
        CONNECT_UNDECIDABLE,
        CONNECT_UNDECIDABLE,
    ),
    "Gatekeeper.http_connect": fails(
        "The judgement of a CONNECT",
        (CONNECT, FORBIDDEN_TLS),
        (503, 503),
        CONNECT_UNDECIDABLE,
        CONNECT_UNDECIDABLE,
    ),
    "Gatekeeper.requestheaders": fails(
        "The judgement of a request",
        EVERYTHING,
        (503,) * 6,
        UNDECIDABLE,
        UNDECIDABLE,
        *[TUNNEL, UNDECIDABLE] * 4,
    ),
    "Gatekeeper.tls_clienthello": fails(
        "The judgement of a ClientHello",
        (ALLOWED_TLS, FORBIDDEN_TLS, UNDECRYPTED),
        (None,) * 3,
        *[TUNNEL, "sni undecidable"] * 3,
    ),
    "Gatekeeper.server_connect": fails(
        "The last gate before an origin",
        (ALLOWED, ALLOWED_TLS, UNDECRYPTED),
        (502, 502, None),
        NOT_LISTED,
        TUNNEL,
        NOT_LISTED,
        TUNNEL,
        NEVER_DECRYPTED,
    ),
    "Gatekeeper.responseheaders": fails(
        "An origin's head",
        (ALLOWED, ALLOWED_TLS, ALLOWED_HTTP2),
        (502, 502, 502),
        NOT_LISTED,
        *[TUNNEL, NOT_LISTED] * 2,
    ),
    "Recorder.response": fails(
        "The record of an answer's end",
        (FORBIDDEN, FORBIDDEN_TLS, FRONTED_HTTP2, WEBSOCKET),
        (403,) * 4,
        LISTED,
        TUNNEL,
        LISTED,
        TUNNEL,
        MISMATCH,
        LISTED,
    ),
    "Recorder.error": fails("The record of what broke off", (INSIDE,), (None,), NOT_LISTED),
    "Recorder.http_connect_error": fails(
        "The record of a refused CONNECT's end", (BAD_PORT,), (None,), "connect port"
    ),
    "Recorder.client_disconnected": fails(
        "The record of a client's leaving",
        (FORBIDDEN, FORBIDDEN_TLS),
        (403, 403),
        LISTED,
        TUNNEL,
        LISTED,
    ),
    "Recorder.websocket_message": carried(
        "The hook for a WebSocket's message", through_websocket, "allowed.test", NOT_LISTED
    ),
    "Recorder.websocket_end": carried(
        "The record of a WebSocket's end", through_websocket, "allowed.test", NOT_LISTED
    ),
    "Gatekeeper.websocket_start": fails(
        "The hook for a WebSocket's beginning", (ALLOWED_WEBSOCKET,), (None,), NOT_LISTED
    ),
    "GatewayTls.tls_start_client": fails(
        "TLS with the client", (ALLOWED_TLS, FORBIDDEN_TLS), (None, None), TUNNEL, TUNNEL
    ),
    "GatewayTls.tls_start_server": fails(
        "TLS with the origin", (ALLOWED_TLS, ALLOWED_HTTP2), (502, 502), *[TUNNEL, NOT_LISTED] * 2
    ),
    "GatewayNextLayer.next_layer": fails("The choice of a protocol", EVERYTHING, (None,) * 6),
    "GatewayExits.page_for_failure": fails(
        "The page for what could not be had", (INSIDE,), (None,), NOT_LISTED
    ),
    "GatewayExits.tunnel_ended": carried(
        "The record of a tunnel's end", UNDECRYPTED, "push.apple.com", TUNNEL, NEVER_DECRYPTED
    ),
    "GatewayExits.not_http": fails("The record of what is not HTTP", (RAW,), (None,), TUNNEL),
    "GatewayExits.not_a_request": fails("The page for what is no request", (NO_REQUEST,), (None,)),
    "Judging.judge": fails(
        "The judge",
        EVERYTHING,
        (503,) * 6,
        UNDECIDABLE,
        UNDECIDABLE,
        *[CONNECT_UNDECIDABLE] * 4,
    ),
    "Judging.decision": fails("The making of a record", EVERYTHING, (None,) * 6),
    "SpoolWriter.record": fails("The keeping of a record", EVERYTHING, (None,) * 6),
    "Ruleset.matches": fails(
        "The Ruleset",
        EVERYTHING,
        (503,) * 6,
        *[unnamed(UNDECIDABLE)] * 2,
        *[unnamed(CONNECT_UNDECIDABLE)] * 4,
    ),
    "Resolver.getaddrinfo": fails("The resolver", (ALLOWED, ALLOWED_TLS), (None, None), NOT_LISTED, TUNNEL),
    "GatewayStream.state_wait_for_request_headers": fails("The layer of a request", EVERYTHING, (None,) * 6),
    "GatewayStream.state_wait_for_response_headers": fails(
        "The layer of an answer",
        (ALLOWED, ALLOWED_TLS, ALLOWED_HTTP2),
        (None,) * 3,
        NOT_LISTED,
        *[TUNNEL, NOT_LISTED] * 2,
    ),
    "GatewayClientTLS.receive_handshake_data": fails(
        "The layer of TLS with the client",
        (ALLOWED_TLS, FORBIDDEN_TLS, UNDECRYPTED),
        (None,) * 3,
        *[TUNNEL] * 3,
    ),
    "GatewayServerTLS.start_handshake": fails(
        "The layer of TLS with the origin", (ALLOWED_TLS, ALLOWED_HTTP2), (None,) * 2, TUNNEL, TUNNEL
    ),
    "GatewayTls.tls_clienthello": fails(
        "The asking for a leaf", (ALLOWED_TLS, FORBIDDEN_TLS), (None, None), *[TUNNEL, "sni undecidable"] * 2
    ),
    "TlsFailures.tls_established_client": fails(
        "The noticing of a handshake", (ALLOWED_TLS, FORBIDDEN_TLS), (None, None), *[TUNNEL] * 2
    ),
    "TlsFailures.requestheaders": fails(
        "The noticing of a connection's use",
        EVERYTHING,
        (502,) * 6,
        NOT_LISTED,
        LISTED,
        *(TUNNEL, NOT_LISTED, TUNNEL, LISTED),
        *(TUNNEL, NOT_LISTED, TUNNEL, MISMATCH),
    ),
    "TlsFailures.tls_failed_client": fails(
        "The noticing of a handshake that fails", (TURNED_AWAY,), (None,), TUNNEL
    ),
    "TlsFailures.tls_failed_server": fails(
        "The noticing of an origin that is not trusted", (UNTRUSTED,), (None,), TUNNEL
    ),
    "TlsFailures.client_disconnected": fails(
        "The noticing of a client's leaving", (FORBIDDEN_TLS,), (403,), TUNNEL, LISTED
    ),
    "Gatekeeper.request": fails(
        "The looking for a body that is for us",
        EVERYTHING,
        (None, 403) * 3,
        NOT_LISTED,
        LISTED,
        *(TUNNEL, NOT_LISTED, TUNNEL, LISTED),
        *(TUNNEL, NOT_LISTED, TUNNEL, MISMATCH),
    ),
    "Identity.http_connected": fails(
        "The answer to a ticket", (CONNECT, ALLOWED_TLS), (None, None), TUNNEL, TUNNEL
    ),
}

PLACES = frozenset(_AT)
FAILURES: tuple[Trick, ...] = tuple(
    replace(trick, play=failing(place, trick.play)) for place, trick in _AT.items()
)
