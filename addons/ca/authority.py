"""
A key with its chain of certificates, and what is looked at before anybody signs with them.

A chain that clients would refuse must be refused here, with a word about it, and not in every browser of
the organisation without one. So: every signature, that each is an authority's, its path length, what it may
be used for, its time, and that it ends in a root (RFC 5280, 6.1, as far as it concerns authorities).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from policy.errors import ConfigurationError

MOST_CERTIFICATES = 8  # of a chain, the root among them
_RSA_BITS = 2048
_BROKEN = (hashes.MD5, hashes.SHA1)

type SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """The issuing authority's key, and the chain from its certificate to the root, both included."""

    key: SigningKey
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The issuing certificate."""
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        """What clients trust."""
        return self.chain[-1]

    @property
    def sent(self) -> tuple[x509.Certificate, ...]:
        """What follows a leaf in a handshake: never the root, which clients have or do not trust anyway."""
        return self.chain[:-1]

    @property
    def ends(self) -> datetime:
        """When the first certificate of the chain ends, and with it everything that was signed."""
        return min(certificate.not_valid_after_utc for certificate in self.chain)

    @property
    def begins(self) -> datetime:
        """Since when all of the chain has been valid."""
        return max(certificate.not_valid_before_utc for certificate in self.chain)

    def pem(self) -> bytes:
        """Key and chain, as `parse` reads them."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + pem_of(self.chain)


def pem_of(certificates: Sequence[x509.Certificate]) -> bytes:
    """Certificates, one after the other."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def parse(content: bytes, where: str) -> CertificateAuthority:
    """
    The authority in `content`: an unencrypted key, then the chain from the issuing certificate to the root.

    Raises `ConfigurationError` beginning with `where`, one line. Times are not looked at.
    """
    try:
        key = serialization.load_pem_private_key(content, password=None)
        chain = tuple(x509.load_pem_x509_certificates(content))
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{where}: expected an unencrypted private key and its certificates, all PEM"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ConfigurationError(f"{where}: expected an elliptic-curve or RSA key")
    if chain[0].public_key() != key.public_key():
        raise ConfigurationError(f"{where}: key and certificate do not belong together")
    check_chain(chain, where)
    return CertificateAuthority(key, chain)


def check_chain(chain: Sequence[x509.Certificate], where: str) -> None:
    """
    Whether clients that trust the last of `chain` will accept what the first signs.

    Raises `ConfigurationError` beginning with `where`.
    """
    if len(chain) > MOST_CERTIFICATES:
        raise ConfigurationError(
            f"{where}: {len(chain)} certificates in a chain, expected at most {MOST_CERTIFICATES}"
        )
    for below, certificate in enumerate(chain):
        try:
            _check_one(certificate, below)
            issuer = chain[min(below + 1, len(chain) - 1)]
            if certificate.issuer != issuer.subject:
                raise ConfigurationError(
                    "is not its own root; name the certificates above it"
                    if certificate is issuer
                    else "was not issued by the next of the chain"
                )
            _check_signature(certificate, issuer)
        except InvalidSignature:
            raise ConfigurationError(f"{where}: {name_of(certificate)}: its signature is wrong") from None
        except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
            raise ConfigurationError(f"{where}: {name_of(certificate)}: cannot be read: {error}") from None
        except ConfigurationError as error:
            raise ConfigurationError(f"{where}: {name_of(certificate)}: {error}") from None


def check_time(authority: CertificateAuthority, where: str, now: datetime) -> None:
    """Whether every certificate of the chain is valid at `now`. Raises `ConfigurationError`."""
    for certificate in authority.chain:
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not begins <= now <= ends:
            raise ConfigurationError(
                f"{where}: {name_of(certificate)} is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d}"
            )


def name_of(certificate: x509.Certificate) -> str:
    """A certificate's name for people: its common name, or all of its subject."""
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    text = str(common[0].value) if common else certificate.subject.rfc4514_string()
    return f'"{text[:80]}"'


def _check_one(certificate: x509.Certificate, below: int) -> None:
    """`below`: how many authorities of the chain stand under this one."""
    extensions = certificate.extensions
    constraints = _value(extensions, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise ConfigurationError("is not an authority's (CA:TRUE is missing)")
    if constraints.path_length is not None and constraints.path_length < below:
        raise ConfigurationError(
            f"its path length {constraints.path_length} allows no more authorities below it; "
            f"the chain has {below}"
        )
    usage = _value(extensions, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise ConfigurationError("may not sign certificates (key usage keyCertSign is missing)")
    purposes = _value(extensions, x509.ExtendedKeyUsage)
    if purposes is not None and not {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    } & set(purposes):
        raise ConfigurationError("may not sign for servers (extended key usage serverAuth is missing)")
    if certificate.issuer != certificate.subject and not (
        _value(extensions, x509.SubjectKeyIdentifier) and _value(extensions, x509.AuthorityKeyIdentifier)
    ):
        raise ConfigurationError("names no keys (RFC 5280, 4.2.1.1 and 4.2.1.2), which strict clients refuse")
    public = certificate.public_key()
    if isinstance(public, rsa.RSAPublicKey) and public.key_size < _RSA_BITS:
        raise ConfigurationError(f"its RSA key has {public.key_size} bits; clients want {_RSA_BITS} at least")
    signed_with = certificate.signature_hash_algorithm
    if certificate.issuer != certificate.subject and isinstance(signed_with, _BROKEN):
        raise ConfigurationError(f"was signed with {signed_with.name}, which clients refuse")


def _check_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, UnsupportedAlgorithm):
        # A root's own signature proves nothing, and the old ones of many organisations are SHA-1.
        if certificate is not issuer:
            raise ConfigurationError("its signature is of a kind that clients refuse") from None


def _value[E: x509.ExtensionType](extensions: x509.Extensions, kind: type[E]) -> E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
