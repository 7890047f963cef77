"""What all layers of one client connection share, standing at the top of their stack."""

import time
from collections.abc import Callable
from typing import Protocol

from mitmproxy import connection
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

from addons.settings import LimitSettings
from addons.stream.exits import Exits
from addons.stream.times import Times
from policy.words import Ended


class ResetConnection(commands.CloseConnection):
    """Close a connection so that its peer cannot take what it got for all there was."""


class AwaitDrain(commands.RequestWakeup):
    """Wake this layer when its connection is to end: at once where that has begun already."""

    def __init__(self) -> None:
        super().__init__(float("inf"))


class Unfinished(Protocol):
    """Something under way whose end somebody waits for."""

    def give_up(self, ended: Ended) -> commands.StartHook | None:
        """Its connection is gone and no event will come any more: the hook that says so, if one does."""


class Edge(layer.Layer):
    """
    The first layer. It hands everything down, and is what the layers below find at `context.layers[0]`.

    A layer's context is copied from its parent's, and the list of layers is all that every copy keeps.
    """

    def __init__(
        self,
        context: Context,
        exits: Exits,
        limits: LimitSettings,
        waiting: Callable[[connection.Connection], int],
        times: Times,
    ) -> None:
        super().__init__(context)
        self.exits = exits
        self.limits = limits
        # Bytes given to the socket of a connection that the peer has not taken.
        self.waiting = waiting
        self.times = times
        # Asked before a socket is read on: whether what it sends could not be passed on now.
        self.gauges: dict[connection.Connection, Callable[[], bool]] = {}
        # When the client began something that it must finish soon: a head, a handshake.
        self.unfinished_since: float | None = None
        self.unfinished: set[Unfinished] = set()
        # How long it may still be idle, in seconds, once it is to end.
        self.patience: float | None = None
        self._child = layer.NextLayer(context)

    def began(self) -> None:
        """The client began a head or a handshake, and has so long to finish it."""
        if self.unfinished_since is None:
            self.unfinished_since = time.monotonic()

    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Not a generator of its own: this stands on the path of every event."""
        commands: layer.CommandGenerator[None] = self._child.handle_event(event)
        return commands

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        raise AssertionError("the edge handles nothing itself")


def edge_of(context: Context) -> Edge:
    """The edge of the connection that `context` belongs to."""
    edge = context.layers[0]
    assert isinstance(edge, Edge)  # noqa: S101 (for the type checker)
    return edge
