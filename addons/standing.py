"""
What was allowed and is still open: undecrypted tunnels and WebSockets, judged again.

A request is judged when it is made and is soon over. A tunnel or a WebSocket may stay open for days, past
the list, local entry or exemption it was allowed by. So while one stands it is judged again, within two
seconds of a change and every ten seconds in any case (an exemption ends without anything changing). One
that would no longer be allowed is recorded as what it now is, in a Decision that is not the exchange's
final one, and its connection is closed; its Outcome says `refused`.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from mitmproxy import connection

from addons.exchanges import Exchange
from addons.judging import Judging
from addons.snapshots import Parts
from policy.words import Ended, Step

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_JUDGE_SECONDS = 10.0
# Judged without a pause; then others get a turn. A hundred take about two milliseconds.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    client: connection.Client
    exchange: Exchange
    step: Step


class Standing:
    """The tunnels and WebSockets of one worker."""

    def __init__(self, parts: Parts, judging: Judging) -> None:
        self._parts = parts
        self._judging = judging
        self._open: dict[int, _Open] = {}  # by the identity of the exchange

    def __len__(self) -> int:
        """How many stand."""
        return len(self._open)

    def begin(self, client: connection.Client, exchange: Exchange, step: Step) -> None:
        """It has been opened."""
        self._open[id(exchange)] = _Open(client, exchange, step)

    def end(self, exchange: Exchange) -> None:
        """It is over."""
        self._open.pop(id(exchange), None)

    async def watch(self, close: Callable[[connection.Client], None]) -> None:
        """Judge again, as long as the worker lives; `close` ends a client's connection."""
        loop = asyncio.get_running_loop()
        seen, judged = self._in_force(), loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = self._in_force()
            if now != seen or loop.time() - judged >= _JUDGE_SECONDS:
                seen, judged = now, loop.time()
                try:
                    await self.judge_again(close)
                except Exception:
                    # What stands goes on standing until the next look; a watch that ended would never look.
                    logger.exception("what stands open could not be judged again")

    def _in_force(self) -> tuple[str, int]:
        return self._parts.rulesets.ruleset.digest, id(self._parts.registers.registers)

    async def judge_again(self, close: Callable[[connection.Client], None]) -> None:
        """Judge everything that stands, and close what would no longer be allowed."""
        for number, item in enumerate(list(self._open.values()), 1):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            exchange = item.exchange
            if exchange.over:
                continue
            facts = replace(exchange.facts, at=self._parts.now(), step=item.step)
            draft = self._judging.judge(facts)
            if not draft.allows:
                self._judging.record_now(draft, final=False)
                exchange.ended = Ended.REFUSED
                close(item.client)
