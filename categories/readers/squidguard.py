"""
A SquidGuard folder, the layout of the UT1 lists: files `domains`, `urls` and `expressions`.

The folder becomes the one text of a list (`categories/packed/squidguard.py`), in which each file stands
under a line that names it.

`domains` are HOSTs, `urls` PREFIXes, `expressions` regular expressions that are searched without regard
to case. They are POSIX extended ones; what RE2 does not take (back references) is a bad line.
"""

from collections.abc import Callable, Sequence

from categories.packed.marks import SQUIDGUARD
from categories.readers.domains import DomainsReader
from categories.readers.entry_text import prefix_text, regex_text
from categories.readers.reader import NO_LINE, Found, Plain
from policy.words import EntryKind


class SquidguardReader:
    """See the module."""

    name = "squidguard"

    def __init__(self) -> None:
        self.plain: Plain = NO_LINE
        self._read: Callable[[str], Found] = _url

    def read(self, line: str) -> Found:
        """The one entry of the line, by the file it is from."""
        if line.startswith(SQUIDGUARD):
            self._begin(line.removeprefix(SQUIDGUARD).strip())
            return ()
        text = line.strip()
        return self._read(text) if text and not text.startswith("#") else ()

    def _begin(self, file: str) -> None:
        match file:
            case "domains":
                domains = DomainsReader()
                self.plain, self._read = domains.plain, domains.read
            case "urls":
                self.plain, self._read = NO_LINE, _url
            case _:
                self.plain, self._read = NO_LINE, _expression

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """All of them, where the first is a mark."""
        return len(lines) if lines and lines[0].startswith(SQUIDGUARD) else 0


def _url(text: str) -> Found:
    return [(EntryKind.PREFIX, prefix_text(text))]


def _expression(text: str) -> Found:
    return [(EntryKind.PATTERN, regex_text(text))]
