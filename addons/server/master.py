"""
mitmproxy's Master with what a gateway needs and nothing else.

No view, no event log, no commands for people, no saving of flows, no script loader. Nor are mitmproxy's
other addons imported: `mitmproxy.addons` imports all of them in its `__init__` (a web framework and an LDAP
client among them), which costs 0.7 s at the start and 12 MB, and is code that would lie in a process that
reads what strangers send. `import_lean` puts an empty package in that place, from which the modules
that are asked for by name still load.
"""

import asyncio
import importlib.util
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mitmproxy.master import Master

logger = logging.getLogger(__name__)

_PACKAGE = "mitmproxy.addons"


def import_lean() -> None:
    """Keep `mitmproxy.addons` from importing all of its modules; no effect once it has."""
    if _PACKAGE in sys.modules:
        return
    found = importlib.util.find_spec(_PACKAGE)
    if found is None:
        raise ImportError("mitmproxy is not installed")
    # Made, with its path, but never executed.
    package = importlib.util.module_from_spec(found)
    sys.modules[_PACKAGE] = package
    sys.modules["mitmproxy"].addons = package  # type: ignore[attr-defined]


def make_master(chain: Sequence[object], options: Mapping[str, Any]) -> "Master":
    """
    A Master on the running loop with these addons, in this order, and these options.

    The options of `Proxyserver` exist, and connections are lazy; the addon itself, which would listen,
    is not there. The caller awaits `running()` and `done()`: `Master.run` adds nothing to them but an
    exception handler that writes addresses into the log.
    """
    from mitmproxy.addonmanager import Loader  # noqa: PLC0415 (only what is on the path is imported)
    from mitmproxy.addons.proxyserver import Proxyserver  # noqa: PLC0415
    from mitmproxy.log import LegacyLogEvents  # noqa: PLC0415
    from mitmproxy.master import Master  # noqa: PLC0415
    from mitmproxy.options import Options  # noqa: PLC0415

    master = Master(Options())
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, LegacyLogEvents)]:
        # It would make a hook on the loop out of every log record.
        root.removeHandler(handler)
    Proxyserver().load(Loader(master))
    # Before a request was judged there may be no connection to its origin.
    master.options.update(connection_strategy="lazy")
    master.addons.add(*chain)
    master.options.update(**options)
    return master


def prepare_loop(loop: asyncio.AbstractEventLoop) -> None:
    """What mitmproxy's layers expect of the loop, and a word about what escapes them."""
    loop.set_task_factory(asyncio.eager_task_factory)
    loop.set_exception_handler(_report)


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    logger.error("an error outside of any connection", exc_info=context.get("exception"))
