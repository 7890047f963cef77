"""
Sluicegate's own format, described in `docs/lists-formats.md`: every kind of entry in one file.

    # sluicegate-list: 1
    example.org                 host and its subdomains
    example.org/path            URL prefix
    *://*.example.*/bet*        wildcard
    /casino[0-9]+\\.example/     regular expression
    path:/casino/  file:*.msi  keyword:online-casino  address:192.0.2.0/24     (one a line)
    search:fake number plates   words typed into a search engine
"""

import re
from collections.abc import Callable, Sequence

from categories.readers.entry_text import (
    NotAnEntry,
    file_name_text,
    host_text,
    keyword_text,
    network_text,
    path_text,
    prefix_text,
    regex_text,
    search_term_text,
    wildcard_text,
)
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

MARK = "# sluicegate-list: 1"

_WORDS: dict[str, tuple[EntryKind, Callable[[str], str]]] = {
    "path": (EntryKind.PATH, path_text),
    "file": (EntryKind.FILE_NAME, file_name_text),
    "keyword": (EntryKind.KEYWORD, keyword_text),
    "address": (EntryKind.ADDRESS, network_text),
    "search": (EntryKind.SEARCH_TERM, search_term_text),
}


class NativeReader:
    """See the module."""

    name = "sluicegate"
    plain: Plain = re.compile(PLAIN_NAME).fullmatch

    def read(self, line: str) -> Found:
        """The one entry of the line."""
        text = line.strip()
        if len(text) > 2 and text.startswith("/") and text.endswith("/"):
            return [(EntryKind.PATTERN, regex_text(text[1:-1]))]
        text = re.sub(r"(?:^|\s)#.*", "", text).strip()
        if not text:
            return ()
        word, colon, rest = text.partition(":")
        if colon and word in _WORDS:
            kind, text_of = _WORDS[word]
            return [(kind, text_of(rest.strip()))]
        if any(character.isspace() for character in text):
            raise NotAnEntry("one entry a line is expected")
        if text.startswith("*.") and not set("*/") & set(text[2:]):
            return [(EntryKind.HOST, host_text(text[2:], suffix=True))]
        if "*" in text:
            return [(EntryKind.PATTERN, wildcard_text(text))]
        if "/" in text:
            return [(EntryKind.PREFIX, prefix_text(text))]
        return [(EntryKind.HOST, host_text(text))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """All of them, where the first is the mark."""
        return len(lines) if lines and lines[0].strip() == MARK else 0
