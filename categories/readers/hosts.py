"""
Hosts files: an address that leads nowhere, then names (`0.0.0.0 bet.test www.bet.test  # comment`).

A hosts file names single hosts; here, as in every list, each stands for what is below it too. Lines
that send a name to a real address (a printer, a pinned server) block nothing and are not applicable;
a computer's own names (`localhost`, `ip6-allnodes`) are no entries.
"""

import ipaddress
import re
from collections.abc import Sequence

from categories.readers.entry_text import NotAnEntry, NotApplicable, host_text
from categories.readers.reader import PLAIN_NAME, Found, Plain
from policy.words import EntryKind

_NULL_ROUTE = re.compile(r"(?:0\.0\.0\.0|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0|::1?)(?:%\w+)?[ \t]")
_OWN_NAMES = re.compile(r"localhost(?:\..*)?|local|broadcasthost|ip6-\w+")


class HostsReader:
    """See the module."""

    name = "hosts"
    plain: Plain = re.compile(rf"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+{PLAIN_NAME}").fullmatch

    def read(self, line: str) -> Found:
        """Every name of the line but the computer's own."""
        address, *names = line.partition("#")[0].split() or [""]
        if not address:
            return ()
        if not names:
            raise NotAnEntry("an address and at least one name are expected")
        if not is_address(address):
            raise NotAnEntry("the line does not begin with an address")
        found = [host_text(name) for name in names if not _OWN_NAMES.fullmatch(name.lower())]
        # `0.0.0.0 0.0.0.0` stands at the top of many lists and means nothing.
        found = [host for host in found if not is_address(host)]
        if found and not leads_nowhere(address):
            raise NotApplicable
        return [(EntryKind.HOST, host) for host in found]

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """Lines that begin with an address that leads nowhere."""
        return sum(_NULL_ROUTE.match(line) is not None for line in lines)


def is_address(text: str) -> bool:
    """Whether it is an address as hosts files have it: `0` for short, an interface behind `%`."""
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text == "0"
    return True


def leads_nowhere(address: str) -> bool:
    """Whether a name that is sent to this address (as of `is_address`) is blocked."""
    if address == "0":
        return True
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return parsed.is_unspecified or parsed.is_loopback
