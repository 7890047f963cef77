"""
Keyed digests of hosts and URL prefixes: of what is listed, and of all that could be listed of a request.

HMAC-SHA256, cut to 128 bits: of four million entries and any number of requests no two will ever meet by
chance. What is digested begins with a letter for its kind, so that no host's digest is a prefix's.

The beginning of a target is digested once, piece by piece, with a copy of the state at every boundary: a
hostile URL of a thousand boundaries takes time in proportion to its length and not to the square of it.
"""

import hmac
from collections.abc import Iterator
from hashlib import sha256

from categories.entries import BOUNDARIES, LONGEST_ENTRY, bare_host
from categories.index.addresses import looks_like_an_address
from policy.registers import hosts_upwards

DIGEST_BYTES = 16
SITE_BYTES = 8


class Digester:
    """Digests under one key; `name` tells keys apart and nothing about them."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.name = self._digest(b"n", "sluicegate")[:SITE_BYTES].hex()

    def of_host(self, host: str) -> bytes:
        """Of a HOST entry, `DIGEST_BYTES` long."""
        return self._digest(b"h", host)[:DIGEST_BYTES]

    def of_site(self, host: str) -> bytes:
        """Of a host that has URL prefixes, in its bare form, `SITE_BYTES` long."""
        return self._digest(b"s", bare_host(host))[:SITE_BYTES]

    def of_prefix(self, host: str, path: str) -> bytes:
        """Of a PREFIX entry, `DIGEST_BYTES` long."""
        return self._digest(b"p", bare_host(host) + path)[:DIGEST_BYTES]

    def covering_hosts(self, host: str) -> Iterator[tuple[str, bytes]]:
        """Every host whose entry would cover this one, with its digest. An address has no parents."""
        for each in (host,) if looks_like_an_address(host) else hosts_upwards(host):
            yield each, self.of_host(each)

    def covering_paths(self, host: str, target: str) -> Iterator[tuple[str, bytes]]:
        """Every path whose entry on this host would cover this target, with its digest."""
        target = target or "/"  # as in `hits` of `categories/index/terms.py`
        yield "/", self.of_prefix(host, "/")
        site = bare_host(host)
        state = hmac.new(self._secret, b"p" + site.encode("utf-8", "replace"), sha256)
        longest = LONGEST_ENTRY - len(site)
        done = 0
        for end in range(1, min(len(target), longest) + 1):
            if end < len(target) and target[end] not in BOUNDARIES:
                continue
            state.update(target[done:end].encode("utf-8", "replace"))
            done = end
            if end > 1:  # `/` is told already
                yield target[:end], state.copy().digest()[:DIGEST_BYTES]

    def _digest(self, kind: bytes, text: str) -> bytes:
        return hmac.digest(self._secret, kind + text.encode("utf-8", "replace"), "sha256")
