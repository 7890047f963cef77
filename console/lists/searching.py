"""
`lists search` without its terminal: what the Ruleset in force has, and since when, by the history.

The Ruleset answers at once. Since when an entry has been there is looked for in the texts that were in force
before, newest list first, until the time given to it is over; what is not known by then is said to be older
than it is known to be.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from categories.manifest import ListInfo
from categories.ruleset import Ruleset
from categories.search.hosts import Hit, look_up
from categories.search.since import Since, Version, since
from categories.search.term import HostTerm, TextTerm
from categories.search.texts import Line, holds, occurrences

type TextOf = Callable[[str, str], Iterable[bytes] | None]
"""The text of a list by its name and sha256, block by block; None where it is no longer kept."""


_THREADS = 2  # unpacking lets go of the interpreter's lock; more are rarely free


class Past(Protocol):
    """A Ruleset that was put in force, as `db/ruleset_history.py` has it; without the database's driver."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def lists(self) -> tuple[Mapping[str, Any], ...]:
        """A `ListInfo` each, as plain JSON."""
        ...


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that covers what was asked for, and since when its list has had it."""

    hit: Hit
    since: Since | None  # None where no history tells


@dataclass(frozen=True, slots=True)
class FoundHost:
    """What the Ruleset in force has for a host or URL."""

    covering: tuple[FoundEntry, ...]
    below: tuple[Hit, ...]
    below_count: int
    counted_all: bool


@dataclass(frozen=True, slots=True)
class FoundText:
    """Where one list in force has a piece of text."""

    list: str
    category: str
    count: int
    lines: tuple[Line, ...]


def search_host(
    ruleset: Ruleset,
    term: HostTerm,
    history: Sequence[Past],
    text_of: TextOf,
    *,
    most: int,
    seconds: float,
) -> FoundHost:
    """
    What covers a host or URL and what is below it; `history` newest first.

    Of the time that is left of `seconds` the texts of the past are looked through.
    """
    out_of_time = partial(_is_over, time.monotonic() + seconds)
    answer = look_up(ruleset, term, most)
    covering = tuple(FoundEntry(hit, _since(hit, history, text_of, out_of_time)) for hit in answer.covering)
    return FoundHost(covering, answer.below, answer.below_count, answer.counted_all)


def search_text(
    lists: Iterable[ListInfo], term: TextTerm, text_of: TextOf, *, most: int
) -> tuple[FoundText, ...]:
    """The lists that have this text, the one that has it most often first, with up to `most` lines in all."""

    def look(info: ListInfo) -> FoundText | None:
        blocks = text_of(info.name, info.sha256)
        there = None if blocks is None else occurrences(blocks, term.text, most)
        return (
            FoundText(info.name, info.category, there.count, there.lines) if there and there.count else None
        )

    with ThreadPoolExecutor(_THREADS) as threads:
        found = [each for each in threads.map(look, lists) if each is not None]
    shown = 0
    for number, each in enumerate(found):
        found[number] = replace(each, lines=each.lines[: most - shown])
        shown += len(found[number].lines)
    return tuple(sorted(found, key=lambda each: (-each.count, each.list)))


def versions_of(name: str, history: Sequence[Past]) -> tuple[list[Version], bool]:
    """
    The texts of a list since it was last taken in, oldest first, and whether they are all there were.

    The same text with other lines left out is another version of it. They are not all where the history
    begins with the list in force already. `history` is newest first.
    """
    versions: list[Version] = []
    for past in history:
        info = next((one for one in past.lists if one["name"] == name), None)
        if info is None:
            return versions[::-1], True
        version = Version(past.at, info["sha256"], frozenset(info.get("left_out", ())))
        if versions and replace(versions[-1], at=past.at) == version:
            versions[-1] = version
        else:
            versions.append(version)
    return versions[::-1], False


def _since(
    hit: Hit, history: Sequence[Past], text_of: TextOf, out_of_time: Callable[[], bool]
) -> Since | None:
    def has(version: Version) -> bool | None:
        blocks = text_of(hit.list, version.sha256)
        return None if blocks is None else holds(blocks, hit.kind, hit.entry, version.left_out)

    versions, complete = versions_of(hit.list, history)
    return since(versions, has, complete=complete, out_of_time=out_of_time)


def _is_over(end: float) -> bool:
    return time.monotonic() > end
