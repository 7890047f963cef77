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
        value = _item(text)
        if value is None:
            raise NotApplicable
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
        texts = [line.strip() for line in lines]
        return sum(_item(text) is not None or _HEADING.fullmatch(text) is not None for text in texts)


def _item(text: str) -> str | None:
    """What stands behind the hyphen, without its quotes and the comment."""
    if not text.startswith(("- ", "-\t")):
        return None
    value = text[1:].strip()
    if value[:1] in {"'", '"'}:
        value, closed, rest = value[1:].partition(value[0])
        return value.strip() if closed and rest.strip()[:1] in {"", "#"} else None
    return value.partition(" #")[0].strip() or None
