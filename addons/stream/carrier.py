"""What the connections of one worker share: the addons' hooks, the limits, and the exits."""

from collections.abc import Callable, Sequence
from typing import Any

from mitmproxy.master import Master

from addons.settings import LimitSettings
from addons.stream.exits import Exits
from addons.stream.lean import leave_out_checks

type Listener = Callable[..., Any]


class Carrier:
    """Made once the Master has its addons."""

    def __init__(self, master: Master, exits: Exits, limits: LimitSettings) -> None:
        self.options = master.options
        self.exits = exits
        self.limits = limits
        self._addons = master.addons
        self._listeners: dict[str, Sequence[Listener]] = {}
        leave_out_checks()

    def listeners(self, hook: str) -> Sequence[Listener]:
        """The addons' methods for a hook, in the order of the chain; collected at its first use."""
        found = self._listeners.get(hook)
        if found is None:
            methods = (getattr(addon, hook, None) for addon in self._addons.chain)
            found = self._listeners[hook] = tuple(method for method in methods if callable(method))
        return found
