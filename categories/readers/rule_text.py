"""
What the rules of proxy clients say of a host, as entries: exactly this one, all below it, a text in it.

Surge, Quantumult, Clash, sing-box and v2fly write the same few things in different ways, so what each
means here stands once. Their regular expressions are searched in the host alone and ours in host and
path, so an expression is made to stay in the host: `ads\\.example$` becomes `^[^/]*(?:ads\\.example(?:/|$))`.
"""

import re

from categories.entries import bare_host
from categories.readers.entry_text import (
    NotAnEntry,
    NotApplicable,
    host_text,
    network_text,
    prefix_text,
    regex_text,
    wildcard_text,
)
from policy.words import EntryKind

type Found = list[tuple[EntryKind, str]]

_ADDRESS = re.compile(r"[0-9.]+|\[?[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]?")
_RANGE = re.compile(r"[0-9.]+/[0-9]{1,2}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/[0-9]{1,3}")
_SCHEME = re.compile(r"\^?https?\??:(?:\\?/){2}")
_END_OF_HOST = "(?:/|$)"
_NEGATED = {r"\D": "[^0-9/]", r"\W": "[^0-9A-Za-z_/]", r"\S": r"[^\s/]", r"\z": _END_OF_HOST}
_PIECE = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<set>\[(?P<not>\^?)(?P<members>\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*)\])"
    r"|(?P<any>\.)|(?P<end>\$)|(?P<other>.)",
    re.DOTALL,
)


def exactly(name: str) -> Found:
    """This host, and none below it; an address."""
    host = host_text(name)
    return [(EntryKind.HOST, host) if _ADDRESS.fullmatch(host) else (EntryKind.PREFIX, f"{bare_host(host)}/")]


def all_below(name: str) -> Found:
    """This host and all below it; there may be a `*` in it."""
    if "*" in name:
        return [(EntryKind.PATTERN, wildcard_text(f"*.{name}"))]
    return [(EntryKind.HOST, host_text(name, suffix=True))]


def in_host(text: str) -> Found:
    """Every host with this text in it."""
    if "/" in text:
        raise NotAnEntry("a text in a host has no slash")
    return [(EntryKind.PATTERN, wildcard_text(f"*{text.strip('*')}*"))]


def host_wildcard(text: str) -> Found:
    """Every host that fits a wildcard."""
    return [(EntryKind.PATTERN, wildcard_text(text))] if "*" in text else exactly(text)


def host_expression(written: str) -> Found:
    """Every host in which a regular expression of RE2's language is found."""
    if r"\Q" in written or r"\C" in written or r"\P" in written:
        raise NotAnEntry("the expression has \\Q, \\C or \\P, which cannot be kept to the host")
    kept = "".join(_in_host(piece) for piece in _PIECE.finditer(written))
    # Once as it was written, so that a reason speaks of what stands in the list.
    regex_text(written)
    return [(EntryKind.PATTERN, regex_text(f"^[^/]*(?:{kept})"))]


def url_expression(written: str) -> Found:
    """Every URL in which a regular expression is found; it may begin with the scheme, which we do not see."""
    text = _SCHEME.sub("^", written, count=1)
    if "://" in text.replace("\\", ""):
        raise NotApplicable
    return [(EntryKind.PATTERN, regex_text(text))]


def addresses(text: str) -> Found:
    """An address range, or one address."""
    return [(EntryKind.ADDRESS, network_text(text.strip("[]")))]


def anything(text: str) -> Found:
    """A cell of a table: a host with all below it, an address, an address range or a URL."""
    if _RANGE.fullmatch(text):
        return addresses(text)
    if "/" in text:
        return [(EntryKind.PREFIX, prefix_text(text))]
    name = text.removeprefix("*.").removeprefix(".")
    return [(EntryKind.HOST, host_text(name, suffix=name != text))]


def _in_host(piece: re.Match[str]) -> str:
    if piece["escape"]:
        return _NEGATED.get(piece["escape"], piece["escape"])
    if piece["set"]:
        return f"[^/{piece['members']}]" if piece["not"] else piece["set"]
    if piece["any"]:
        return "[^/]"
    return _END_OF_HOST if piece["end"] else piece["other"]
