"""
The text that is kept of a confidential list: keyed digests in place of entries (`categories/confidential/`).

    # sluicegate-confidential: 1 key=0123456789abcdef host:8a1c…
    host:77f0…
    !
    prefix:51d2…/c9e4…

A line has the digests of what stood in that line of the list, none where it was a comment or blank; `!`
stands for a line that could not be read. The first line also says what the text is, and whose digests. It
is never written by a person: only `lists import --confidential` makes it.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry
from categories.readers.reader import NO_LINE, Found, Plain
from policy.words import EntryKind

MARK = "# sluicegate-confidential: 1 key="
BAD_LINE = "!"
ENTRY = "confidential:"
"""Begins the text of every confidential entry; what follows is its digest."""

_FIRST = re.compile(rf"{re.escape(MARK)}([0-9a-f]{{16}})(?: |$)")
_WORD = re.compile(r"(host):([0-9a-f]{32})|(prefix):([0-9a-f]{16}/[0-9a-f]{32})")


class ConfidentialReader:
    """See the module."""

    name = "confidential"
    plain: Plain = NO_LINE

    def read(self, line: str) -> Found:
        """The digests of the line."""
        line = _FIRST.sub("", line)
        if line == BAD_LINE:
            raise NotAnEntry("it could not be read when the list was imported")
        found = []
        for word in line.split():
            known = _WORD.fullmatch(word)
            if known is None:
                raise NotAnEntry("it is no digest")
            kind = EntryKind.HOST if known[1] else EntryKind.PREFIX
            found.append((kind, ENTRY + (known[2] or known[4])))
        return found

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """All of them, where the first is the mark."""
        return len(lines) if lines and _FIRST.match(lines[0]) else 0


def key_of(first_block: bytes) -> str:
    """The name of the key whose digests a text has, from its beginning. Raises `ValueError`."""
    found = _FIRST.match(first_block[:200].decode("ascii", "replace").replace("\n", " "))
    if found is None:
        raise ValueError("not the text of a confidential list")
    return found[1]
