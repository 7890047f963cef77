"""A real mail server and a real webhook receiver on loopback, each in threads of its own."""

import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Post:
    """What a mail server does with what it gets: keeps it, or answers as it is told."""

    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    to_receiver: str = "250 OK"
    to_data: str = "250 OK"
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to_receiver.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.to_receiver

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.to_data.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.letters.append((envelope.rcpt_tos, message))
        return self.to_data

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        right = data.password == b"geheim"
        return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(
    post: Post, certificate: Path | None = None, *, at_once: bool = False, login: bool = False
) -> Iterator[int]:
    """
    Its port. With a certificate it offers STARTTLS and insists on it, or (`at_once`) speaks TLS from the
    first byte.
    """
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def protocol() -> SMTP:
        return SMTP(
            post,
            tls_context=None if at_once else context,
            require_starttls=context is not None and not at_once,
            authenticator=post.authenticate if login else None,
            auth_required=login and not at_once,
            auth_require_tls=not at_once,
        )

    with _served(protocol, context if at_once else None) as port:
        yield port


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of somebody who says a word a minute: a greeting that never ends."""

    class Silent(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"220-wait\r\n")

    with _served(Silent, None) as port:
        yield port


@contextmanager
def _served(protocol: Callable[[], asyncio.BaseProtocol], context: ssl.SSLContext | None) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    serving = loop.create_server(protocol, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _ended(server: asyncio.Server) -> None:
    server.close()
    server.abort_clients()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@dataclass
class Hook:
    """What a webhook's receiver got, and what it answers."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What was posted."""
        return [json.loads(body) for _, body in self.got]


@contextmanager
def hook_server(hook: Hook, certificate: Path | None = None) -> Iterator[int]:
    """Its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            hook.got.append(({"path": self.path} | {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(hook.status)
            for name, value in hook.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
