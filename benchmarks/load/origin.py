"""
Light origins in a process of their own: `python -m benchmarks.load.origin CERTIFICATE`.

Prints one JSON line with three ports: http, https over HTTP/1.1 only, https over HTTP/2 where the client
offers it. Every request is answered with the same kilobyte.
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from benchmarks.load.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    Frames,
    frame,
    housekeeping,
    literal,
    opening,
)

BODY = b"0123456789abcdef" * 64
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s" % (
    len(BODY),
    BODY,
)
# `:status: 200` is the eighth entry of the static table.
_HEAD = (
    b"\x88" + literal("content-type", "text/html; charset=utf-8") + literal("content-length", str(len(BODY)))
)


class Http1(asyncio.Protocol):
    """Answers each request head. The load has no request bodies."""

    def __init__(self) -> None:
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._held = (self._held + data).split(b"\r\n\r\n")
        assert self._transport is not None
        self._transport.write(_ANSWER * len(heads))


class Http2(asyncio.Protocol):
    """Answers each HEADERS frame. Becomes HTTP/1.1 where that was agreed on."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._greeting = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            instead = Http1()
            transport.set_protocol(instead)
            instead.connection_made(transport)
            return
        transport.write(opening(client=False))

    def data_received(self, data: bytes) -> None:
        if len(self._greeting) < len(PREFACE):
            wanted = len(PREFACE) - len(self._greeting)
            self._greeting, data = self._greeting + data[:wanted], data[wanted:]
        out = b""
        for kind, flags, stream, payload in self._frames.feed(data):
            if kind == HEADERS:
                out += frame(HEADERS, END_HEADERS, stream, _HEAD) + frame(DATA, END_STREAM, stream, BODY)
            else:
                out += housekeeping(kind, flags, payload)
        if out and self._transport is not None:
            self._transport.write(out)


def tls(certificate: Path, protocols: list[str]) -> ssl.SSLContext:
    """A server's context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(protocols)
    return context


async def main(certificate: Path) -> None:
    """Listen, say where, serve."""
    loop = asyncio.get_running_loop()
    tls1, tls2 = tls(certificate, ["http/1.1"]), tls(certificate, ["h2", "http/1.1"])
    servers = [
        await loop.create_server(Http1, "127.0.0.1", 0, backlog=1024),
        await loop.create_server(Http1, "127.0.0.1", 0, backlog=1024, ssl=tls1),
        await loop.create_server(Http2, "127.0.0.1", 0, backlog=1024, ssl=tls2),
    ]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    print(json.dumps(dict(zip(("http", "https1", "https2"), ports, strict=True))), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
