"""
The listeners of the review service, and its life: bound before it says that it is ready, ended by a signal.

Two uvicorn servers share one loop, one for the Unix socket and one, where it is wanted, for TLS. Neither
handles signals, logs a request, or says what it is.
"""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from addons.observe.status_socket import bind
from addons.settings import split_address
from console.review.http.peers import MOST_HEAD_BYTES, PeerProtocol
from policy.errors import Away, ConfigurationError

MODE = 0o666  # who may connect, the folder says; who asks, the kernel does
_MOST_CONNECTIONS = 128
_KEEP_ALIVE_SECONDS = 5
_GRACE_SECONDS = 20  # for questions that are being answered when the service is to end


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket, and the certificate that it is spoken to under."""

    socket: socket.socket
    certificate: Path | None = None
    key: Path | None = None

    def __str__(self) -> str:
        """Where it listens."""
        name = self.socket.getsockname()
        return name if isinstance(name, str) else f"{name[0]}:{name[1]}"


def unix_listener(path: Path) -> Listener:
    """The listener at this path. Raises `Away` where a service answers there, else `ConfigurationError`."""
    return Listener(bind(path, patience=0, mode=MODE, setting="review.socket", whose="review service"))


def tls_listener(address: str, certificate: Path, key: Path) -> Listener:
    """The listener at this address. Raises `ConfigurationError` or `Away`."""
    host, port = split_address(address)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{certificate}, {key}: not a certificate and its key without a password: {error}"
        ) from error
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return Listener(socket.create_server((host, port), family=family), certificate, key)
    except OSError as error:
        raise Away(f"review.listen: {address} cannot be listened on: {error.strerror or error}") from error


def serve(app: ASGIApp, listeners: Sequence[Listener], *, ready: Callable[[], None]) -> None:
    """Answer on these until SIGTERM or SIGINT; `ready` is called when all do."""

    async def until_signalled() -> None:
        end = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, end.set)
        await answer(app, listeners, ready=ready, end=end)

    asyncio.run(until_signalled())


async def answer(
    app: ASGIApp, listeners: Sequence[Listener], *, ready: Callable[[], None], end: asyncio.Event
) -> None:
    """Answer on these until `end` is set, and then what has been asked already."""
    servers = [_Server(_config(app, listener)) for listener in listeners]
    async with asyncio.TaskGroup() as tasks:
        for server, listener in zip(servers, listeners, strict=True):
            tasks.create_task(server.serve(sockets=[listener.socket]))
        for server in servers:
            await server.answers.wait()
        ready()
        await end.wait()
        for server in servers:
            server.should_exit = True


class _Server(uvicorn.Server):
    """One that leaves signals to whoever runs it, and says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.answers.set()


def _config(app: ASGIApp, listener: Listener) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=PeerProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        ssl_certfile=listener.certificate,
        ssl_keyfile=listener.key,
    )
    config.load()
    if isinstance(config.ssl, ssl.SSLContext):
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _no_password() -> str:
    # Without it OpenSSL asks for one at the terminal, and a service waits there for ever.
    raise ValueError("the key has a password")
