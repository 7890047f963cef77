"""
The header in front of a connection that a balancer hands on: PROXY protocol, version 2.

HAProxy's `doc/proxy-protocol.txt`, section 2.2. A fixed part of 16 bytes says how many more follow: the two
addresses, and after them what else the balancer knows, as TLVs (section 2.2.1 on), which nothing here needs
and which are skipped. Version 1, a line of text, is not read: what speaks it can be told to speak this.

Pure: bytes come in, addresses go out. Who may send such a header is for `addons/server/arrivals.py` to say.
"""

import struct
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from addons.stream.arrival import Address

FIXED = 16  # bytes of the part that every header has
# Of what follows it. The addresses take 36; a client's certificate, which balancers can add, thousands.
MOST = 4096

_SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_VERSION = 2
_LOCAL, _PROXY = 0, 1
# TCP over IPv4 and over IPv6: two addresses, two ports.
_LAYOUTS = {0x11: struct.Struct("!4s4sHH"), 0x21: struct.Struct("!16s16sHH")}


class NotProxied(ValueError):
    """What was sent is no header of this protocol, or none that can be acted on."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A connection as the balancer took it."""

    client: Address
    to: Address


def length_of(fixed: bytes) -> int:
    """How many bytes follow the fixed part, at most `MOST`. Raises `NotProxied`."""
    if len(fixed) != FIXED or not fixed.startswith(_SIGNATURE):
        raise NotProxied("no signature")
    if fixed[12] >> 4 != _VERSION:
        raise NotProxied("another version")
    length = int.from_bytes(fixed[14:])
    if length > MOST:
        raise NotProxied("too long")
    return length


def read_header(fixed: bytes, rest: bytes) -> Relayed | None:
    """
    Who is relayed; None for the balancer's own connections (LOCAL: it looks whether we live).

    `rest` is what follows the fixed part. Raises `NotProxied`, also where the balancer does not say who
    it is that it relays (UNSPEC, Unix sockets) or relays something else than TCP: the standard lets a
    receiver refuse those, and whoever we took it for would be the wrong one.
    """
    if length_of(fixed) != len(rest):
        raise NotProxied("cut off")
    command = fixed[12] & 0x0F
    if command == _LOCAL:
        return None
    layout = _LAYOUTS.get(fixed[13])
    if command != _PROXY or layout is None:
        raise NotProxied("neither TCP over IPv4 nor over IPv6")
    if len(rest) < layout.size:
        raise NotProxied("too short for its addresses")
    source, destination, source_port, destination_port = layout.unpack_from(rest)
    return Relayed(_address(source, source_port), _address(destination, destination_port))


def _address(packed: bytes, port: int) -> Address:
    """As a socket of our own would give it: an IPv4 address in an IPv6 one is written as what it is."""
    address = ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), port
