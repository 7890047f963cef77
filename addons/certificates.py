"""
The certificates that clients are shown: one leaf a host, signed by the gateway's authority, kept for a while.

mitmproxy's own store forgets after a hundred hosts, and takes longer the more it holds. A page of today
names thirty hosts, and a worker serves hundreds of people: a leaf costs a signature, which is worth
keeping. Each has the authority's own key, as mitmproxy's have: what protects it is the same file either way,
and a key a host would cost more than everything else about a handshake.
"""

import time
from collections import OrderedDict
from datetime import timedelta
from ipaddress import ip_address

from cryptography import x509
from mitmproxy import certs

from addons.ca import CertificateAuthority

MOST = 4096  # leaves, of about 4 kB
# A leaf is valid for months; made anew well before a clock that goes wrong could notice.
_KEPT = timedelta(days=7).total_seconds()


class Certificates:
    """The leaves of one worker."""

    def __init__(self, authority: CertificateAuthority, most: int = MOST) -> None:
        self._authority = authority
        self._most = most
        self._leaves: OrderedDict[str, tuple[float, certs.CertStoreEntry]] = OrderedDict()

    def store(self) -> certs.CertStore:
        """What mitmproxy asks for its authority and for Diffie-Hellman parameters, of which it gets none."""
        return certs.CertStore(
            self._authority.key,  # type: ignore[arg-type]  # annotated as RSA, used as any key that signs
            certs.Cert(self._authority.certificate),
            None,
            b"",
            None,  # type: ignore[arg-type]  # its own code asks whether there are any
        )

    def leaf(self, host: str) -> certs.CertStoreEntry:
        """The certificate for `host` (normalised), the one used longest ago making room for a new one."""
        now = time.monotonic()
        kept = self._leaves.get(host)
        if kept is not None and now - kept[0] < _KEPT:
            self._leaves.move_to_end(host)
            return kept[1]
        entry = self._sign(host)
        self._leaves[host] = (now, entry)
        self._leaves.move_to_end(host)
        if len(self._leaves) > self._most:
            self._leaves.popitem(last=False)
        return entry

    def _sign(self, host: str) -> certs.CertStoreEntry:
        authority = certs.Cert(self._authority.certificate)
        return certs.CertStoreEntry(
            certs.dummy_cert(
                self._authority.key,  # type: ignore[arg-type]  # as above
                self._authority.certificate,
                host,
                [_general_name(host)],
            ),
            self._authority.key,  # type: ignore[arg-type]
            None,
            [authority],
        )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
