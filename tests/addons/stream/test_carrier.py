"""What the connections of one worker share."""

import asyncio

from mitmproxy.addonmanager import Loader
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.master import Master
from mitmproxy.options import Options

from addons.settings import LimitSettings
from addons.stream import Carrier
from tests.addons.wire import WrittenExits


class First:
    def response(self, _flow: object) -> None:
        """Listens."""


class Second:
    response = None  # a name that happens to be a hook's

    def request(self, _flow: object) -> None:
        """Listens."""


class Third(First):
    """Listens as the first does."""


async def test_hooks_are_heard_in_the_order_of_the_chain() -> None:
    master = Master(Options(), event_loop=asyncio.get_running_loop())
    Proxyserver().load(Loader(master))
    first, second, third = First(), Second(), Third()
    master.addons.add(first, second, third)
    carrier = Carrier(master, WrittenExits(), LimitSettings())
    assert carrier.listeners("response") == (first.response, third.response)
    assert carrier.listeners("request") == (second.request,)
    assert carrier.listeners("error") == ()
