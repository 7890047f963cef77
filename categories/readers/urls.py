"""
URLs, one a line, with or without their scheme: `example.org/casino`, `https://example.org/a?b=c`.

Each is a PREFIX. A line without scheme and path is a HOST, so that a list may hold both.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, host_text, prefix_text
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_URL = re.compile(r"(?:(?:https?|wss?|ftp)://[^\s/]+\S*|[\w.-]+(?::[0-9]{1,5})?/\S*)", re.IGNORECASE)


class UrlsReader:
    """See the module."""

    name = "urls"
    plain: Plain = re.compile(PLAIN_NAME).fullmatch

    def read(self, line: str) -> Found:
        """The one entry of the line."""
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not text:
            return ()
        if any(character.isspace() for character in text):
            raise NotAnEntry("one URL a line is expected")
        if "/" in text:
            return [(EntryKind.PREFIX, prefix_text(text))]
        return [(EntryKind.HOST, host_text(text))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines with a scheme or a path."""
        return sum(_URL.fullmatch(line.strip()) is not None for line in lines)
