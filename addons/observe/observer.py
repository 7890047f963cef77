"""
The observer: the process of a generation that says how the gateway is.

It carries no traffic, reads no database and holds no key. It reads what the others leave in `run/` and
what the kernel knows of them; so it answers while workers hang, the database is away, or the disk is full,
and nobody who asks it can hold up anybody who is served. Its two sockets are bound before it is forked and
outlive it: a question that comes while it is replaced waits and is answered.
"""

import asyncio
import socket
import threading

import msgspec

from addons.observe.http import HttpServer
from addons.observe.observed import Lookout, Places
from addons.observe.settings import ObserveSettings
from addons.observe.status_socket import StatusServer

STOP_SECONDS = 2.0


def run_observer(
    settings: ObserveSettings,
    places: Places,
    categories: frozenset[str],
    told: socket.socket,
    listener: socket.socket | None,
    stop: threading.Event,
) -> None:
    """Answer on `told`, the socket of `status`, and on `listener`, if there is one, until `stop` is set."""
    asyncio.run(_observe(settings, Lookout(places), categories, told, listener, stop))


async def _observe(
    settings: ObserveSettings,
    lookout: Lookout,
    categories: frozenset[str],
    told: socket.socket,
    listener: socket.socket | None,
    stop: threading.Event,
) -> None:
    # Not before the fork: it brings prometheus-client, which no worker has use for.
    from addons.observe.pages import Pages  # noqa: PLC0415

    await StatusServer(lambda: msgspec.json.encode(lookout.look().status)).listen(told)
    if listener is not None:
        pages = Pages(lookout.look, categories)
        await HttpServer(pages.page, settings.hosts, settings.allow_from).listen(listener)
    await asyncio.to_thread(stop.wait)
