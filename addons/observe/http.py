"""
A small HTTP server for one kind of question: GET a page that is ready at hand.

It stands beside the gateway and not in it, but it is asked by whoever reaches the port, so everything about
it is bounded: the head's size and time, the answer's time, the connections at once. One question a
connection: nothing can be smuggled behind the first, and no connection lingers. A body is never read.

A page in a browser on this machine can send requests here, and can make its own name mean this address
(DNS rebinding) so that it may read the answers. Its Host field then holds that name, and any name but
those we were told is refused. An address is no name that somebody could turn round.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address

import h11

from addons.observe.crowd import Crowd

MOST_CONNECTIONS = 64
MOST_HEAD_BYTES = 8 * 1024
HEAD_SECONDS = 3.0
ANSWER_SECONDS = 10.0

_TEXT = "text/plain; charset=utf-8"
type Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    status: int
    body: bytes
    content_type: str = _TEXT


class _Refused(Exception):
    """The request gets another page than it asked for."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.page = Page(status, f"{says}\n".encode())


class HttpServer:
    """Answers on one listener until its loop ends."""

    def __init__(
        self, answer: Callable[[str], Page | None], hosts: tuple[str, ...], allow_from: tuple[Network, ...]
    ) -> None:
        """
        `answer` gives the page for a path, None for one that there is not.

        `hosts` are names to be asked by; `allow_from` are networks to be asked from besides this machine.
        """
        self._answer = answer
        self._hosts = frozenset({"localhost", *hosts})
        self._allow_from = allow_from
        self._crowd = Crowd(MOST_CONNECTIONS, "a question about the gateway could not be answered")

    async def listen(self, listener: socket.socket) -> asyncio.Server:
        """Begin to answer on `listener`."""
        return await asyncio.start_server(self._carry, sock=listener, limit=MOST_HEAD_BYTES)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._may_ask(writer):
            await self._crowd.answer(writer, lambda: self._serve(reader, writer))
        else:
            writer.transport.abort()

    def _may_ask(self, writer: asyncio.StreamWriter) -> bool:
        peer = writer.get_extra_info("peername")
        if peer is None:
            return False  # gone already
        address = ip_address(peer[0])
        return address.is_loopback or any(address in network for network in self._allow_from)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEAD_BYTES)
        method = b"GET"
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                request = await _head(connection, reader)
            if request is None:
                writer.transport.abort()
                return
            method = request.method
            page = self._page(request)
        except h11.RemoteProtocolError as error:
            page = Page(error.error_status_hint, b"this is not a request\n")
        except _Refused as error:
            page = error.page
        writer.write(_framed(page, with_body=method != b"HEAD"))
        async with asyncio.timeout(ANSWER_SECONDS):
            await writer.drain()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _page(self, request: h11.Request) -> Page:
        if request.method not in {b"GET", b"HEAD"}:
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD are all there is")
        hosts = [value.decode("latin-1") for name, value in request.headers if name == b"host"]
        if any(not self._is_ours(host) for host in hosts):
            raise _Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                "this is not who you asked for; observe.hosts names who else it may be",
            )
        path = request.target.decode("latin-1").partition("?")[0]
        page = self._answer(path)
        if page is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "there are /healthz, /readyz and /metrics")
        return page

    def _is_ours(self, host: str) -> bool:
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdigit():
            name = host
        if name.startswith("[") and name.endswith("]"):
            name = name[1:-1]
        try:
            ip_address(name)
        except ValueError:
            return name.lower().removesuffix(".") in self._hosts
        return True


async def _head(connection: h11.Connection, reader: asyncio.StreamReader) -> h11.Request | None:
    """The request's head; None where the client leaves before it is complete."""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None
        connection.receive_data(await reader.read(MOST_HEAD_BYTES))


def _framed(page: Page, *, with_body: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(page.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *(["Allow: GET, HEAD"] if page.status == HTTPStatus.METHOD_NOT_ALLOWED else []),
    ]
    head = "\r\n".join([*lines, "", ""]).encode("ascii")
    return head + page.body if with_body else head
