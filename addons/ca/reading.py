"""
Certificates as other people's tools write them, put in order.

An authority of an organisation hands out PEM, DER or a PKCS#7 bundle, with or without what stands above it,
in any order. All of it is taken; what counts is the chain that comes out.
"""

from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from addons.ca.authority import MOST_CERTIFICATES
from policy.errors import ConfigurationError

_READERS = (
    x509.load_pem_x509_certificates,
    pkcs7.load_pem_pkcs7_certificates,
    pkcs7.load_der_pkcs7_certificates,
    lambda content: [x509.load_der_x509_certificate(content)],
)


def read_certificates(content: bytes, where: str) -> list[x509.Certificate]:
    """Every certificate in `content`: PEM, DER, or PKCS#7 of either. Raises `ConfigurationError`."""
    if b"PRIVATE KEY-----" in content:
        raise ConfigurationError(
            f"{where}: has a private key in it; an authority hands out certificates only"
        )
    for reader in _READERS:
        try:
            found = reader(content)
        except Exception:  # noqa: BLE001, S112 (whatever a parser makes of another format's bytes)
            continue
        if found:
            return list(found)
    raise ConfigurationError(f"{where}: expected certificates: PEM, DER or PKCS#7")


def chain_from(first: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """
    The way from `first` up as far as `others` lead, at best to a root; what is not on it is left out.

    Whether it ends in a root is for `authority.check_chain` to say.
    """
    chain = [first]
    while len(chain) < MOST_CERTIFICATES and not _signed(chain[-1], chain[-1]):
        above = next((one for one in others if one not in chain and _signed(chain[-1], one)), None)
        if above is None:
            break
        chain.append(above)
    return tuple(chain)


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
