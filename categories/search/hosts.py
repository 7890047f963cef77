"""
Which entries cover a host or URL, and which lie below it, straight from the Ruleset in force.

Both are questions of the host index: what covers a host are the keys that its own begins with, what lies
below it the keys that begin with its own. The first are a handful. The second may be a million (`co.uk`),
so they are counted up to `MOST_COUNTED`, and the nearest of those kept.
"""

from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from categories.index.places import Found
from categories.ruleset import Ruleset
from categories.search.term import HostTerm
from policy.words import EntryKind, FoundBy

MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, and where it stands."""

    list: str
    category: str
    line: int
    kind: EntryKind
    entry: str


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """What the Ruleset in force has for a host or URL."""

    covering: tuple[Hit, ...]  # the host itself, its parents, patterns: everything that hits it
    below: tuple[Hit, ...]  # the nearest of what covers less
    below_count: int
    counted_all: bool  # or there are more than `below_count`


def look_up(ruleset: Ruleset, term: HostTerm, most: int) -> HostAnswer:
    """What covers this host or URL, and up to `most` of what is below it."""
    counted = list(islice(ruleset.entries_below(term.host, term.target), MOST_COUNTED + 1))
    nearest = nsmallest(most, counted, key=_distance)
    return HostAnswer(
        covering=tuple(
            Hit(match.list, match.category, match.line, match.kind, match.entry)
            for match in ruleset.matches(term.host, term.target)
            # Not a host inside the URL, and nothing that is confidential.
            if match.name == term.host and match.found_by is not FoundBy.CONFIDENTIAL
        ),
        below=tuple(_hit(ruleset, found) for found in nearest),
        below_count=min(len(counted), MOST_COUNTED),
        counted_all=len(counted) <= MOST_COUNTED,
    )


def _distance(found: Found) -> tuple[int, str, int]:
    """Fewest labels and segments first, then by name, then by list and line."""
    return found.text.count(".") + found.text.count("/"), found.text, found.place


def _hit(ruleset: Ruleset, found: Found) -> Hit:
    info, line = ruleset.where(found.place)
    return Hit(info.name, info.category, line, found.kind, found.text)
