"""
Blockers' host rules, `||bet.test^`, and the URL rules that are plain beginnings, `||example.org/ads/`.

The rest of that language is for browsers: hiding parts of pages (`##`), conditions on who asks for
what (`$third-party`, `$script`), exceptions (`@@`), which have no place in a list of one category.
Such lines are sound, so they are counted as not applicable and not as bad.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotApplicable, host_text, wildcard_text
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_RULE = re.compile(r"\|\||@@|\[Adblock|.*#[@?$%]*#", re.IGNORECASE)
# Options that leave a rule what it is without them: a page itself, whatever the page, before others.
_UNCONDITIONAL = {"all", "doc", "document", "important"}


class AdblockReader:
    """See the module."""

    name = "adblock"
    plain: Plain = re.compile(rf"\|\|{PLAIN_NAME}\^").fullmatch

    def read(self, line: str) -> Found:
        """The one entry of a rule that a gateway can keep."""
        text = line.strip()
        if not text or text.startswith(("!", "[", "# ")) or text == "#":
            return ()
        rule, _, options = text.removeprefix("||").partition("$")
        if not text.startswith("||") or not _UNCONDITIONAL.issuperset(filter(None, options.split(","))):
            raise NotApplicable
        host, slash, path = rule.partition("/")
        if slash:
            if "^" in rule or "|" in rule:
                raise NotApplicable
            return [(EntryKind.PATTERN, wildcard_text(f"*.{host}/{path}*"))]
        host = host.removesuffix("|").removesuffix("^").removeprefix("*.")
        if "*" in host:
            return [(EntryKind.PATTERN, wildcard_text(f"*.{host}"))]
        return [(EntryKind.HOST, host_text(host))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that no other format has."""
        return sum(_RULE.match(line) is not None for line in lines)
