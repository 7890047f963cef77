"""
What of a request goes on to the origin, and what of the answer to the client.

The request that leaves names exactly the host that was judged, everywhere a name can stand: where we
connect, Host, `:authority`; the target is in origin form. Fields that are meant for a proxy or for one
connection stay here (RFC 9110, section 7.6.1): among them the password for us, and `Upgrade`, without
which an origin cannot be made to change to a protocol that nobody watches. From the answer we take the
hint that the site is also there over HTTP/3 (`Alt-Svc`): UDP does not come through here, and a browser
that believed it would wait in vain. Nothing is added: no Via, no X-Forwarded-For, for it would tell the
world who is at which desk.
"""

from mitmproxy import http

_CONNECTION = b"connection"
_UPGRADE = b"upgrade"
# Never an origin's business. `te` and `trailer` stay: they describe the message, which is handed on whole.
_OURS = frozenset(
    {b"proxy-authorization", b"proxy-connection", b"proxy-authenticate", b"keep-alive", b"http2-settings"}
)
_SUSPECT = _OURS | {_CONNECTION, _UPGRADE, b"host"}
# A client may name fields of its own that belong to one connection, but not take these away from the next.
_KEPT = frozenset({b"host", b"content-length", b"transfer-encoding", b"cookie", b"authorization", b"close"})

_DEFAULT_PORTS = {b"http": 80, b"https": 443}


def host_value(host: str, port: int, scheme: bytes) -> bytes:
    """`host` as a Host field says it: brackets around IPv6, the port where it is not the scheme's own."""
    value = f"[{host}]" if ":" in host else host
    return (value if _DEFAULT_PORTS.get(scheme) == port else f"{value}:{port}").encode("ascii")


def is_websocket(request: http.Request) -> bool:
    """Whether this asks to become a WebSocket (RFC 6455, section 4.1)."""
    return (
        request.data.method == b"GET"
        and request.headers.get("upgrade", "").lower() == "websocket"
        and "sec-websocket-key" in request.headers
    )


def aim(request: http.Request, host: str, port: int, *, http2: bool) -> None:
    """Make `request` one for `host` (normalised) and `port` and nothing else. Changes it in place."""
    data = request.data
    value = host_value(host, port, data.scheme)
    data.host, data.port = host, port
    data.authority = value if http2 else b""
    fields = data.headers.fields
    suspects = [field for field in fields if field[0].lower() in _SUSPECT]
    if suspects == [(b"Host", value)] and not http2:
        return
    dropped = _dropped(request, suspects)
    kept = [field for field in fields if (lower := field[0].lower()) not in dropped and lower != b"host"]
    # In HTTP/2 the name stands in `:authority`; beside it a Host would be a second one.
    data.headers.fields = tuple(kept) if http2 else ((b"Host", value), *kept)


def _dropped(request: http.Request, suspects: list[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """The names, lower case, of what does not go on."""
    if is_websocket(request):
        return _OURS
    nominated = {
        token.strip().lower()
        for name, value in suspects
        if name.lower() == _CONNECTION
        for token in value.split(b",")
    }
    plain = nominated <= {b"close", b"keep-alive"}
    # "close" and "keep-alive" are for mitmproxy, which keeps or ends the connection accordingly.
    return _OURS | {_UPGRADE} if plain else _OURS | {_UPGRADE, _CONNECTION} | (nominated - _KEPT)


def strip_answer(response: http.Response) -> None:
    """Take from an origin's answer what would lead the client past us."""
    headers = response.headers
    if "alt-svc" in headers:
        del headers["alt-svc"]
    if "proxy-authenticate" in headers:
        # An origin that asks for the password of the proxy.
        del headers["proxy-authenticate"]
