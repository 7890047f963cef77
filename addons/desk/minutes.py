"""
The minutes of personal use that each person has had today: an estimate, kept in memory alone.

A minute in which somebody visited at least one page of the allowance's categories counts as one, however many
pages it had. There is no list of the pages, the times or yesterday. A desk that begins takes over what
the one before it wrote for the workers, so that a reload gives nobody their minutes anew.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from policy.people import PersonKey
from policy.presence import Presence

MOST_PEOPLE = 100_000


class Minutes:
    """`day_of` says which day's minutes an instant counts for (`Policy.allowance_day`)."""

    def __init__(self, day_of: Callable[[datetime], str], before: Presence) -> None:
        self._day_of = day_of
        self._used: dict[PersonKey, int] = dict(before.used)
        self._last: dict[PersonKey, int] = {}  # the minute that counted last
        self.day = before.allowance_day

    def note(self, person: PersonKey, at: datetime) -> bool:
        """A visit of this person; whether it made a difference."""
        self.turn(at)
        minute = int(at.timestamp()) // 60
        if self._last.get(person) == minute or (person not in self._used and len(self._used) >= MOST_PEOPLE):
            return False
        self._last[person] = minute
        self._used[person] = self._used.get(person, 0) + 1
        return True

    def turn(self, at: datetime) -> bool:
        """Whether another day has begun, for which nobody has used anything."""
        day = self._day_of(at)
        if day == self.day:
            return False
        over = bool(self._used)
        self.day = day
        self._used.clear()
        self._last.clear()
        return over

    @property
    def used(self) -> Mapping[PersonKey, int]:
        """Today's, by person, as they are now."""
        return dict(self._used)
