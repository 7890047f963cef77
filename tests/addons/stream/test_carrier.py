"""What the connections of one worker share."""

import asyncio

from mitmproxy.addonmanager import Loader
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy import commands, server_hooks
from mitmproxy.proxy.layers.http._hooks import HttpRequestHook
from mitmproxy.test import tflow

from addons.settings import LimitSettings
from addons.stream import Carrier
from addons.stream.carrier import arguments_of
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


class Connection:
    """Writes down what it is told, and holds hooks back when asked to."""

    def __init__(self, name: str, log: list[str], *, waits: bool = False) -> None:
        self.name, self.log, self.waits = name, log, waits

    def call(self, hook: commands.StartHook) -> bool:
        self.log.append(f"call {self.name}")
        return not self.waits

    def called(self, hook: commands.StartHook) -> None:
        self.log.append(f"go on {self.name}")


def shared_by_all() -> Carrier:
    master = Master(Options(), event_loop=asyncio.get_running_loop())
    Proxyserver().load(Loader(master))
    return Carrier(master, WrittenExits(), LimitSettings())


async def test_hooks_of_one_turn_are_called_one_after_another_before_anything_goes_on() -> None:
    log: list[str] = []
    shared = shared_by_all()
    hook = HttpRequestHook(tflow.tflow())
    for name in "ab":
        shared.call_together(Connection(name, log), hook)
    assert log == []
    await asyncio.sleep(0)
    assert log == ["call a", "call b", "go on a", "go on b"]


async def test_one_that_waits_goes_on_by_itself() -> None:
    log: list[str] = []
    shared = shared_by_all()
    hook = HttpRequestHook(tflow.tflow())
    shared.call_together(Connection("a", log, waits=True), hook)
    shared.call_together(Connection("b", log), hook)
    await asyncio.sleep(0)
    assert log == ["call a", "call b", "go on b"]


async def test_what_comes_while_a_turn_is_taken_has_the_next_one() -> None:
    log: list[str] = []
    shared = shared_by_all()
    hook = HttpRequestHook(tflow.tflow())

    class Again(Connection):
        def called(self, hook: commands.StartHook) -> None:
            super().called(hook)
            shared.call_together(Connection("b", log), hook)

    shared.call_together(Again("a", log), hook)
    await asyncio.sleep(0)
    assert log == ["call a", "go on a"]
    await asyncio.sleep(0)
    assert log == ["call a", "go on a", "call b", "go on b"]


async def test_a_hook_s_arguments_are_what_mitmproxy_would_give() -> None:
    flow = tflow.tflow()
    data = server_hooks.ServerConnectionHookData(flow.server_conn, flow.client_conn)
    for hook in (HttpRequestHook(flow), server_hooks.ServerConnectHook(data)):
        assert arguments_of(hook) == hook.args()
