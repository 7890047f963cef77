"""
What differs between two Rulesets, entry by entry: which entries of which lists came and went.

Of a list whose text and lines left out are the same nothing is read. Of another both texts are read through,
the earlier one twice, and what is held in memory is a number for each entry: 64 bits of its hash. That two of
four million entries share one, and a difference goes uncounted, happens once in a million comparisons.
Entries of confidential lists are counted and never shown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from categories.manifest import ListInfo
from categories.readers import read_blocks
from categories.readers.blocks import Blocks
from categories.readers.confidential import ConfidentialReader
from policy.words import EntryKind

type TextOf = Callable[[str, str], Blocks | None]
"""The text of a list by its name and sha256, None where it is not kept any more."""


@dataclass(frozen=True, slots=True)
class ListDifference:
    """What differs of one list; the counts are None where one of its texts is not kept any more."""

    name: str
    category: str  # now, or then where it is gone
    before: str | None  # sha256 of its text; None where it had no part
    after: str | None
    added: int | None
    removed: int | None
    first_added: tuple[str, ...] = ()
    first_removed: tuple[str, ...] = ()
    confidential: bool = False


def differences(
    before: Iterable[ListInfo],
    after: Iterable[ListInfo],
    text_of: TextOf,
    *,
    shown: int | None,
    on_list: Callable[[str], object] = lambda name: None,
) -> Iterator[ListDifference]:
    """
    Each list that differs, by name, with its first `shown` entries that came and went; None for all of them.

    `on_list` is told the name of each list that is about to be read.
    """
    old, new = ({info.name: info for info in infos} for infos in (before, after))
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is not None and now is not None and _same(was, now):
            continue
        on_list(name)
        yield _difference(name, was, now, text_of, shown)


def _same(was: ListInfo, now: ListInfo) -> bool:
    return (was.sha256, was.category, set(was.left_out)) == (now.sha256, now.category, set(now.left_out))


def _difference(
    name: str, was: ListInfo | None, now: ListInfo | None, text_of: TextOf, shown: int | None
) -> ListDifference:
    infos = [info for info in (now, was) if info is not None]
    confidential = any(info.format == ConfidentialReader.name for info in infos)
    texts = {info.sha256: text_of(name, info.sha256) for info in infos}
    told = ListDifference(
        name=name,
        category=infos[0].category,
        before=was.sha256 if was else None,
        after=now.sha256 if now else None,
        added=None,
        removed=None,
        confidential=confidential,
    )
    if None in texts.values():
        return told
    old, new = _Part(was, texts), _Part(now, texts)
    numbers = set(map(hash, old.entries()))
    came, kept = _Tally(0 if confidential else shown), set[int]()
    for entry in new.entries():
        number = hash(entry)
        if number not in numbers and number not in kept:
            came.count(entry)
        kept.add(number)
    gone, seen = _Tally(0 if confidential else shown), set[int]()
    for entry in old.entries():
        number = hash(entry)
        if number not in kept and number not in seen:
            gone.count(entry)
            seen.add(number)
    return replace(
        told,
        added=came.number,
        removed=gone.number,
        first_added=tuple(came.first),
        first_removed=tuple(gone.first),
    )


class _Part:
    """One list's part in a Ruleset."""

    def __init__(self, info: ListInfo | None, texts: dict[str, Blocks | None]) -> None:
        self._info = info
        self._text = texts[info.sha256] if info is not None else None
        self._left_out = frozenset(info.left_out) if info is not None else frozenset()

    def entries(self) -> Iterator[tuple[EntryKind, str]]:
        """Kind and text of each that is in force."""
        if self._info is None or self._text is None:
            return
        for kind, text, line in read_blocks(self._text, self._info.name).entries:
            if line not in self._left_out:
                yield kind, text


class _Tally:
    def __init__(self, most: int | None) -> None:
        self.number = 0
        self.first: list[str] = []
        self._most = most

    def count(self, entry: tuple[EntryKind, str]) -> None:
        self.number += 1
        if self._most is None or len(self.first) < self._most:
            self.first.append(entry[1] if entry[0] is EntryKind.HOST else f"{entry[0]}:{entry[1]}")
