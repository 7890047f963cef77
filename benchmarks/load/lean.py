"""
What carries the bytes, without filter and log: `python -m benchmarks.load.lean HOSTS_FILE [mitmproxy]`.

The same Master, the same connections and layers as a worker's, and the one addon without which no protocol is
recognised. What a worker costs beyond this is what judging and recording cost. With `mitmproxy`, its own
connection handler and layers on that Master instead of ours. Prints its port.
"""

import asyncio
import gc
import sys
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from addons.server.lean import import_lean

import_lean()

from mitmproxy import connection, http  # noqa: E402 (after import_lean, as in a worker)
from mitmproxy.addons.next_layer import NextLayer  # noqa: E402
from mitmproxy.master import Master  # noqa: E402
from mitmproxy.proxy.layers.modes import HttpProxy  # noqa: E402
from mitmproxy.proxy.mode_servers import ProxyConnectionHandler  # noqa: E402
from mitmproxy.proxy.mode_specs import ProxyMode  # noqa: E402

from addons.pages.refusal import not_a_request_page  # noqa: E402
from addons.resolver import install  # noqa: E402
from addons.server.arrivals import Arrivals  # noqa: E402
from addons.server.connections import Connect, Connection, Connections  # noqa: E402
from addons.server.listen import open_listeners  # noqa: E402
from addons.server.master import make_master, prepare_loop  # noqa: E402
from addons.settings import DestinationSettings, Endpoint, LimitSettings  # noqa: E402
from addons.stream import Arrival, Carrier, GatewayConnection, GatewayNextLayer  # noqa: E402
from policy.words import Ended  # noqa: E402


class NoExits:
    """Nothing fails here, or the figures are worth nothing."""

    def page_for_failure(self, _flow: http.HTTPFlow, ended: Ended) -> http.Response:
        """An answer that the load counts as wrong."""
        return http.Response.make(502, ended)

    def tunnel_ended(self, client: connection.Client, bytes_in: int, bytes_out: int, ended: Ended) -> None:
        """There are none."""

    def not_http(self, client: connection.Client, host: str, port: int) -> None:
        """There is none."""

    def not_a_request(self, _why: str) -> http.Response:
        """There is none."""
        return http.Response.make(400, not_a_request_page().body)


class Theirs:
    """mitmproxy's handler of a connection, as `Connections` wants one."""

    def __init__(self, master: Master, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        transport.resume_reading()
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        mode = ProxyMode.parse("regular")
        self._handler = ProxyConnectionHandler(master, reader, writer, master.options, mode)
        self._handler.layer = HttpProxy(self._handler.layer.context)

    async def handle_client(self) -> None:
        """Carry it."""
        await self._handler.handle_client()

    def drain(self, patience: float) -> None:
        """Nobody drains."""

    def idle_seconds(self) -> float:
        """Nobody asks."""
        return 0.0

    def close(self) -> None:
        """Nobody closes."""


def _theirs(master: Master, transport: asyncio.Transport, _arrival: Arrival) -> Connection:
    return Theirs(master, transport)


async def main(hosts_file: Path, *, theirs: bool) -> None:
    """Carry until killed."""
    loop = asyncio.get_running_loop()
    prepare_loop(loop)
    install(loop, DestinationSettings(hosts_file=hosts_file, inner=(ip_network("127.0.0.0/8"),)))
    options = {"connection_strategy": "lazy", "rawtcp": False, "validate_inbound_headers": True}
    connect: Connect
    if theirs:
        # Its handler relies on tasks that begin at once.
        loop.set_task_factory(asyncio.eager_task_factory)
        master = make_master([NextLayer()], options)
        connect = partial(_theirs, master)
    else:
        master = make_master([GatewayNextLayer()], options)
        connect = partial(GatewayConnection, Carrier(master, NoExits(), LimitSettings()))
    listeners = open_listeners([Endpoint("127.0.0.1", 0)])
    await master.running()
    Connections(listeners, 2000, Arrivals((), lambda _why: None), connect).begin()
    print(listeners[0].address[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(Path(sys.argv[1]), theirs=sys.argv[2:] == ["mitmproxy"]))
