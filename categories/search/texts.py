"""
Looking through the texts of lists: which lines have a piece of text, and whether one has an entry.

A compiled Ruleset answers about hosts. What else somebody looks for (`casino`, `*.bet`, a word of a comment)
may stand anywhere in any line, and seventy megabytes of lines are looked through by `bytes.find` in less
time than an index over all of their pieces would take to open. So counting is done on whole blocks, and only
the few lines that are shown are cut out.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from policy.text import storable
from policy.words import EntryKind

_SHOWN = 200  # characters of a line
# A line that says something about a list, or that takes an entry away.
_NO_ENTRY = re.compile(r"\s*(?:[#!;\[]|@@|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list's text."""

    number: int  # from 1
    text: str  # fit to be shown


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where a piece of text stands in one list."""

    count: int  # how often, comments included
    lines: tuple[Line, ...]  # the first with it that are no comments


def occurrences(blocks: Iterable[bytes], text: str, most: int) -> Occurrences:
    """How often `text`, in small letters, stands in a list's text, and the first `most` lines with it."""
    wanted = text.encode("utf-8", "replace")
    count, before = 0, 0
    found: list[Line] = []
    for block in _whole_lines(blocks):
        lower = block.lower()
        count += lower.count(wanted)
        at = lower.find(wanted)
        while at >= 0 and len(found) < most:
            start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
            line = block[start:end].decode("utf-8", "replace")
            if not _NO_ENTRY.match(line):
                number = before + block.count(b"\n", 0, start) + 1
                found.append(Line(number, storable(line.strip(), _SHOWN)))
            at = lower.find(wanted, end)
        before += block.count(b"\n")
    return Occurrences(count, tuple(found))


def holds(
    blocks: Iterable[bytes], kind: EntryKind, entry: str, left_out: Collection[int] = frozenset()
) -> bool:
    """
    Whether a list's text has a line with this entry, which is spelt as `categories/entries.py` says.

    Lines that were `left_out` do not count.

    Lines are not read anew but compared as text, with nothing beside it that would make it another entry. So
    one that a list spells in a way of its own (`example.org/%63asino`) counts as not there.
    """
    spelt = {_words_of(kind, entry)} | ({_in_its_script(entry)} if kind is EntryKind.HOST else set())
    wanted = [(text.encode("utf-8", "replace"), _line_with(kind, text)) for text in spelt]
    before = 0
    for block in _whole_lines(blocks):
        lower = block.lower()
        for text, line in wanted:
            for at in _positions(lower, text):
                start = lower.rfind(b"\n", 0, at) + 1
                if line.search(lower[start : lower.index(b"\n", at)]) and (
                    not left_out or before + lower.count(b"\n", 0, start) + 1 not in left_out
                ):
                    return True
        before += block.count(b"\n")
    return False


def _positions(block: bytes, text: bytes) -> Iterator[int]:
    at = block.find(text)
    while at >= 0:
        yield at
        at = block.find(text, at + 1)


def _words_of(kind: EntryKind, entry: str) -> str:
    """What of an entry stands in its line whatever the list's format is."""
    if kind is EntryKind.PATH or (kind is EntryKind.PATTERN and entry.startswith("/")):
        return entry.strip("/")  # a squidGuard folder has its expressions without them
    return entry


def _in_its_script(host: str) -> str:
    """The host in its own letters: `bücher.test` for `xn--bcher-kva.test`."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def _line_with(kind: EntryKind, text: str) -> re.Pattern[bytes]:
    wanted = re.escape(text.encode("utf-8", "replace"))
    match kind:
        case EntryKind.HOST:
            # No label before or behind, and no path, but for `address=/bet.test/`.
            alone = rb"(?<![a-z0-9_-])(?<![a-z0-9_-]\.)" + wanted + rb"(?!\.?[a-z0-9_/-])"
            return re.compile(alone + rb"|(?<!/)/(?:\*?\.)?" + wanted + rb"/")
        case EntryKind.PREFIX:
            before = rb"(?<![a-z0-9_-])(?:www\.)?(?<![^w]\.)"
            return re.compile(before + wanted + rb"/?(?=$|[\s^$|,\"'*#])")
        case EntryKind.PATTERN:
            return re.compile(wanted)
    return re.compile(rb"(?<![a-z0-9])" + wanted + rb"(?![a-z0-9])")


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in blocks that end with a line."""
    rest = b""
    for block in blocks:
        whole, end, rest = (rest + block).rpartition(b"\n")
        if end:
            yield whole + end
    if rest:
        yield rest + b"\n"
