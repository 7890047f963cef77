"""The observer's sockets: bound before the first fork, and kept by the supervisor over reloads."""

import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from addons.observe.settings import ObserveSettings
from addons.observe.status_socket import bind
from addons.server.listen import Listener, Take, listening_at, open_listeners
from addons.settings import Endpoint
from policy.errors import Away, ConfigurationError


@dataclass(frozen=True, slots=True)
class ObserverSockets:
    """Where the gateway is asked how it is."""

    told: socket.socket  # of `status`
    listener: Listener | None  # of probes and Prometheus

    @property
    def listening(self) -> str:
        """Where the listener is, empty where there is none."""
        return listening_at(self.listener) if self.listener else ""

    def close(self) -> None:
        """Let go of both in this process."""
        self.told.close()
        if self.listener is not None:
            self.listener.close()


def open_observer(settings: ObserveSettings, path: Path, take: Take) -> ObserverSockets:
    """
    Both sockets; that of `status` is at `path`. `take` is as `open_listeners` has it.

    Raises `ConfigurationError` or `Away`, naming the setting.
    """
    told = take(f"status {path}", partial(bind, path))
    if settings.address is None:
        return ObserverSockets(told, None)
    try:
        (listener,) = open_listeners(
            [Endpoint(*settings.address)], lambda name, make: take(f"observe {name}", make)
        )
    except Away as error:
        told.close()
        raise Away(
            f"observe.listen: {settings.listen} is in use by another program; stop it, choose another port, "
            "or set it empty for none"
        ) from error
    except ConfigurationError as error:
        told.close()
        raise ConfigurationError(f"observe.{error}") from error
    return ObserverSockets(told, listener)
