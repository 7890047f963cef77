"""What all layers of one connection share."""

from mitmproxy.connection import Client
from mitmproxy.options import Options
from mitmproxy.proxy import events
from mitmproxy.proxy.context import Context

from addons.settings import LimitSettings
from addons.stream.edge import Edge, edge_of
from addons.stream.times import Times
from tests.addons.wire import WrittenExits


def test_every_layer_below_finds_the_edge_however_often_its_context_was_copied() -> None:
    context = Context(Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2)), Options())
    edge = Edge(context, WrittenExits(), LimitSettings(), lambda _connection: 7, Times())
    assert edge_of(context.fork().fork()) is edge
    assert edge.waiting(context.client) == 7


def test_it_asks_what_comes_next_only_once_there_is_something_to_see() -> None:
    context = Context(Client(peername=("127.0.0.1", 1), sockname=("127.0.0.1", 2)), Options())
    edge = Edge(context, WrittenExits(), LimitSettings(), lambda _connection: 0, Times())
    assert list(edge.handle_event(events.Start())) == []
    commands = list(edge.handle_event(events.DataReceived(context.client, b"GET ")))
    assert [type(command).__name__ for command in commands] == ["NextLayerHook"]
