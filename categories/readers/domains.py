"""
Plain and wildcard domains, one a line: `bet.test`, `*.bet.test`, `.bet.test`, `192.0.2.7`.

All three spellings of a name are one HOST: lists that write `*.` mean the name itself too. A `*`
anywhere else makes a PATTERN. What follows white space and `#` is a comment.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, host_text, network_text, wildcard_text
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_DOMAIN = re.compile(
    r"(?:\*?\.)?[\w*-]+(?:\.[\w*-]+)*\.?(?:\s+#.*)?|[0-9.]+/[0-9]{1,2}|\[?[0-9a-f:]*:[0-9a-f:./]*\]?",
    re.IGNORECASE,
)


class DomainsReader:
    """See the module."""

    name = "domains"
    plain: Plain = re.compile(rf"(?:\*?\.)?{PLAIN_NAME}").fullmatch

    def read(self, line: str) -> Found:
        """The one entry of the line."""
        text = re.sub(r"(?:^|\s)[#!;].*", "", line).strip()
        if not text:
            return ()
        if any(character.isspace() for character in text):
            raise NotAnEntry("one domain a line is expected")
        if "/" in text:
            return [(EntryKind.ADDRESS, network_text(text))]
        name = text.removeprefix("*.").removeprefix(".")
        if "*" in name:
            return [(EntryKind.PATTERN, wildcard_text(text))]
        return [(EntryKind.HOST, host_text(name, suffix=name != text))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that are one name or address."""
        return sum(_DOMAIN.fullmatch(line.strip()) is not None for line in lines)
