"""
Rules of Surge, Quantumult, Loon and Shadowrocket: `DOMAIN-SUFFIX,bet.test`, `HOST,bet.test,REJECT`.

    DOMAIN, HOST                  this host alone
    DOMAIN-SUFFIX, HOST-SUFFIX    a host with all below it
    DOMAIN-KEYWORD, HOST-KEYWORD  hosts with this text in them
    DOMAIN-WILDCARD, DOMAIN-REGEX hosts that fit
    IP-CIDR, IP-CIDR6, IP6-CIDR   addresses
    URL-REGEX                     URLs

A rule without an action is meant by whoever publishes a list of them; with one it is an entry if that is to
reject. The clients' own configuration files are read too: of them the rules count, the hosts that are sent
nowhere (`bet.test = 0.0.0.0`), and rewriting rules that reject; everything else is not applicable.
"""

import re
from collections.abc import Callable, Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable
from categories.readers.reader import PLAIN_NAME, Found, Plain
from categories.readers.rule_text import (
    addresses,
    all_below,
    exactly,
    host_expression,
    host_wildcard,
    in_host,
    url_expression,
)

_WORDS: dict[str, Callable[[str], Found]] = {
    "DOMAIN": exactly,
    "HOST": exactly,
    "DOMAIN-SUFFIX": all_below,
    "HOST-SUFFIX": all_below,
    "DOMAIN-KEYWORD": in_host,
    "HOST-KEYWORD": in_host,
    "DOMAIN-WILDCARD": host_wildcard,
    "HOST-WILDCARD": host_wildcard,
    "DOMAIN-REGEX": host_expression,
    "URL-REGEX": url_expression,
    "IP-CIDR": addresses,
    "IP-CIDR6": addresses,
    "IP6-CIDR": addresses,
}
_RULE = re.compile(r"([A-Z][A-Z0-9-]+)\s*,\s*(\S.*)")
_ACTION = re.compile(r"(?i:no-resolve|extended-matching|pre-matching)|([A-Za-z][\w-]*)")
_WORD = re.compile(r"[A-Za-z][A-Za-z-]+")
_REJECTS = re.compile(r"(?i:reject(?:-[a-z-]+)?|block)")
_REWRITE = re.compile(r"(\(?\^?\(?https?\S+)\s+(?:url\s+|-\s+|_\s+)?(\S+)(?:\s.*)?")
_NOWHERE = re.compile(r"\*?\.?([^\s*=,]+)\s*=\s*(?:0\.0\.0\.0|127\.0\.0\.1|::1?)")
_SECTION = re.compile(r"\[[A-Za-z][A-Za-z_ ]*\]")
_SETTING = re.compile(r"[^=,]{1,60}=.*")
_COMMENTS = ("#", ";", "//")


def rule_entries(text: str) -> Found:
    """The entries of one rule. Raises `NotAnEntry` or `NotApplicable`."""
    rule = _RULE.fullmatch(text)
    if rule is None:
        raise NotAnEntry("a rule such as DOMAIN-SUFFIX,bet.test is expected")
    word, rest = rule.groups()
    entries_of = _WORDS.get(word)
    if entries_of is None:
        raise NotApplicable
    if entries_of is url_expression or entries_of is host_expression:
        # An expression has commas of its own, and never ends in a word behind one.
        value, _, last = rest.rpartition(",")
        value, actions = (
            (value.strip(), [last.strip()]) if value and _WORD.fullmatch(last.strip()) else (rest, [])
        )
    else:
        value, *actions = map(str.strip, rest.split(","))
    said = [found[1] for each in actions if (found := _ACTION.fullmatch(each)) and found[1]]
    if said and not _REJECTS.fullmatch(said[0]):
        raise NotApplicable
    return entries_of(value)


class SurgeReader:
    """See the module."""

    name = "surge"
    plain: Plain = re.compile(rf"(?:DOMAIN|HOST)-SUFFIX,{PLAIN_NAME}(?:,REJECT)?").fullmatch

    def read(self, line: str) -> Found:
        """The one entry of a rule."""
        text = line.strip()
        if not text or text.startswith(_COMMENTS):
            return ()
        if nowhere := _NOWHERE.fullmatch(text):
            return all_below(nowhere[1])
        if _RULE.fullmatch(text):
            return rule_entries(text)
        if (rewrite := _REWRITE.fullmatch(text)) and _REJECTS.fullmatch(rewrite[2]):
            return url_expression(rewrite[1])
        if rewrite or _SECTION.fullmatch(text) or _SETTING.fullmatch(text):
            raise NotApplicable
        raise NotAnEntry("a rule such as DOMAIN-SUFFIX,bet.test is expected")

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Rules, and in a client's configuration its settings too."""
        rules = sum(_is_rule(line.strip()) for line in lines)
        if not any(_SECTION.fullmatch(line.strip()) for line in lines):
            return rules
        return rules + sum(_is_setting(line.strip()) for line in lines)


def _is_rule(text: str) -> bool:
    rule = _RULE.fullmatch(text)
    if rule:
        return rule[1] in _WORDS
    rewrite = _REWRITE.fullmatch(text)
    return rewrite is not None and _REJECTS.fullmatch(rewrite[2]) is not None


def _is_setting(text: str) -> bool:
    if _is_rule(text) or text.startswith(_COMMENTS):
        return False
    return any(each.fullmatch(text) for each in (_SECTION, _SETTING, _RULE, _REWRITE))
