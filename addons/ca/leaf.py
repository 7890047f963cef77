"""
The certificate of one host, as browsers want it.

For servers only, for one name and no other, valid for weeks (browsers refuse what claims to be valid for
more than 398 days), never longer than what signed it, with a key that is not the authority's. The subject is
empty and the name stands where RFC 5280, 4.2.1.6, puts it, critical as it asks for then; a common name
would be cut at 64 characters and is read by nobody (RFC 9525).

mitmproxy has a builder of its own (`certs.dummy_cert`): it signs for the authority's own key, for half a
year, and builds every extension anew. Ours takes about 50 microseconds, 24 of which are the signature.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from addons.ca.authority import CertificateAuthority
from addons.ca.usage import OF_SERVER

VALIDITY = timedelta(days=30)
# A client's clock may be behind ours.
BACKDATED = timedelta(days=2)

_FOR_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
_NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)
_NOBODY = x509.Name([])


def leaf_of(
    authority: CertificateAuthority, host: str, key: ec.EllipticCurvePublicKey, now: datetime
) -> bytes:
    """
    The certificate of `host` (normalised) for `key`, DER.

    Raises `ValueError` when the authority is not valid at `now`.
    """
    issuer = authority.certificate
    begins = max(now - BACKDATED, issuer.not_valid_before_utc)
    ends = min(now + VALIDITY, authority.ends)
    if not begins <= now < ends:
        raise ValueError("the authority is not valid now")
    extensions = (
        (x509.SubjectAlternativeName([_general_name(host)]), True),
        (_FOR_SERVERS, False),
        (OF_SERVER, True),
        (_NO_AUTHORITY, True),
        (_key_of(issuer), False),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
    )
    builder = x509.CertificateBuilder(
        issuer_name=issuer.subject,
        subject_name=_NOBODY,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=begins.replace(tzinfo=None),
        not_valid_after=ends.replace(tzinfo=None),
        extensions=[x509.Extension(value.oid, critical, value) for value, critical in extensions],
    )
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_of(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """As the issuer says it (RFC 5280, 4.2.1.1): another's PKI may have computed it in another way."""
    try:
        said = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]  # of a kind that signs
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(said)
