"""mitmproxy's Master with what a gateway needs: no view, no event log, no commands for people, no scripts."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mitmproxy.addonmanager import Loader
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.log import LegacyLogEvents
from mitmproxy.master import Master
from mitmproxy.options import Options

logger = logging.getLogger(__name__)


def make_master(chain: Sequence[object], options: Mapping[str, Any]) -> Master:
    """
    A Master on the running loop with these addons, in this order, and these options.

    The options of `Proxyserver` exist; the addon itself, which would listen, does not. The caller awaits
    `running()` and `done()`: `Master.run` adds nothing to them but an exception handler that writes
    addresses into the log.
    """
    master = Master(Options())
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, LegacyLogEvents)]:
        # It would make a hook on the loop out of every log record.
        root.removeHandler(handler)
    Proxyserver().load(Loader(master))
    master.addons.add(*chain)
    master.options.update(**options)
    return master


def prepare_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Report what escapes every connection without what asyncio would say of it: peers' addresses."""
    # mitmproxy sets a factory of eager tasks, for tasks that `addons/stream` does not make; with it,
    # `create_connection` fails on the happy eyeballs of Python 3.13.
    loop.set_exception_handler(_report)


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    logger.error("an error outside of any connection", exc_info=context.get("exception"))
