"""
Which addresses the gateway may connect to.

A gateway stands inside the organisation's network, so whatever it connects to for a client it reaches
with its own standing there: a router's web page, a database, a cloud's metadata service, the gateway
itself. We therefore connect to global unicast addresses only. An IPv6 address may carry an IPv4
address in it (mapped, 6to4, NAT64, Teredo), which is then what decides.

The setting `destinations.inner` names networks that are reached all the same. Our own listening
addresses are never reached: a request that came back to us would come back for ever.
"""

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_IN_THE_TAIL = (_NAT64, IPv6Network("::/96"))


def _decides(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _IPV4_IN_THE_TAIL):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_inner(address: IPv4Address | IPv6Address) -> bool:
    """Whether `address` is anything but a global unicast address."""
    deciding = _decides(address)
    return (
        not deciding.is_global
        or deciding.is_multicast
        or deciding.is_reserved
        or (isinstance(deciding, IPv6Address) and deciding.is_site_local)
    )


class Destinations:
    """The rule for one gateway."""

    def __init__(
        self, inner: Iterable[IPv4Network | IPv6Network], listening: Iterable[tuple[str, int]]
    ) -> None:
        self._inner = tuple(inner)
        self._listening = frozenset(listening)
        self._own_ports = frozenset(port for _, port in self._listening)
        # Bounded: an address costs 5 to 10 µs to take apart, and most requests go where others went.
        self.refuses = lru_cache(maxsize=4096)(self._refuses)

    def _refuses(self, host: str, port: int) -> bool:
        """
        Whether `host`, an address literal in any spelling `ipaddress` reads, may not be connected to.

        A host that is no address is not refused here: `addons/resolver.py` asks again, for each address
        that its name stands for.
        """
        try:
            # A zone ("fe80::1%eth0") only ever goes with an address of the local link.
            address = ip_address(host)
        except ValueError:
            return False
        if port in self._own_ports and self._is_ours(_decides(address), port):
            return True
        return is_inner(address) and not self._is_admitted(address)

    def _is_admitted(self, address: IPv4Address | IPv6Address) -> bool:
        deciding = _decides(address)
        return any(deciding in network for network in self._inner)

    def _is_ours(self, address: IPv4Address | IPv6Address, port: int) -> bool:
        if (str(address), port) in self._listening:
            return True
        # Listening on all interfaces, every address of this machine is ours: only those can be bound.
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        wildcard = "0.0.0.0" if address.version == 4 else "::"  # noqa: S104 (compared, not bound)
        if not {(wildcard, port), ("::", port)} & self._listening:
            return False
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((str(address), 0))
            except OSError:
                return False
        return True
