"""
Lists of addresses: `192.0.2.7`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, `2001:db8::/32`, one a line.

An address by itself is a HOST, as in every list; a network is an ADDRESS; a range from one address to
another is the few networks that make it up. What follows `#` or `;` is a comment, as is what stands before a
range behind a colon (`a name:192.0.2.1-192.0.2.9`).
"""

import ipaddress
import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, host_text, network_text
from categories.readers.reader import NO_LINE, Found, Plain
from policy.words import EntryKind

_IPV4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_IPV6 = r"[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?::[0-9.]+)?"
_ADDRESS = re.compile(rf"(?:{_IPV4}|\[?{_IPV6}\]?)(?:/[0-9]{{1,3}})?")
_RANGE = re.compile(rf"(?:[^#;]*:)?({_IPV4})\s*-\s*({_IPV4})|({_IPV6})\s*-\s*({_IPV6})")
_COMMENT = re.compile(r"[#;].*")


class AddressesReader:
    """See the module."""

    name = "addresses"
    plain: Plain = NO_LINE

    def read(self, line: str) -> Found:
        """The address of the line, or the networks of its range."""
        text = _COMMENT.sub("", line).strip()
        if not text:
            return ()
        if found := _RANGE.fullmatch(text):
            first, last = (each for each in found.groups() if each)
            return [(EntryKind.ADDRESS, network_text(network)) for network in _networks(first, last)]
        if not _ADDRESS.fullmatch(text):
            raise NotAnEntry("an address, a network such as 192.0.2.0/24 or a range is expected")
        if "/" in text:
            return [(EntryKind.ADDRESS, network_text(text))]
        return [(EntryKind.HOST, host_text(text))]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that are nothing but addresses."""
        texts = [_COMMENT.sub("", line).strip() for line in lines]
        return sum(any(each.fullmatch(text) for each in (_ADDRESS, _RANGE)) for text in texts if text)


def _networks(first: str, last: str) -> list[str]:
    try:
        ends = ipaddress.ip_address(first), ipaddress.ip_address(last)
        return [str(network) for network in ipaddress.summarize_address_range(*ends)]
    except (ValueError, TypeError):
        raise NotAnEntry("it is not a range from one address to a later one") from None
