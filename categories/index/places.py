"""
Where an entry stands: one integer for a list and a line.

The lines of all lists are numbered through, list after list, so that four bytes in a mapped column say
where an entry stands, whatever the number of lists, and the order of places is that of lists and lines.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from policy.words import EntryKind, FoundBy


class Placed(NamedTuple):
    """An entry and its place."""

    place: int
    kind: EntryKind
    text: str


class Found(NamedTuple):
    """An entry that covers a host or URL, and what found it."""

    place: int
    kind: EntryKind
    text: str
    found_by: FoundBy
    hit: str = ""  # what of the request it hit, where the text does not say it


class Places:
    """Takes places apart and puts them together, for lists of these numbers of lines."""

    def __init__(self, lines: Sequence[int]) -> None:
        # One more than its lines: line 0 is that of an entry without a line.
        self._starts = list(accumulate((count + 1 for count in lines), initial=0))

    @property
    def count(self) -> int:
        """How many places there are."""
        return self._starts[-1]

    def place(self, index: int, line: int) -> int:
        """The place of a line (from 1) of the list at this position."""
        return self._starts[index] + line

    def list_of(self, place: int) -> int:
        """The position of the list."""
        return bisect_right(self._starts, place) - 1

    def where(self, place: int) -> tuple[int, int]:
        """The position of the list, and the line."""
        index = self.list_of(place)
        return index, place - self._starts[index]
