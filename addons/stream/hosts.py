"""
Which texts name a host, where mitmproxy reads one: it knows the letters of 2003 only.

Python's codec `idna` is IDNA 2003 (RFC 3490) and finds fault with names that have since become possible:
`xn--strae-oqa.de`, with an ß, is not what it would have written for any name. mitmproxy takes such names for
no hosts at all, in targets, in `:authority` and in a ClientHello. What browsers resolve is for
`categories/urls/normalise.py` to say, by which every name is judged.
"""

import re

from mitmproxy.net import check
from mitmproxy.net.http import url

from categories.urls.normalise import UrlRefused, normalise_host

_AUTHORITY = re.compile(r"([^:]+)(?::([0-9]{1,5}))?")
# With a hyphen at its end an A-label has no letter that would need it, and browsers take it for no host.
_HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.)*xn--[a-z0-9_-]{0,58}[a-z0-9_](?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE
)
_HIGHEST_PORT = 65535

_is_valid_host = check.is_valid_host
_parse_authority = url.parse_authority


def accept_hosts_of_today() -> None:
    """Put these in mitmproxy's place. Once a process; a second time changes nothing."""
    check.is_valid_host = is_valid_host
    url.is_valid_host = is_valid_host  # type: ignore[attr-defined]  # imported there by its name
    url.parse_authority = parse_authority


def is_valid_host[T: (bytes, str)](host: T) -> bool:
    """Whether this may stand where a host is expected."""
    return _is_valid_host(host) or _is_of_today(_ascii(host))


def parse_authority[T: (bytes, str)](authority: T, check: bool) -> tuple[str, int | None]:
    """Host and port; raises `ValueError` where it is malformed and to be checked."""
    try:
        return _parse_authority(authority, check=True)
    except ValueError:
        found = _AUTHORITY.fullmatch(_ascii(authority))
        if found is None or not _is_of_today(found[1]) or int(found[2] or 0) > _HIGHEST_PORT:
            return _parse_authority(authority, check)
        return found[1], int(found[2]) if found[2] else None


def _ascii(text: str | bytes) -> str:
    """As text; empty where it is not ASCII, which no name on the wire may be."""
    try:
        return text.decode("ascii") if isinstance(text, bytes) else text.encode("ascii").decode("ascii")
    except UnicodeError:
        return ""


def _is_of_today(host: str) -> bool:
    if _HOST.fullmatch(host) is None:
        return False
    try:
        normalise_host(host)
    except UrlRefused:
        return False
    return True
