"""
Blockers' host rules, `||bet.test^`, and the URL rules that a gateway can keep: `||example.org/ads/`.

`||host^` is a HOST. `||host/path` is a PATTERN: any URL on the host or below it that begins so. A rule that
ends its path at a separator, `||host/path^`, is a PREFIX, of which there may be any number; it leaves out
the host's other subdomains. `|https://host/path` begins at one host. `@@` in front of any of these makes an
exception (`exceptions.py`).

The rest of that language is for browsers: hiding parts of pages (`##`), conditions on who asks for what
(`$third-party`, `$script`), expressions and fragments of a URL wherever they stand. Such lines are sound,
so they are counted as not applicable and not as bad.
"""

import re
from collections.abc import Sequence

from categories.readers.entry_text import NotApplicable, host_text, prefix_text, wildcard_text
from categories.readers.exceptions import ExceptionRule, exempted_by
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_RULE = re.compile(r"\|\||@@|\[Adblock|.*#[@?$%]*#", re.IGNORECASE)
# Options that leave a rule what it is without them: a page itself, whatever the page, before others.
_UNCONDITIONAL = {"all", "doc", "document", "important"}
_BELOW, _SCHEME = "||", re.compile(r"\|(?:https?|wss?)://", re.IGNORECASE)


class AdblockReader:
    """See the module."""

    name = "adblock"
    plain: Plain = re.compile(rf"\|\|{PLAIN_NAME}\^").fullmatch
    exception_marks = ("@@",)

    def read(self, line: str) -> Found:
        """The one entry of a rule that a gateway can keep."""
        text = line.strip()
        if not text or text.startswith(("!", "[", "# ")) or text == "#":
            return ()
        found = _entry(text.removeprefix("@@"))
        if not text.startswith("@@"):
            return [found]
        if (exempted := exempted_by(*found)) is None:
            raise NotApplicable
        raise ExceptionRule([exempted])

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that no other format has; all of them, where the first is the language's own heading."""
        if lines and lines[0].lower().startswith("[adblock"):
            return len(lines)
        return sum(_RULE.match(line) is not None for line in lines)


def _entry(text: str) -> tuple[EntryKind, str]:
    rule, _, options = text.partition("$")
    if not _UNCONDITIONAL.issuperset(filter(None, options.split(","))):
        raise NotApplicable
    if rule.startswith(_BELOW):
        below, rule = "*.", rule.removeprefix(_BELOW)
    elif scheme := _SCHEME.match(rule):
        below, rule = "", rule[scheme.end() :]
    else:
        raise NotApplicable
    host, slash, path = rule.partition("/")
    if slash:
        return _url(below, host, path)
    host = host.removesuffix("*").removesuffix("|").removesuffix("^").removeprefix("*.")
    if not below:
        return EntryKind.PREFIX, prefix_text(f"{host}/")
    if "*" in host:
        return EntryKind.PATTERN, wildcard_text(f"*.{host}")
    return EntryKind.HOST, host_text(host)


def _url(below: str, host: str, path: str) -> tuple[EntryKind, str]:
    host = re.sub(r":[0-9]{1,5}$", "", host)  # as everywhere, the port does not matter
    if path.endswith("^") and not set("*^|") & set(host + path[:-1]):
        return EntryKind.PREFIX, prefix_text(f"{host}/{path[:-1]}")
    if set("^|") & set(host + path):
        raise NotApplicable
    return EntryKind.PATTERN, wildcard_text(f"{below}{host}/{path}*")
