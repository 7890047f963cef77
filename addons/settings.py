"""
What can be set about the gateway: one frozen section a component, composed in `console/cli/settings.py`.

Nothing here reads the environment or a file. A wrong value raises pydantic's `ValidationError`,
which the composition root turns into one line with the key and what was expected.
"""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

Port = Annotated[int, Field(ge=1, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mode(StrEnum):
    """How clients reach a listening socket."""

    EXPLICIT = "explicit"  # they were told of the proxy and ask it for what they want
    TRANSPARENT = "transparent"  # they were not: the packet filter leads their connections here


class Modes(StrEnum):
    """Which of them a gateway offers."""

    EXPLICIT = "explicit"
    TRANSPARENT = "transparent"
    BOTH = "both"


class Endpoint(NamedTuple):
    """Where to listen, and for whom. Port 0 lets the system choose."""

    host: str  # an address, without brackets
    port: int
    mode: Mode = Mode.EXPLICIT


def split_address(text: str) -> tuple[str, int]:
    """
    `127.0.0.1:8080` or `[::1]:8080` as host (without brackets) and port; port 0 lets the system choose.

    Raises `ValueError` saying what was expected.
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r}: put an IPv6 address in brackets, such as [::1]:8080")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"{text!r}: expected address:port, such as 127.0.0.1:8080")
    return host, int(port)


class GatewaySettings(_Section):
    """The gateway as a whole. Read by `addons/server/`."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = "gateway"  # stored in every Decision
    mode: Modes = Modes.EXPLICIT
    listen: Annotated[tuple[str, ...], Field(min_length=1)] = ("127.0.0.1:8080",)  # explicit
    # `redirect` leads a connection to the address of the interface it came in by: none of them known here.
    transparent_listen: Annotated[tuple[str, ...], Field(min_length=1)] = ("0.0.0.0:8081", "[::]:8081")
    # Balancers: whoever connects from these says with PROXY protocol, version 2, for whom.
    proxy_protocol_from: tuple[IPv4Network | IPv6Network, ...] = ()
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    drain_seconds: PositiveInt = 30  # how long a worker that was told to go may finish what is in flight

    @field_validator("listen", "transparent_listen")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            split_address(text)
        return value

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where the gateway listens in its mode."""
        explicit = () if self.mode is Modes.TRANSPARENT else self.listen
        transparent = () if self.mode is Modes.EXPLICIT else self.transparent_listen
        return (
            *(Endpoint(*split_address(text)) for text in explicit),
            *(Endpoint(*split_address(text), Mode.TRANSPARENT) for text in transparent),
        )


class LimitSettings(_Section):
    """The named limits: what one client or origin can make a worker hold or wait for."""

    client_connections: PositiveInt = 2000  # open at once, a worker
    header_bytes: PositiveInt = 64 * 1024  # of one message head
    streams: PositiveInt = 100  # at once on one HTTP/2 connection
    idle_seconds: PositiveInt = 120  # a client connection without a byte either way is closed
    connect_ports: tuple[Port, ...] = (443, 8443)  # where a tunnel may lead
    buffered_bytes: PositiveInt = (
        8 * 1024 * 1024
    )  # waiting for one slow client before its origins are not read
    origin_connect_seconds: PositiveFloat = 10.0  # to connect, and again to shake hands
    origin_first_byte_seconds: PositiveFloat = 60.0  # from the request's last byte to the answer's first


class DestinationSettings(_Section):
    """Which destinations may be reached, and how their names and certificates are checked."""

    hosts_file: Path | None = None  # asked before the resolver, in the format of hosts(5)
    inner: tuple[IPv4Network | IPv6Network, ...] = ()  # private networks that may be reached all the same
    ca_file: Path | None = None  # PEM; trusted for origins besides the system's
    resolve_seconds: PositiveFloat = 5.0
