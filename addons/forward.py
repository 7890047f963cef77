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

from itertools import compress
from operator import itemgetter, not_

from mitmproxy import http

_NAME = itemgetter(0)
_CONNECTION = b"connection"
_UPGRADE = b"upgrade"
# Never an origin's business. `te` and `trailer` stay: they describe the message, which is handed on whole.
_OURS = frozenset(
    {b"proxy-authorization", b"proxy-connection", b"proxy-authenticate", b"keep-alive", b"http2-settings"}
)
_HOST = b"host"
_REPLACED = _OURS | {_HOST}
_LOOKED_AT = _REPLACED | {_CONNECTION, _UPGRADE}
# A client may name fields of its own that belong to one connection, but not take these away from the next.
_KEPT = frozenset({_HOST, b"content-length", b"transfer-encoding", b"cookie", b"authorization"})
# Those are for mitmproxy, which keeps or ends the connection accordingly.
_PLAIN = frozenset({b"close", b"keep-alive"})

_NOT_FOR_CLIENTS = frozenset({b"alt-svc", b"proxy-authenticate"})

type _Fields = tuple[tuple[bytes, bytes], ...]

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
    fields: _Fields = data.headers.fields
    names = list(map(bytes.lower, map(_NAME, fields)))
    found = _LOOKED_AT.intersection(names)
    if len(found) == 1 and names[0] == _HOST:
        kept = fields[1:]  # the usual request
    else:
        dropped = _dropped(request, fields) if _CONNECTION in found or _UPGRADE in found else _REPLACED
        kept = tuple(compress(fields, map(not_, map(dropped.__contains__, names))))
    # In HTTP/2 the name stands in `:authority`; beside it a Host would be a second one.
    data.headers.fields = kept if http2 else ((b"Host", value), *kept)


def _dropped(request: http.Request, fields: _Fields) -> frozenset[bytes]:
    """The names, lower case, of what does not go on beside `Connection` or `Upgrade`."""
    if is_websocket(request):
        return _REPLACED
    nominated = {
        token.strip().lower()
        for name, value in fields
        if name.lower() == _CONNECTION
        for token in value.split(b",")
    }
    if nominated <= _PLAIN:
        return _REPLACED | {_UPGRADE}
    return _REPLACED | {_UPGRADE, _CONNECTION} | (nominated - _KEPT)


def strip_answer(response: http.Response) -> None:
    """Take from an origin's answer what would lead the client past us, or ask it for the proxy's password."""
    headers = response.data.headers
    if any(name.lower() in _NOT_FOR_CLIENTS for name, _ in headers.fields):
        headers.fields = tuple(field for field in headers.fields if field[0].lower() not in _NOT_FOR_CLIENTS)
