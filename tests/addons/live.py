"""The gateway's own chain on real sockets: `tests/addons/gateway.py` carried by `addons.stream`."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from mitmproxy import connection

from addons.resolver import install
from addons.server.master import make_master
from addons.settings import DestinationSettings, LimitSettings, Mode
from addons.stream import Arrival, Carrier, GatewayConnection
from tests.addons.gateway import Gateway, authority
from tests.addons.wire import ORIGIN, TIMEOUT, ask

# Every one of them is this machine.
NAMES = (
    ORIGIN,
    "bet.test",
    "fine.test",
    "union.test",
    "update.test",
    "pinned.test",
    "social.test",
)


@dataclass
class Live:
    """A running gateway."""

    gateway: Gateway
    port: int
    carried: list[GatewayConnection]

    def trusting(self, *alpn: str) -> ssl.SSLContext:
        """A client's TLS that trusts the gateway's authority and nobody else."""
        pem = authority().root.public_bytes(serialization.Encoding.PEM).decode()
        context = ssl.create_default_context(cadata=pem)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client's socket."""
        return await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)

    async def get(self, url: str, **headers: str) -> tuple[str, dict[str, str], bytes]:
        """A plain request, on a connection of its own."""
        reader, writer = await self.connect()
        host = url.split("/")[2]
        fields = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
        answer = await ask(reader, writer, f"GET {url} HTTP/1.1\nHost: {host}\n{fields}\n")
        writer.close()
        return answer

    async def raw_tunnel(
        self, host: str, port: int, head: str = ""
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """CONNECT alone."""
        reader, writer = await self.connect()
        writer.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{head}\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return reader, writer

    async def tunnel(
        self, host: str, port: int, *alpn: str, sni: str | None = None, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """CONNECT, and TLS inside."""
        reader, writer = await self.raw_tunnel(host, port)
        async with asyncio.timeout(TIMEOUT):
            await writer.start_tls(tls or self.trusting(*alpn), server_hostname=sni or host)
        return reader, writer

    def close(self, client: connection.Client) -> None:
        """End the connection of this client, as a worker does that was told to."""
        for carried in self.carried:
            if carried.client is client:
                carried.close()

    async def settled(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds."""
        async with asyncio.timeout(TIMEOUT):
            while not condition():  # noqa: ASYNC110 (what is waited for has no event)
                await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def live(
    folder: Path,
    *,
    ports: tuple[int, ...] = (443,),
    trust: Path | None = None,
    to: tuple[str, int] | None = None,
    **parts: Any,
) -> AsyncIterator[Live]:
    """
    A gateway that finds every name of NAMES on this machine and trusts origins by `trust`.

    With `to` every connection was redirected to it, and had been one to there.
    """
    mode = Mode.EXPLICIT if to is None else Mode.TRANSPARENT
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name} www.{name}\n" for name in NAMES) + "10.0.0.1 inner.test\n")
    settings = DestinationSettings(hosts_file=hosts, inner=(ip_network("127.0.0.0/8"),), ca_file=trust)
    parts.setdefault("limits", LimitSettings(connect_ports=ports))
    gateway = Gateway(destinations=settings, **parts)
    loop = asyncio.get_running_loop()
    # Not asyncio.start_server, which would hand the sockets to streams first.
    carried: list[GatewayConnection] = []
    master = make_master(gateway.chain.addons, gateway.chain.options)
    carrier = Carrier(master, gateway.chain.exits, gateway.parts.limits)

    async def carry(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transport = cast("asyncio.Transport", writer.transport)
        came = Arrival(mode, transport.get_extra_info("peername"), to or transport.get_extra_info("sockname"))
        carrying = GatewayConnection(carrier, transport, came)
        carried.append(carrying)
        await carrying.handle_client()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    resolver = install(loop, settings, [("127.0.0.1", port)])
    try:
        yield Live(gateway, port, carried)
    finally:
        server.close()
        for carrying in carried:
            carrying.close()
        await asyncio.sleep(0.01)
        resolver.close()
        del vars(loop)["getaddrinfo"]
        await master.done()
