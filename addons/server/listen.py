"""
The listening sockets, bound once by the supervisor and inherited by every worker.

Bound here and not by gunicorn, which tries five times over five seconds and then ends with a status that
says nothing: a port in use is one line and a status of its own.
"""

import errno
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from addons.settings import Endpoint, Mode
from policy.errors import Away, ConfigurationError

# A burst of a browser's connections must wait here, not be refused; the kernel caps it at net.core.somaxconn.
BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket, and how clients reach it: the mode goes wherever the socket goes."""

    socket: socket.socket
    mode: Mode

    @property
    def address(self) -> tuple[str, int]:
        """Host (without brackets) and port, as bound."""
        host, port, *_ = self.socket.getsockname()
        return host, port

    def close(self) -> None:
        """Let nobody in by it any more, in this process."""
        self.socket.close()


# Asked for a socket by name, with what makes it where there is none.
type Take = Callable[[str, Callable[[], socket.socket]], socket.socket]


def _anew(_name: str, bind: Callable[[], socket.socket]) -> socket.socket:
    return bind()


def show_address(host: str, port: int) -> str:
    """An address as people write it: `127.0.0.1:8080`, `[::1]:8080`."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listening_at(listener: Listener) -> str:
    """Where a socket listens."""
    return show_address(*listener.address)


def open_listeners(endpoints: Sequence[Endpoint], take: Take = _anew) -> list[Listener]:
    """
    A listening socket for each endpoint; all of them or none.

    `take` gives the socket of a name, or calls what makes it: where the generation before listens already,
    that very socket is gone on with.

    Raises `ConfigurationError` for what is not an address of this machine, `Away` for a port in use.
    """
    listeners: list[Listener] = []
    try:
        for endpoint in endpoints:
            bind = partial(_listen, endpoint.host, endpoint.port)
            name = f"listen {show_address(endpoint.host, endpoint.port)}"
            listeners.append(Listener(take(name, bind), endpoint.mode))
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def _listen(host: str, port: int) -> socket.socket:
    shown = show_address(host, port)
    try:
        version = ipaddress.ip_address(host).version
    except ValueError as error:
        # A name may mean another address tomorrow, and more than one today.
        raise ConfigurationError(f"listen: {shown}: give an address, not a name") from error
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only where it is, and what is accepted here
    # inherits it. Without that, an answer in two writes waits 40 ms for the client's delayed ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A port whose last connections are still in TIME_WAIT is free; one that somebody listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if version == 6:
            # `[::]` means IPv6 alone, so that it can stand beside `0.0.0.0` with the same port.
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise Away(
                f"listen: {shown} is in use by another program; stop it or choose another with --listen"
            ) from error
        why = "not an address of this machine" if error.errno == errno.EADDRNOTAVAIL else error.strerror
        raise ConfigurationError(f"listen: {shown} cannot be listened on: {why}") from error
    return listener
