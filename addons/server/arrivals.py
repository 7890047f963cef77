"""
Who has connected, and to what: looked at before a byte of a connection is read for what it says.

**Where a client wanted to go.** The packet filter's `redirect` changes where a connection leads, and the
kernel remembers where it led before: `SO_ORIGINAL_DST` (Linux, `netfilter_ipv4.h` and its IPv6 twin) asks
for it, which needs no capability. Where nothing was redirected it gives our own address, or nothing: somebody
connected to the port itself. Such a connection leads nowhere but here, and is refused.

**Whom a balancer speaks for.** From the networks of `gateway.proxy_protocol_from` every connection begins
with a PROXY protocol header; without one it is refused, as it would be taken for the balancer's own. From
anywhere else the header is no request, and refused as such: otherwise anybody could say who they are.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from addons.server.proxy_protocol import FIXED, NotProxied, Relayed, length_of, read_header
from addons.settings import Mode
from addons.stream.arrival import Address, Arrival

# The same number in both families.
_SO_ORIGINAL_DST = 80
_SOCKADDR_IN = struct.Struct("!2xH4s8x")
_SOCKADDR_IN6 = struct.Struct("!2xH4x16s4x")
# The standard asks for three at least: a SYN's retransmission.
_HEADER_SECONDS = 5.0


class Arrivals:
    """Finds out for one worker; `count` is told, by a fixed word, of each connection that is refused."""

    def __init__(self, proxies: Sequence[IPv4Network | IPv6Network], count: Callable[[str], object]) -> None:
        self._proxies = tuple(proxies)
        self._count = count

    async def look(self, accepted: socket.socket, mode: Mode) -> Arrival | None:
        """
        How this connection came; None where it is refused and to be closed. `accepted` does not block.

        Raises `OSError` where the client is gone already.
        """
        peer: Address = accepted.getpeername()[:2]
        host, port, *_ = accepted.getsockname()
        ours: Address = host.partition("%")[0], port  # a zone is nothing the kernel remembers
        relayed: Relayed | None = None
        if self._proxies and self._is_proxy(peer[0]):
            try:
                async with asyncio.timeout(_HEADER_SECONDS):
                    relayed = await _read(accepted)
            except (NotProxied, TimeoutError):
                self._count("no-proxy-header")
                return None
        client = relayed.client if relayed else peer
        if mode is Mode.EXPLICIT:
            return Arrival(mode, client, ours)
        to = relayed.to if relayed else original_destination(accepted)
        if to is None or to == ours:
            self._count("not-redirected")
            return None
        return Arrival(mode, client, to)

    def _is_proxy(self, host: str) -> bool:
        address = ip_address(host)
        return any(address in network for network in self._proxies)


def original_destination(accepted: socket.socket) -> Address | None:
    """Where a connection led before it was redirected; None where the kernel knows of nothing."""
    try:
        if accepted.family == socket.AF_INET6:
            found = accepted.getsockopt(socket.IPPROTO_IPV6, _SO_ORIGINAL_DST, _SOCKADDR_IN6.size)
            port, address = _SOCKADDR_IN6.unpack(found)
            return str(IPv6Address(address)), port
        found = accepted.getsockopt(socket.IPPROTO_IP, _SO_ORIGINAL_DST, _SOCKADDR_IN.size)
        port, address = _SOCKADDR_IN.unpack(found)
        return str(IPv4Address(address)), port
    except OSError:
        return None


async def _read(accepted: socket.socket) -> Relayed | None:
    """Read exactly the header: the next byte is the client's. Raises `NotProxied`, `OSError`."""
    fixed = await _exactly(accepted, FIXED)
    return read_header(fixed, await _exactly(accepted, length_of(fixed)))


async def _exactly(accepted: socket.socket, length: int) -> bytes:
    loop = asyncio.get_running_loop()
    read = b""
    while len(read) < length:
        more = await loop.sock_recv(accepted, length - len(read))
        if not more:
            raise NotProxied("it ended")
        read += more
    return read
