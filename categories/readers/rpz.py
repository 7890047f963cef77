"""
Response Policy Zones: zone files whose names are what to answer differently (`bet.test CNAME .`).

The Internet-Draft draft-vixie-dnsop-dns-rpz is what servers follow. Of its triggers we read names; those
about answers, clients and servers (`rpz-ip`, `rpz-client-ip`, `rpz-nsdname`, `rpz-nsip`) are for resolvers
and not applicable. Of its actions `CNAME .`, `CNAME *.`, `CNAME rpz-drop.` and addresses that lead nowhere
are entries, `CNAME rpz-passthru.` is an exception (`exceptions.py`), and answers of one's own (a safe
search, a page that explains) block nothing and are not applicable.

A zone has `bet.test` and `*.bet.test` on two lines, since the one is the name alone and the other what
is below it. Here each is the HOST, which is both, so that the second of the two says nothing new.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable, Repeated, host_text, wildcard_text
from categories.readers.exceptions import ExceptionRule, Exempted
from categories.readers.hosts import is_address, leads_nowhere
from categories.readers.reader import NO_LINE, Found, Plain
from policy.words import EntryKind

_RECORD = re.compile(
    r"(\S+)(?:[ \t]+(?:[0-9][0-9smhdw]*|in))*[ \t]+([a-z]+[0-9]*)[ \t]+(\S.*)", re.IGNORECASE
)
_ZONE_LINE = re.compile(
    r"\$(?:TTL|ORIGIN)\s.*|[\w.*@-]*(?:[ \t]+(?:[0-9][0-9smhdw]*|in))*[ \t]+"
    r"(?:(?:cname|ns)[ \t]+\S+|soa[ \t].*|a(?:aaa)?[ \t]+[0-9a-f.:]+)\s*(?:;.*)?",
    re.IGNORECASE,
)
_SOA = re.compile(r"\S*(?:[ \t]+(?:[0-9][0-9smhdw]*|in))*[ \t]+soa[ \t]", re.IGNORECASE)
_QUICK = re.compile(r"\S+ (?:IN )?CNAME \.")
_TRIGGERS = re.compile(r"(?:.*\.)?rpz-(?:ip|client-ip|nsdname|nsip)", re.IGNORECASE)
_REFUSALS = {".", "*.", "rpz-drop."}
_GOES_ON = "rpz-passthru."


class RpzReader:
    """See the module."""

    name = "rpz"
    plain: Plain = NO_LINE
    exception_marks = ("rpz-passthru", "$origin")

    def __init__(self) -> None:
        self._zone = self._origin = ""  # with a dot in front; as the first and the latest $ORIGIN say
        self._in_brackets = False
        self._last = ""

    def read(self, line: str) -> Found:
        """The name of a rule."""
        if _QUICK.fullmatch(line):
            return self._entry(line.partition(" ")[0])
        text = re.sub(r";.*|^#.*", "", line).rstrip()
        if not text or self._belongs_to_soa(text) or self._is_directive(text):
            return ()
        if text[0].isspace():  # more about the name before it: its servers, its text
            if re.fullmatch(r"\s+(?:in\s+)?ns\s+\S+", text, re.IGNORECASE):
                return ()
            raise NotApplicable
        record = _RECORD.fullmatch(text)
        if record is None:
            raise NotAnEntry("a name, a type and what it leads to are expected, such as bet.test CNAME .")
        name, kind, answer = record[1], record[2].upper(), record[3].lower()
        if name == "@" or kind in {"SOA", "NS"}:
            return ()
        if kind == "CNAME" and answer == _GOES_ON:
            found, host = self._named(name)
            raise ExceptionRule([Exempted(host, alone=True)] if found is EntryKind.HOST else [])
        if kind == "CNAME":
            nothing = answer in _REFUSALS
        else:
            nothing = kind in {"A", "AAAA"} and is_address(answer) and leads_nowhere(answer)
        if not nothing:
            raise NotApplicable
        return self._entry(name)

    def _belongs_to_soa(self, text: str) -> bool:
        """Only the zone's own record spans lines, in brackets; any other could swallow the whole list."""
        inside = self._in_brackets
        begins = _SOA.match(text) is not None
        self._in_brackets = (inside or (begins and "(" in text)) and ")" not in text
        return inside or begins

    def _is_directive(self, text: str) -> bool:
        word, *rest = text.split()
        if word.upper() == "$ORIGIN" and rest:
            self._origin = "." + rest[0].lower().strip(".")
            self._zone = self._zone or self._origin
        return word.startswith("$")

    def _entry(self, name: str) -> Found:
        found = self._named(name)
        if found[1] == self._last:
            raise Repeated
        self._last = found[1]
        return [found]

    def _named(self, written: str) -> tuple[EntryKind, str]:
        name = written.removesuffix(".") if written.endswith(".") else written + self._origin
        name = name.lower().removesuffix(self._zone) if self._zone else name
        if _TRIGGERS.fullmatch(name):
            raise NotApplicable
        below = name.removeprefix("*.")
        if "*" in below:
            return EntryKind.PATTERN, wildcard_text(name)
        return EntryKind.HOST, host_text(below, suffix=name != below)

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines of a zone: directives, and names with a type."""
        return sum(_ZONE_LINE.fullmatch(line) is not None for line in lines)
