"""
Rule sets of Clash, in their YAML: `payload:` and then one item a line, `- '+.bet.test'`.

    - '+.bet.test'  - '.bet.test'  - '*.bet.test'   a host with all below it
    - 'bet.test'                                    this host alone
    - 192.0.2.0/24                                  addresses
    - DOMAIN-SUFFIX,bet.test                        a rule, as in `surge.py`

Of a whole configuration the items below `rules:` are read, and everything else is not applicable.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotApplicable
from categories.readers.reader import PLAIN_NAME, Found, Plain
from categories.readers.rule_text import addresses, all_below, host_wildcard
from categories.readers.surge import rule_entries

_ITEM = re.compile(r"\s*-\s+(?:'([^']*)'|\"([^\"]*)\"|([^'\"#\s][^#]*?))\s*(?:\s#.*)?")
_HEADING = re.compile(r"(?:payload|rules):\s*(?:#.*)?")


class ClashReader:
    """See the module."""

    name = "clash"
    plain: Plain = re.compile(rf"\s*- (?:'\+\.{PLAIN_NAME}')").fullmatch

    def read(self, line: str) -> Found:
        """The one entry of an item."""
        text = line.strip()
        if not text or text.startswith("#"):
            return ()
        item = _ITEM.fullmatch(line)
        if item is None:
            raise NotApplicable
        value = next(each for each in item.groups() if each is not None).strip()
        if "," in value:
            return rule_entries(value)
        if re.fullmatch(r"[0-9a-fA-F:.]+/[0-9]{1,3}", value):
            return addresses(value)
        name = re.sub(r"^(?:[+*]\.|\.)", "", value)
        return host_wildcard(value) if name == value else all_below(name)

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Items, in a text that has the heading."""
        if not any(_HEADING.fullmatch(line.strip()) for line in lines):
            return 0
        return sum(
            _ITEM.fullmatch(line) is not None or _HEADING.fullmatch(line) is not None for line in lines
        )
