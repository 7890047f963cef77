"""How a client has come to us: by which kind of listener, from where, and where it believes to be."""

from dataclasses import dataclass

from addons.settings import Mode

type Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    One accepted connection. Found out in `addons/server/arrivals.py`, before a byte of it is read.

    `to` is our own listening address where the client was told of the proxy, and where it was not the
    address that it looked up itself: never one of ours.
    """

    mode: Mode
    client: Address
    to: Address
