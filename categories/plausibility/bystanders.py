"""
Entries that go out with another, since they stand on its line.

Lines are left out whole: a line is what has a number, and what a Ruleset's digest is made of. A hosts file
may have five hundred names on one. Whoever writes one name that is held back on every line would have the
whole list left out, for one entry that somebody is asked about. So what goes with it is counted, told and
bounded (`size.py`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from categories.entries import Entry
from categories.library import SourceList
from categories.plausibility.held import Held
from categories.readers import read_blocks
from policy.words import EntryKind


class LeftOut(NamedTuple):
    """How many of a list's entries are on lines that are left out."""

    alone: int = 0  # on a line of their own
    together: int = 0  # on one with others


def left_out(source: SourceList) -> LeftOut:
    """Of this list. It is read for that, if any line is left out."""
    if not source.left_out:
        return LeftOut()
    counts = [len(entries) for line, entries in _lines(source) if line in source.left_out]
    return LeftOut(counts.count(1), sum(count for count in counts if count > 1))


def with_bystanders_told(held: Iterable[Held], sources: Iterable[SourceList]) -> tuple[Held, ...]:
    """The same, each with how many others of its list go out with it."""
    held = tuple(held)
    lists = {each.list for each in held}
    others: Counter[tuple[str, EntryKind, str]] = Counter()
    for source in sources:
        if source.name in lists:
            wanted = {each.key for each in held if each.list == source.name}
            others.update(_others(source, wanted))
    return tuple(
        replace(each, because=f"{each.because}; {count:,} others stay out with it, on the same lines")
        if (count := others[each.key])
        else each
        for each in held
    )


def _others(
    source: SourceList, wanted: Collection[tuple[str, EntryKind, str]]
) -> Counter[tuple[str, EntryKind, str]]:
    found: Counter[tuple[str, EntryKind, str]] = Counter()
    for _, entries in _lines(source):
        if len(entries) > 1:
            for each in entries:
                if (key := (source.name, each.kind, each.text)) in wanted:
                    found[key] += len(entries) - 1
    return found


def _lines(source: SourceList) -> Iterator[tuple[int, list[Entry]]]:
    """The number of each line that has entries, and these."""
    for line, entries in groupby(read_blocks(source.blocks(), source.name).entries, lambda entry: entry.line):
        yield line, list(entries)
