"""Certificates good and bad, as an organisation's own PKI might make them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)

SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])


def usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(True, False, False, False, False, signs, signs, False, False)


@dataclass(frozen=True)
class Made:
    """An authority of the organisation."""

    key: Any
    certificate: x509.Certificate


def authority(
    name: str,
    issuer: Made | None = None,
    *,
    key: Any = None,
    public: Any = None,
    ca: bool | None = True,
    path_length: int | None = None,
    begins: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + timedelta(days=100),
    extensions: tuple[x509.ExtensionType, ...] = (),
    identified: bool = True,
) -> Made:
    """One that `issuer` signed, or its own root; `public` instead of a key of its own."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public or key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    if identified:
        own = x509.SubjectKeyIdentifier.from_public_key(public or key.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            (issuer.key if issuer else key).public_key()
        )
        extensions = (own, above, *extensions)
    if ca and not any(isinstance(one, x509.KeyUsage) for one in extensions):
        extensions = (usage(signs=True), *extensions)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Made(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))
