"""What somebody types to be found: a host, a URL, or any other piece of text."""

import re
from dataclasses import dataclass

from categories.urls.normalise import UrlRefused, normalise_url
from policy.errors import Refused

FEWEST = 3  # characters of a piece of text; fewer stand in nearly every line
LONGEST = 200

_NETWORK = re.compile(r"[0-9a-fA-F:.]+/[0-9]{1,3}")
_LABELS = re.compile(r"[^\s*/]+\.[^\s*/.]+\.?|\[.+\]")
_SCHEME = re.compile(r"(?:https?|wss?|ftp)://", re.IGNORECASE)
_OF_A_HOST = re.compile(r"[a-z0-9_.:-]+")


@dataclass(frozen=True, slots=True)
class HostTerm:
    """A host, and where a URL was typed its target; normalised."""

    host: str
    target: str  # "/" for a host alone


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Anything else: looked for as it is, in small letters."""

    text: str


def read_term(written: str) -> HostTerm | TextTerm:
    """
    What was typed, as a host or URL where it can be one: `bet.test`, `https://bet.test/a`, `192.0.2.7`.

    A word without a dot is text, as is an address range or anything with a `*`. Raises `Refused` for a text
    of fewer than `FEWEST` characters or more than `LONGEST`.
    """
    text = written.strip()
    authority = _SCHEME.sub("", text).partition("/")[0].partition("?")[0].rpartition("@")[2]
    if not _NETWORK.fullmatch(text) and _LABELS.fullmatch(re.sub(r"(?<=[^:]):[0-9]{1,5}$", "", authority)):
        try:
            url = normalise_url(text)
        except UrlRefused:
            pass
        else:
            if _OF_A_HOST.fullmatch(url.host):
                return HostTerm(url.host, url.target)
    if not FEWEST <= len(text) <= LONGEST:
        raise Refused(f"{text[:40]!r}: give a host, a URL, or {FEWEST} to {LONGEST} characters of an entry")
    return TextTerm(text.lower())
