"""
One connection to the review service, as uvicorn carries it, and what is known of its other end.

Over the Unix socket the kernel says which account connected (SO_PEERCRED, unix(7)): it is asked once, when
the connection is made, and stands in the state of each request, where nothing that the peer sends can put it.
Over TLS nothing is known of a peer but what it proves with each request.

uvicorn waits for a request's head as long as the peer likes. Here it has some seconds.
"""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from addons.observe.status_socket import peer

HEAD_SECONDS = 5.0
MOST_HEAD_BYTES = 16 * 1024
ACCOUNT = "account"  # in a request's state: the number of the account at the other end, on a Unix socket


class PeerProtocol(H11Protocol):
    """HTTP/1.1 with the peer's account in each request's state, and an end to waiting for a head."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn's own narrows it
        """Look who it is."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, **_known_of(transport.get_extra_info("socket"))}
        self._wait(transport)

    def data_received(self, data: bytes) -> None:
        """Take some of a request; with its head complete nobody waits for that any more."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_more()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End with what is being answered; with nothing, at once: TLS would wait for the peer's farewell."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()

    def _wait(self, transport: asyncio.Transport) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def _known_of(connection: socket.socket) -> dict[str, Any]:
    return {ACCOUNT: peer(connection)[0]} if connection.family == socket.AF_UNIX else {}
