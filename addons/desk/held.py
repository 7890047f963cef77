"""
The desk as our pages ask it: its word is in force in every worker when it is passed on.

Whoever acknowledged, signed in or stated a purpose clicks on at once, and any worker may get that click. So
this worker looks at presence at once, and what was answered is held back until the others have looked.
"""

import asyncio
from collections.abc import Awaitable, Callable

from addons.desk.protocol import Answer, Question, changed_presence
from addons.snapshots import Desk, PresenceInForce

# Longer than any worker takes to look at presence again.
HELD_SECONDS = 0.4


class HeldDesk:
    """Asks `desk`; `presence` is this worker's view of what it keeps."""

    def __init__(
        self,
        desk: Desk,
        presence: PresenceInForce,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._desk = desk
        self._presence = presence
        self._pause = pause

    async def ask(self, question: Question) -> Answer:
        """As `Desk.ask`."""
        answer = await self._desk.ask(question)
        if changed_presence(question, answer):
            await asyncio.to_thread(self._presence.refresh)
            await self._pause(HELD_SECONDS)
        return answer
