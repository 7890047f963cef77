"""
JSON lists, as rule sets of sing-box and plain arrays: `{"rules": [{"domain_suffix": ["bet.test"]}]}`.

The text of such a list has each string on a line of its own, under a line that names its key
(`categories/packed/json_text.py`). The keys that are known:

    "" (an array of texts), domain, domains, host, hosts, hostname, hostnames, fqdn, url, urls, uri, entry,
    entries, ip, ips, ip_address, address, addresses, cidr, ip_cidr, network, blocklist, blacklist, block
                      a host with all below it, an address, an address range or a URL
    domain_suffix     a host with all below it
    domain_keyword    hosts with this text in them
    domain_regex      hosts in which the expression is found

What stands under another key is not applicable.
"""

import re
from collections.abc import Callable, Sequence

from categories.packed.marks import JSON
from categories.readers.entry_text import NotApplicable
from categories.readers.reader import NO_LINE, PLAIN_NAME, Found, Plain
from categories.readers.rule_text import all_below, anything, host_expression, in_host

CELLS = frozenset(
    {"", "domain", "domains", "host", "hosts", "hostname", "hostnames", "fqdn", "url", "urls", "uri"}
    | {"ip", "ips", "ip_address", "address", "addresses", "cidr", "ip_cidr", "network"}
    | {"entry", "entries", "block", "blocklist", "blacklist"}
)
_KEYS: dict[str, Callable[[str], Found]] = {
    **dict.fromkeys(CELLS, anything),
    "domain_suffix": all_below,
    "domain_keyword": in_host,
    "domain_regex": host_expression,
}
_PLAIN: Plain = re.compile(PLAIN_NAME).fullmatch


class JsonReader:
    """See the module."""

    name = "json"

    def __init__(self) -> None:
        self.plain: Plain = NO_LINE
        self._read: Callable[[str], Found] = _nothing

    def read(self, line: str) -> Found:
        """The entry of a line, by the key it stands under."""
        if line.startswith(JSON.strip()):
            self._begin(line.removeprefix(JSON.strip()).strip().lower())
            return ()
        text = line.strip()
        return self._read(text) if text and not text.startswith("#") else ()

    def _begin(self, key: str) -> None:
        self._read = _KEYS.get(key, _nothing)
        self.plain = _PLAIN if self._read in {anything, all_below} else NO_LINE

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """The lines under a known key, where the first names a key."""
        if not lines or not lines[0].startswith(JSON.strip()):
            return 0
        known, count = False, 0
        for line in lines:
            if line.startswith(JSON.strip()):
                known = line.removeprefix(JSON.strip()).strip().lower() in _KEYS
            else:
                count += known
        return count


def _nothing(text: str) -> Found:
    raise NotApplicable
