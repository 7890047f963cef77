"""
Plain and wildcard domains, one a line: `bet.test`, `*.bet.test`, `.bet.test`, `192.0.2.7`.

All three spellings of a name are one HOST: lists that write `*.` mean the name itself too. A `*`
anywhere else makes a PATTERN. What follows a `#` is a comment.

Lists that people keep by hand mix the formats. So lines of a hosts file, blockers' rules and regular
expressions between slashes are read among the names as they are read in a list of their own.
"""

import re
from collections.abc import Sequence

from categories.readers.adblock import AdblockReader
from categories.readers.entry_text import NotAnEntry, host_text, network_text, regex_text, wildcard_text
from categories.readers.hosts import HostsReader, is_address
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_DOMAIN = re.compile(
    r"(?:\*?\.)?[\w*-]+(?:\.[\w*-]+)*\.?(?:\s+#.*|#(?![@?$%]*#).*)?|[0-9.]+/[0-9]{1,2}|\[?[0-9a-f:]*:[0-9a-f:./]*\]?",
    re.IGNORECASE,
)
_HIDING = re.compile(r"[^\s#]+#[@?$%]*#")  # `bet.test##.ad` tells a browser what to hide, and blocks nothing
_EXPRESSION = re.compile(r"/\S+/")
_MOST_MIXED_IN = 9  # lines of other formats for each name; with more it is a list of that format
_BLOCKERS = ("||", "@@", "|http", "[Adblock")
_OF_HOSTS = ("||", "@@||")


class DomainsReader:
    """See the module."""

    name = "domains"
    plain: Plain = re.compile(rf"(?:\*?\.)?{PLAIN_NAME}").fullmatch
    exception_marks = AdblockReader.exception_marks

    def __init__(self) -> None:
        self._rules = AdblockReader()
        self._hosts = HostsReader()

    def read(self, line: str) -> Found:
        """The one entry of the line; all of them, in the line of a hosts file."""
        text = line.strip()
        if text.startswith(_BLOCKERS) or _HIDING.match(text):
            return self._rules.read(text)
        if _EXPRESSION.fullmatch(text):
            return [(EntryKind.PATTERN, regex_text(text[1:-1]))]
        text = re.sub(r"#.*|(?:^|\s)[!;].*", "", text).strip()
        if not text:
            return ()
        first, *more = text.split()
        if more and is_address(first):
            return self._hosts.read(text)
        if more:
            raise NotAnEntry("one domain a line is expected")
        if "/" in text:
            return [(EntryKind.ADDRESS, network_text(text))]
        name = text.removeprefix("*.").removeprefix(".")
        if "*" in name:
            return [(EntryKind.PATTERN, wildcard_text(text))]
        return [(EntryKind.HOST, host_text(name, suffix=name != text))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that are one name or address, and those that may stand among them."""
        names = sum(_DOMAIN.fullmatch(line.strip()) is not None for line in lines)
        mixed_in = HostsReader.recognise(lines)
        # In a list for browsers, what looks like a name is a piece of a URL.
        if not any(_HIDING.match(line) for line in lines):
            mixed_in += sum(line.startswith(_OF_HOSTS) for line in lines)
        return names + min(mixed_in, _MOST_MIXED_IN * names)
