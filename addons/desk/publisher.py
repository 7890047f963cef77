"""
Keeps the workers' snapshot of presence as the database has it.

Whoever has changed something waits until a snapshot that was begun after their commit is in its place;
those who come while one is being written share the next. What another gateway changed is seen by the
database's marker, which is looked at every second; and what another desk of this gateway put in its place (at
a hand-over, the one that ends may be the last to write) by the marker in the file.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from addons.desk.lane import Lane
from addons.desk.minutes import Minutes
from addons.desk.presence_file import version_in, write_presence
from policy.people import PersonKey
from policy.presence import Presence

# An estimate in minutes need not be written for every one of them.
MINUTES_EVERY = timedelta(seconds=10)


class Presences(Protocol):
    """Where presence is kept (`db.presence.PresenceStore`)."""

    def load(self) -> tuple[Presence, str]:
        """What is in force, and the marker of that state. Raises `DatabaseAway`."""

    def version(self) -> str:
        """The marker. Raises `DatabaseAway`."""


class Publisher:
    """Writes the snapshot at `path`. `lane` is its own."""

    def __init__(
        self, presences: Presences, path: Path, minutes: Minutes, lane: Lane, now: Callable[[], datetime]
    ) -> None:
        self._presences = presences
        self._path = path
        self._minutes = minutes
        self._lane = lane
        self._now = now
        self._lock = asyncio.Lock()
        self._asked = 0
        self._covered = 0  # the last who asked before the snapshot in place was begun
        self._wrote = False  # what lies there at first may be another release's
        self._minutes_due: datetime | None = None

    async def publish(self) -> None:
        """Return when a snapshot begun after this call is in place. Raises what kept it from that."""
        self._asked += 1
        mine = self._asked
        async with self._lock:
            if self._covered >= mine:
                return
            covers = self._asked
            used, day = self._minutes.used, self._minutes.day
            await self._lane.run(self._write, used, day)
            self._covered = covers

    async def look(self) -> None:
        """Publish where the database, or the minutes, have changed. Raises what kept it from that."""
        now = self._now()
        over = self._minutes.turn(now)
        # What is further off than it can be was reckoned by a clock that has been set back since.
        due = self._minutes_due is not None and not now < self._minutes_due <= now + MINUTES_EVERY
        if over or due or not await self._lane.run(self._is_in_place):
            self._minutes_due = None
            await self.publish()

    def count(self, person: PersonKey) -> None:
        """A visit under the allowance; workers see it when enough may have come together."""
        if self._minutes.note(person, self._now()) and self._minutes_due is None:
            self._minutes_due = self._now() + MINUTES_EVERY

    def _is_in_place(self) -> bool:
        return self._wrote and version_in(self._path) == self._presences.version()

    def _write(self, used: Mapping[PersonKey, int], day: str) -> None:
        presence, version = self._presences.load()
        write_presence(self._path, replace(presence, used=used, allowance_day=day), version)
        self._wrote = True
