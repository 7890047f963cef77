"""An entry that is held back: the list takes effect without it until an administrator has looked."""

from dataclasses import dataclass

from categories.list_change import WithheldWhy
from policy.match import Match
from policy.words import EntryKind


@dataclass(frozen=True, slots=True)
class Held:
    """One entry, where it stands, and what was found against it."""

    list: str
    line: int  # the first, where the list has the entry more than once
    kind: EntryKind
    entry: str
    category: str
    why: WithheldWhy  # refused, quarantined or waiting
    host: str  # what it covers and should not; the suffix or the term itself where that is what is wrong
    because: str  # the rest of a sentence about the entry, for an administrator

    def __str__(self) -> str:
        return f"{self.list} line {self.line}: {self.entry}: {self.why}: {self.because}"

    @property
    def key(self) -> tuple[str, EntryKind, str]:
        """List, kind and entry: the same on whatever line a later text has it."""
        return self.list, self.kind, self.entry


def held(match: Match, why: WithheldWhy, host: str, because: str) -> Held:
    """The entry behind a match, held back."""
    return Held(match.list, match.line, match.kind, match.entry, match.category, why, host, because)
