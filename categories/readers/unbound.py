"""
Unbound's configuration: `local-zone: "bet.test" always_nxdomain`, `local-data: "bet.test A 0.0.0.0"`.

A zone stands for its name and all below it, and so does data here. Zones that answer nothing are entries;
those that ask on as usual (`transparent`) are exceptions (`exceptions.py`); what a `redirect` zone
does stands in its data. Data that leads to a real address blocks nothing and is not applicable, like all
other settings. Lines one after another about one name are one entry, the first.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable, Repeated, host_text
from categories.readers.exceptions import ExceptionRule, Exempted
from categories.readers.hosts import is_address, leads_nowhere
from categories.readers.reader import NO_LINE, Found, Plain
from policy.words import EntryKind

_REFUSING = {
    "deny", "refuse", "static", "always_deny", "always_refuse", "always_nxdomain", "always_null",
    "always_nodata", "inform_deny",
}  # fmt: skip
_ASKING_ON = {"transparent", "typetransparent", "always_transparent", "inform"}
_ZONE = re.compile(r"local-zone:\s*(\"[^\"]*\"|'[^']*'|[^\s\"']+)\s+\"?([a-z_]+)\"?")
_DATA = re.compile(r"local-data:\s*(?:\"([^\"]*)\"|'([^']*)')")
_RECORD = re.compile(r"(\S+)\s+(?:[0-9]+\s+)?(?:in\s+)?(\S+)\s+(\S+).*", re.IGNORECASE)
_SETTING = re.compile(r"[a-z0-9-]+:.*")
_OURS = ("local-zone:", "local-data:")


class UnboundReader:
    """See the module."""

    name = "unbound"
    plain: Plain = NO_LINE
    exception_marks = tuple(_ASKING_ON)

    def __init__(self) -> None:
        self._last = ""

    def read(self, line: str) -> Found:
        """The name of a zone or of data."""
        text = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not text:
            return ()
        if zone := _ZONE.fullmatch(text):
            return self._zone(zone[1].strip("\"'"), zone[2])
        if data := _DATA.fullmatch(text):
            return self._data(data[1] or data[2] or "")
        if _SETTING.fullmatch(text) and not text.startswith(_OURS):
            raise NotApplicable
        raise NotAnEntry('local-zone: "name" type, or local-data: "name A address", is expected')

    def _zone(self, name: str, kind: str) -> Found:
        if kind in _REFUSING:
            return self._entry(name)
        if kind in _ASKING_ON:
            raise ExceptionRule([Exempted(_host(name), alone=True)])
        raise NotApplicable

    def _data(self, record: str) -> Found:
        parts = _RECORD.fullmatch(record.strip())
        if parts is None:
            raise NotAnEntry("local-data has a name, a type and an answer")
        name, kind, answer = parts.groups()
        if kind.upper() not in {"A", "AAAA"} or not is_address(answer) or not leads_nowhere(answer):
            raise NotApplicable
        return self._entry(name)

    def _entry(self, name: str) -> Found:
        host = _host(name)
        if host == self._last:
            raise Repeated
        self._last = host
        return [(EntryKind.HOST, host)]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines with a zone or data."""
        return sum(line.strip().startswith(_OURS) for line in lines)


def _host(name: str) -> str:
    return host_text(name.removesuffix("."), suffix=True)
