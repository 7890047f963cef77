"""
A table of networks: what holds for an address costs as many look-ups as there are lengths of prefixes in it,
and no more with ten thousand networks than with ten.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

_SUBNET_BITS = 64  # of IPv6 (RFC 4291, 2.5.1): one device may have every address in it


def subnet_of(address: str) -> str:
    """
    Whose addresses one device may have: the address itself, of IPv6 the network that it is in.

    What is none is in "", with all others that are none.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(IPv6Network((int(ip), _SUBNET_BITS), strict=False))
    return str(ip)


class _Prefix(NamedTuple):
    """A length of networks."""

    version: int
    length: int
    longest: int  # that a network of this version may have

    def bits(self, number: int) -> int:
        """What every address of a network of this length begins with, as `number` does."""
        return number >> (self.longest - self.length)


@dataclass(frozen=True, slots=True)
class Networks[T]:
    """What belongs to each network. Build with `Networks.of`."""

    # For each length, the longest first, by the bits of the prefix.
    tables: tuple[tuple[_Prefix, Mapping[int, T]], ...] = ()

    @classmethod
    def of(cls, networks: Iterable[tuple[IPv4Network | IPv6Network, T]]) -> "Networks[T]":
        """Of several about the same network the last one holds."""
        tables: defaultdict[_Prefix, dict[int, T]] = defaultdict(dict)
        for network, value in networks:
            prefix = _Prefix(network.version, network.prefixlen, network.max_prefixlen)
            tables[prefix][prefix.bits(int(network.network_address))] = value
        return cls(tuple(sorted(tables.items(), key=lambda one: -one[0].length)))

    def holding(self, address: str) -> Iterator[T]:
        """What belongs to each network that this address is in, the narrowest first."""
        if not self.tables:
            return
        try:
            ip = ip_address(address)
        except ValueError:
            return
        version, number = ip.version, int(ip)
        for prefix, table in self.tables:
            if prefix.version == version and (found := table.get(prefix.bits(number))) is not None:
                yield found

    @property
    def values(self) -> Iterator[T]:
        """Everything in it."""
        for _, table in self.tables:
            yield from table.values()
