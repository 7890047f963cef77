"""
What carries the bytes, without filter and log: `python -m benchmarks.load.lean HOSTS_FILE`.

The same Master, the same connections and layers as a worker's, and the one addon without which no protocol is
recognised. What a worker costs beyond this is what judging and recording cost. Prints its port.
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

from addons.pages.refusal import not_a_request_page  # noqa: E402
from addons.resolver import install  # noqa: E402
from addons.server.connections import Connections  # noqa: E402
from addons.server.listen import open_listeners  # noqa: E402
from addons.server.master import make_master, prepare_loop  # noqa: E402
from addons.settings import DestinationSettings, LimitSettings  # noqa: E402
from addons.stream import Carrier, GatewayConnection, GatewayNextLayer  # noqa: E402
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


async def main(hosts_file: Path) -> None:
    """Carry until killed."""
    loop = asyncio.get_running_loop()
    prepare_loop(loop)
    install(loop, DestinationSettings(hosts_file=hosts_file, inner=(ip_network("127.0.0.0/8"),)))
    options = {"connection_strategy": "lazy", "rawtcp": False, "validate_inbound_headers": True}
    master = make_master([GatewayNextLayer()], options)
    carrier = Carrier(master, NoExits(), LimitSettings())
    listeners = open_listeners([("127.0.0.1", 0)])
    await master.running()
    Connections(listeners, 2000, partial(GatewayConnection, carrier)).begin()
    print(listeners[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main(Path(sys.argv[1])))
