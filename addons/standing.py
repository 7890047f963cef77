"""
What was allowed and is still open: undecrypted tunnels and WebSockets, judged again.

A request is judged when it is made and is soon over. A tunnel or a WebSocket may stay open for days, past
the list, local entry or exemption it was allowed by, and past its person's last day. So while one stands
its person is introduced anew and it is judged again, within two seconds of a change and every ten seconds
in any case (an exemption ends without anything changing). Presence changes whenever somebody reads a page
of ours, so for that alone only those are judged whose person it changed. One that would no longer be allowed
is recorded as what it now is, in a Decision that is not the exchange's final one, and its connection is
closed; its Outcome says `refused`. Both rows are of one exchange, so the later names nobody whom the earlier
could not name: who had read no notice then, or has only since signed in from that address.

A connection that was looked into only to show why it was refused, at a host that is otherwise handed on
unread, ends with that page: what is allowed a minute later goes by another.

Break-glass asks for more at both of its ends. As it begins, connections that are looked into are closed, so
that their clients come again and are not looked into: idle ones within a second, the others when they
have their answer, and none is left after ten seconds. As it ends, whatever was opened under it is closed,
also what would be allowed now: it may have to be looked into from here on, or to be somebody's, and the row
it has names nobody. Only a plain request that would be allowed now may end by itself, since it may be an
update; without an end to its body and its answer it is a tunnel like any other. No new row is made of
that, since it could only say what had been looked at.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from mitmproxy import connection

from addons.exchanges import Exchange
from addons.judging import Judging
from addons.snapshots import Parts
from policy.facts import RequestFacts, Who
from policy.presence import Presence
from policy.registers import Registers
from policy.words import Ended, Step

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_JUDGE_SECONDS = 10.0
# What a connection that is looked into has, once break-glass is open, to have its answer.
_LOOKED_INTO_SECONDS = 10.0
_IDLE_SECONDS = 1.0
# Judged without a pause; then others get a turn. A hundred take about two milliseconds.
_AT_ONCE = 100


class Carried(Protocol):
    """One client connection."""

    @property
    def client(self) -> connection.Client:
        """The client's side of it."""

    def drain(self, patience: float) -> None:
        """Tell the client that it ends, and end it once it has been idle for so many seconds."""

    def close(self) -> None:
        """End it now."""


@dataclass(frozen=True, slots=True, eq=False)
class _InForce:
    """What a judgement follows from, held so that nothing new can be taken for something that was let go."""

    ruleset: str
    registers: Registers
    presence: Presence
    break_glass: bool  # it ends by the clock, without anything else changing
    schedules: frozenset[str]  # whose windows are open: so do they

    def is_as(self, other: "_InForce") -> bool:
        """Whether nothing has changed but, perhaps, presence."""
        return self.registers is other.registers and (
            (self.ruleset, self.break_glass, self.schedules)
            == (other.ruleset, other.break_glass, other.schedules)
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    client: connection.Client
    exchange: Exchange
    step: Step


class Standing:
    """The tunnels and WebSockets of one worker, and requests that were made under break-glass."""

    def __init__(self, parts: Parts, judging: Judging) -> None:
        self._parts = parts
        self._judging = judging
        self._open: dict[int, _Open] = {}  # by the identity of the exchange
        self._ending: set[str] = set()  # connections, by their identifier

    def __len__(self) -> int:
        """How many stand."""
        return len(self._open)

    def begin(self, client: connection.Client, exchange: Exchange, step: Step) -> None:
        """It has been opened."""
        self._open[id(exchange)] = _Open(client, exchange, step)

    def end(self, exchange: Exchange) -> None:
        """It is over."""
        self._open.pop(id(exchange), None)

    def end_soon(self, client: connection.Client) -> None:
        """Nothing more may come by this connection than the page that it was opened for."""
        self._ending.add(client.id)

    async def watch(
        self, close: Callable[[connection.Client], None], carried: Callable[[], Iterable[Carried]]
    ) -> None:
        """
        Judge again, as long as the worker lives.

        `close` ends a client's connection; `carried` are all of the worker's.
        """
        loop = asyncio.get_running_loop()
        seen, judged = self._in_force(), loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = self._in_force()
            try:
                if not now.is_as(seen) or loop.time() - judged >= _JUDGE_SECONDS:
                    seen, judged = now, loop.time()
                    await self.judge_again(close)
                elif now.presence is not seen.presence:
                    seen = now
                    await self.judge_again(close, changed_people_only=True)
                self.stop_looking(carried)
                self.end_pages(carried)
            except Exception:
                # What stands goes on standing until the next look; a watch that ended would never look.
                logger.exception("what stands open could not be judged again")

    def _in_force(self) -> _InForce:
        parts, now = self._parts, self._parts.now()
        registers = parts.registers.registers
        return _InForce(
            parts.rulesets.ruleset.digest,
            registers,
            parts.presence.presence,
            registers.is_open(now),
            frozenset(name for name, times in parts.policy.schedules.items() if times.holds(now)),
        )

    def stop_looking(self, carried: Callable[[], Iterable[Carried]]) -> None:
        """While break-glass is open, close what is looked into; see the essay."""
        now, registers = self._parts.now(), self._parts.registers.registers
        if registers.break_glass is None or not registers.is_open(now):
            return
        last = (now - registers.break_glass.begins).total_seconds() >= _LOOKED_INTO_SECONDS
        for one in list(carried()):
            if not one.client.tls_established:
                continue
            if last:
                one.close()
            else:
                one.drain(_IDLE_SECONDS)

    def end_pages(self, carried: Callable[[], Iterable[Carried]]) -> None:
        """Tell those whose connection is to end soon that it does, and end it when they have their page."""
        if self._ending:
            ending, self._ending = self._ending, set()
            for one in list(carried()):
                if one.client.id in ending:
                    one.drain(_IDLE_SECONDS)

    async def judge_again(
        self, close: Callable[[connection.Client], None], *, changed_people_only: bool = False
    ) -> None:
        """
        Judge everything that stands, and close what would no longer be allowed.

        `changed_people_only` leaves out what is still asked for by the very same person in the same role.
        """
        for number, item in enumerate(list(self._open.values()), 1):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            exchange = item.exchange
            if exchange.over:
                continue
            now = self._parts.now()
            anew = self._anew(exchange, now)
            if changed_people_only and anew.who == exchange.facts.who:
                continue
            if exchange.break_glass and not self._parts.registers.registers.is_open(now):
                if item.step is Step.REQUEST and self._judging.judge(anew).allows:
                    continue
                exchange.ended = Ended.BREAK_GLASS_OVER
                close(item.client)
                continue
            draft = self._judging.judge(replace(anew, step=item.step))
            if not draft.allows:
                draft.facts = _as_begun(draft.facts, exchange.facts.who)
                self._judging.record_now(draft, final=False)
                exchange.ended = Ended.REFUSED
                close(item.client)

    def _anew(self, exchange: Exchange, now: datetime) -> RequestFacts:
        """What was asked for, as if it were asked for now, by whoever that is by now."""
        who = self._judging.introduce(exchange.claim, exchange.facts.who.client_ip, now)
        return replace(exchange.facts, at=now, who=who)


def _as_begun(facts: RequestFacts, asked: Who) -> RequestFacts:
    """With a name only if it is that of who `asked`, and could be kept when they did."""
    who = facts.who
    if asked.notified and (asked.organisation, asked.person) == (who.organisation, who.person):
        return facts
    return replace(facts, who=replace(who, notified=False))
