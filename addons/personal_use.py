"""
Tells the desk, once a minute, that a person visits what the personal-use allowance opens.

The desk adds up what all workers say. While it cannot be reached nothing is added: the count is an estimate,
said to be one wherever it is shown, and nobody is refused over a minute that might have been.
"""

import asyncio
from datetime import datetime

from addons.desk.protocol import Away, UsedMinute
from addons.snapshots import Desk
from policy.facts import Who
from policy.people import PersonKey


class PersonalUse:
    """What one worker has told."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minute = 0
        self._told: set[PersonKey] = set()  # in that minute: no more people than ask in one
        self._telling: set[asyncio.Task[None]] = set()  # the loop itself holds no task

    def note(self, who: Who, at: datetime) -> None:
        """A visit; returns at once."""
        if who.person is None:
            return
        minute = int(at.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._told = minute, set()
        person = who.organisation or "", who.person
        if person not in self._told:
            self._told.add(person)
            task = asyncio.get_running_loop().create_task(self._tell(person, self._told))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, person: PersonKey, told: set[PersonKey]) -> None:
        if isinstance(await self._desk.ask(UsedMinute(*person)), Away):
            told.discard(person)  # the next visit says it again
