"""The observer's sockets: bound before the first fork, and kept by the supervisor over reloads."""

import socket
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from addons.observe.settings import ObserveSettings
from addons.observe.status_socket import bind
from addons.server.listen import Listener, Take, listening_at, open_listeners
from addons.settings import Endpoint
from policy.errors import Away, ConfigurationError

_PATIENCE_SECONDS = 2.5


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


def open_observer(
    settings: ObserveSettings, path: Path, take: Take, patience: float = _PATIENCE_SECONDS
) -> ObserverSockets:
    """
    Both sockets; that of `status` is at `path`. `take` is as `open_listeners` has it.

    A port in use is waited for so long: the observer of a gateway that was killed goes within a second.
    Raises `ConfigurationError` or `Away`, naming the setting.
    """
    told = take(f"status {path}", partial(bind, path))
    if settings.address is None:
        return ObserverSockets(told, None)
    try:
        listener = _listen(Endpoint(*settings.address), take, time.monotonic() + patience)
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


def _listen(endpoint: Endpoint, take: Take, until: float) -> Listener:
    while True:
        try:
            return open_listeners([endpoint], lambda name, make: take(f"observe {name}", make))[0]
        except Away:
            if time.monotonic() >= until:
                raise
            time.sleep(0.05)
