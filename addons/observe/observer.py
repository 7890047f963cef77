"""
The observer: the process of a generation that says how the gateway is.

It carries no traffic, reads no database and holds no key. It reads what the others leave in `run/` and
what the kernel knows of them; so it answers while workers hang, the database is away, or the disk is full,
and nobody who asks it can hold up anybody who is served. Its two sockets are bound before it is forked and
outlive it: a question that comes while it is replaced waits and is answered.
"""

import asyncio
import logging
import threading
from dataclasses import replace

import msgspec

from addons.observe.http import HttpServer
from addons.observe.notices import notices
from addons.observe.observed import Lookout, Observed, Places
from addons.observe.settings import ObserveSettings
from addons.observe.sockets import ObserverSockets
from addons.observe.status_socket import StatusServer

logger = logging.getLogger(__name__)

STOP_SECONDS = 2.0
LOOK_SECONDS = 5.0


def run_observer(
    settings: ObserveSettings,
    places: Places,
    categories: frozenset[str],
    sockets: ObserverSockets,
    stop: threading.Event,
) -> None:
    """Answer on both sockets until `stop` is set. `categories` are the policy's."""
    asyncio.run(_observe(settings, Lookout(places), categories, sockets, stop))


async def _observe(
    settings: ObserveSettings,
    lookout: Lookout,
    categories: frozenset[str],
    sockets: ObserverSockets,
    stop: threading.Event,
) -> None:
    # Not before the fork: it brings prometheus-client, which no worker has use for.
    from addons.observe.pages import Pages  # noqa: PLC0415

    def status() -> bytes:
        return msgspec.json.encode(replace(lookout.look().status, observe=sockets.listening))

    await StatusServer(status).listen(sockets.told)
    if sockets.listener is not None:
        pages = Pages(lookout.look, categories)
        server = HttpServer(pages.page, settings.hosts, settings.allow_from)
        await server.listen(sockets.listener.socket)
    await _keep_looking(lookout, stop)


async def _keep_looking(lookout: Lookout, stop: threading.Event) -> None:
    """Write into the log what changes, whether anybody asks or not."""
    before: Observed | None = None
    while not await asyncio.to_thread(stop.wait, LOOK_SECONDS):
        now = lookout.look()
        for notice in notices(before, now):
            logger.log(notice.level, "%s", notice.says, extra=notice.event.extra)
        before = now
