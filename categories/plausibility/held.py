"""An entry that is held back: the list takes effect without it until an administrator has looked."""

from dataclasses import dataclass

from categories.check import Conflict
from categories.list_change import WithheldWhy
from categories.readers.confidential import ENTRY
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
    host: (
        str  # what it covers and should not; the suffix or the term itself where that is what is wrong; or ""
    )
    because: str  # the rest of a sentence about the entry, for an administrator

    def __str__(self) -> str:
        return f"{self.list} line {self.line}: {self.entry}: {self.why}: {self.because}"

    @property
    def key(self) -> tuple[str, EntryKind, str]:
        """List, kind and entry: the same on whatever line a later text has it."""
        return self.list, self.kind, self.entry


def held(found: Match | Conflict, why: WithheldWhy, host: str, because: str) -> Held:
    """The entry behind a match or a conflict, held back; of a confidential one only where it is is told."""
    if found.entry.startswith(ENTRY):
        host, because = "", "what it covers is confidential, as all of its list; ask whoever keeps it"
    return Held(found.list, found.line, found.kind, found.entry, found.category, why, host, because)
