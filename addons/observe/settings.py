"""How the gateway is asked how it is. Read by `addons/observe/` and by `sluicegate status`."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from addons.settings import split_address

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)


class ObserveSettings(BaseModel):
    """
    A listener for probes and Prometheus, and a Unix socket for `sluicegate status`.

    What is answered there names no host, person or address; but it says how much is looked at and how much
    refused, which is the operators' to know. So it stays on this machine until networks are named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    listen: str = "127.0.0.1:9465"  # empty: no listener
    allow_from: tuple[IPv4Network | IPv6Network, ...] = ()  # who may ask besides this machine
    # Names it may be asked by (the Host field), besides addresses and localhost: a page in somebody's browser
    # could otherwise make its own name mean our address, and read (DNS rebinding).
    hosts: Annotated[tuple[str, ...], Field(max_length=32)] = ()
    socket: Path | None = None  # of `status`; None: in the state folder

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen, as host and port; None for nowhere."""
        return split_address(self.listen) if self.listen else None

    @field_validator("listen")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value:
            host, _ = split_address(value)
            try:
                ip_address(host)
            except ValueError as error:
                raise ValueError(f"{value!r}: give an address, not a name") from error
        return value

    @field_validator("hosts")
    @classmethod
    def _are_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r}: expected a host's name, without scheme and port")
        return tuple(name.lower() for name in value)

    @model_validator(mode="after")
    def _others_are_named(self) -> Self:
        if self.address is not None and not self.allow_from and not ip_address(self.address[0]).is_loopback:
            raise ValueError(
                f"listen: {self.listen} can be reached from other machines; "
                'say who may ask: allow_from = ["192.0.2.10/32"]'
            )
        return self
