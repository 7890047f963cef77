"""
A leaf signed for a trial and held to a strict verifier, as the strictest of clients would do it.

What `authority.check_chain` refuses, every client refuses. Beyond that some are stricter than others (an
extension that ought to be critical, a root without key usage): worth a word to whoever imports an
authority, and no reason to refuse one that browsers accept.
"""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from addons.ca.authority import CertificateAuthority
from addons.ca.leaf import leaf_of

_HOST = "www.example.org"


def objection(authority: CertificateAuthority, now: datetime) -> str | None:
    """What a strict client would hold against a leaf of this authority, one line; None when nothing."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    try:
        leaf = x509.load_der_x509_certificate(leaf_of(authority, _HOST, key, now))
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store([authority.root]))
            .time(now)
            .build_server_verifier(x509.DNSName(_HOST))
        )
        verifier.verify(leaf, list(authority.sent))
    except (ValueError, verification.VerificationError) as error:
        return " ".join(str(error).split())[:200]
    return None
