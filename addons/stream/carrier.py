"""What the connections of one worker share: the addons' hooks, the limits, and the exits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, Protocol, cast

from mitmproxy.master import Master
from mitmproxy.proxy import commands

from addons.settings import LimitSettings
from addons.stream.exits import Exits
from addons.stream.hosts import accept_hosts_of_today
from addons.stream.lean import leave_out_checks
from addons.stream.times import Times

type Listener = Callable[..., Any]


_FIELDS: dict[str, tuple[str, ...]] = {}  # by the hook's name


def arguments_of(hook: commands.StartHook) -> list[Any]:
    """What listeners of `hook` are called with; as `hook.args()`, which takes the class apart each time."""
    names = _FIELDS.get(hook.name)
    if names is None:
        names = _FIELDS[hook.name] = tuple(field.name for field in fields(cast("Any", hook)))
    return [getattr(hook, name) for name in names]


class CallsHooks(Protocol):
    """A connection, as far as hooks go."""

    def call(self, hook: commands.StartHook) -> bool:
        """Call the listeners of `hook`; whether that is all, and nothing is awaited. Never raises."""

    def called(self, hook: commands.StartHook) -> None:
        """Go on: the listeners of `hook` are through. Never raises."""


class Carrier:
    """Made once the Master has its addons."""

    def __init__(self, master: Master, exits: Exits, limits: LimitSettings) -> None:
        self.options = master.options
        self.exits = exits
        self.limits = limits
        self.times = Times()
        self._addons = master.addons
        self._listeners: dict[str, Sequence[Listener]] = {}
        self._turn: list[tuple[CallsHooks, commands.StartHook]] = []
        leave_out_checks()
        accept_hosts_of_today()

    def listeners(self, hook: str) -> Sequence[Listener]:
        """The addons' methods for a hook, in the order of the chain; collected at its first use."""
        found = self._listeners.get(hook)
        if found is None:
            methods = (getattr(addon, hook, None) for addon in self._addons.chain)
            found = self._listeners[hook] = tuple(method for method in methods if callable(method))
        return found

    def call_together(self, connection: CallsHooks, hook: commands.StartHook) -> None:
        """
        Call the listeners of `hook` at the end of this turn of the loop, beside those of other connections.

        For the one hook that does much: what judges and records a request is a lot of code and data that
        the carrying of bytes in between drives out of the processor's caches. One after another they cost
        half of what each costs alone, measured with sixteen busy connections.
        """
        self._turn.append((connection, hook))
        if len(self._turn) == 1:
            asyncio.get_running_loop().call_soon(self._take_turn)

    def _take_turn(self) -> None:
        turn, self._turn = self._turn, []
        through = [(connection, hook) for connection, hook in turn if connection.call(hook)]
        for connection, hook in through:
            connection.called(hook)
