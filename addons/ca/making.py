"""
Roots, issuing authorities and requests for one, made and not yet kept anywhere.

Elliptic curve P-256: signing a leaf and shaking hands cost a fraction of what RSA does, and everything
that speaks TLS 1.2 knows it. A root may have one level of authorities below it, an issuing authority none
(path length 0); an issuing authority may sign for servers and nothing else (serverAuth), so that its
key, if stolen, signs no programs and no mail. No name constraint: the Internet's names are what it must be
able to sign, and a list of exceptions would be a list of the sites an attacker could not imitate, which the
organisation's own PKI can write into the certificate it issues (docs/certificates.md).

The root's key leaves this module encrypted under a passphrase (PKCS#8: PBES2, AES-256, scrypt or PBKDF2 as
the library thinks best), with its certificate beside it, so that one file is all that is to be kept.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from addons.ca.authority import CertificateAuthority, check_chain, check_time, pem_of
from addons.ca.usage import OF_AUTHORITY
from policy.errors import ConfigurationError

# Long enough to outlive the computers it is installed on; it lies in a safe.
ROOT_VALIDITY = timedelta(days=10 * 365)
# Replaced without touching a client, so often enough that it is done by people who remember how.
ISSUING_VALIDITY = timedelta(days=2 * 365)
# Clocks of computers that will trust it may be behind ours.
BACKDATED = timedelta(days=2)
SHORTEST_PASSPHRASE = 12

_LAST = x509.BasicConstraints(ca=True, path_length=0)
_SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


class Root:
    """A root with its key, on its way to where it will be kept."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._key = key
        self.certificate = certificate

    def issue(self, organisation: str, now: datetime) -> CertificateAuthority:
        """A new issuing authority. Raises `ConfigurationError` when the root is not valid now."""
        key = ec.generate_private_key(ec.SECP256R1())
        ends = min(now + ISSUING_VALIDITY, self.certificate.not_valid_after_utc)
        begins = max(now - BACKDATED, self.certificate.not_valid_before_utc)
        if not begins <= now < ends:
            raise ConfigurationError("the root is not valid now; make a new one")
        certificate = (
            _builder(_issuing_name(organisation, now), self.certificate.subject, key, begins, ends)
            .add_extension(_LAST, critical=True)
            .add_extension(_SERVERS, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        return CertificateAuthority(key, (certificate, self.certificate))

    def sealed(self, passphrase: str) -> bytes:
        """Key and certificate as one file, the key encrypted."""
        key = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()),
        )
        return key + pem_of([self.certificate])


def make_root(organisation: str, now: datetime) -> Root:
    """A root."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Sluicegate root {now:%Y}", organisation)
    certificate = (
        _builder(name, name, key, now - BACKDATED, now + ROOT_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Root(key, certificate)


def open_root(content: bytes, passphrase: str, where: str, now: datetime) -> Root:
    """
    The root that `Root.sealed` wrote.

    Raises `ConfigurationError` beginning with `where`: a wrong passphrase, another file, out of its time.
    """
    try:
        key = serialization.load_pem_private_key(content, passphrase.encode())
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{where}: the passphrase is wrong, or this is no root's key and certificate"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ConfigurationError(f"{where}: key and certificate do not belong together")
    check_chain([certificate], where)
    check_time(CertificateAuthority(key, (certificate,)), where, now)
    return Root(key, certificate)


def make_ca(organisation: str, now: datetime) -> CertificateAuthority:
    """An issuing authority whose root's key is thrown away: for demonstrations and tests."""
    return make_root(organisation, now).issue(organisation, now)


def make_request(
    organisation: str, now: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.CertificateSigningRequest]:
    """A key, and the request (PKCS#10) by which the organisation's own PKI makes it an issuing authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_issuing_name(organisation, now))
        .add_extension(_LAST, critical=True)
        .add_extension(OF_AUTHORITY, critical=True)
        .add_extension(_SERVERS, critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, request


def _issuing_name(organisation: str, now: datetime) -> x509.Name:
    # The day is in it, so that people can tell two authorities apart in a list of certificates.
    return _name(f"Sluicegate web filter {now:%Y-%m-%d}", organisation)


def _name(common: str, organisation: str) -> x509.Name:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    return x509.Name(names)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    """What every authority's certificate has."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(OF_AUTHORITY, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
