"""
The gateway's own certificate authority: made once by a person, read by every worker.

`sluicegate ca init` makes it; no worker ever does, because two workers that each made one would sign
for two different authorities, and because what every computer of the organisation will trust ought to
come into being when somebody means it to. In the folder:

    ca.pem        private key and certificate, readable by its owner alone
    ca-cert.pem   the certificate, for the computers that are to trust it

Elliptic curve P-256: signing a leaf and shaking hands cost a fraction of what RSA does, and everything
that speaks TLS 1.2 knows it. The path length is 0: the authority may sign leaves and no authorities
below it. No name constraint: the Internet's names are what it must be able to sign.
"""

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from policy.errors import ConfigurationError, Refused

KEY_FILE = "ca.pem"
CERTIFICATE_FILE = "ca-cert.pem"

# Long enough to outlive the computers it is installed on, short enough that a lost key stops mattering
# within a planning horizon. Some systems refuse leaves, never roots, for a long validity.
VALIDITY = timedelta(days=10 * 365)
# Clocks of computers that will trust it may be behind ours.
_BACKDATED = timedelta(days=2)

type SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Key and certificate, checked against each other."""

    key: SigningKey
    certificate: x509.Certificate


def init_ca(folder: Path, *, organisation: str = "", now: datetime | None = None) -> CertificateAuthority:
    """
    Make a certificate authority in `folder`.

    `organisation` appears in the certificate's name, where people who look at it can tell whose it
    is. Raises `Refused` when there is one already, `ConfigurationError` when it cannot be written.
    """
    for name in (KEY_FILE, CERTIFICATE_FILE):
        if (folder / name).exists():
            raise Refused(
                f"{folder / name}: a certificate authority is there already and will not be overwritten; "
                "every computer that trusts it would stop trusting this gateway"
            )
    authority = make_ca(organisation, now or datetime.now(UTC))
    pem = authority.certificate.public_bytes(serialization.Encoding.PEM)
    key = authority.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The certificate first: a folder with the key in it is complete.
        _write(folder / CERTIFICATE_FILE, pem, 0o644)
        _write(folder / KEY_FILE, key + pem, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{folder}: the authority cannot be written: {error.strerror}") from error
    return authority


def _write(path: Path, content: bytes, mode: int) -> None:
    """All of it or nothing, under its name only when it is on the disk."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)


def make_ca(organisation: str, now: datetime) -> CertificateAuthority:
    """An authority that is nowhere yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "Sluicegate web filter")]
    if organisation:
        names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    name = x509.Name(names)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return CertificateAuthority(key, certificate)


def load_ca(folder: Path, *, now: datetime | None = None) -> CertificateAuthority:
    """
    The authority in `folder`.

    Raises `ConfigurationError`, one line, when it is not there, can be read by others, is not a key and
    a certificate that belong together, or is not valid now.
    """
    path = folder / KEY_FILE
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(1 << 16)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no certificate authority; run `sluicegate ca init`"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: the authority cannot be read: {error.strerror}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(
            f"{path}: others can read this private key (mode {stat.S_IMODE(mode):04o}); "
            f"run `chmod 600 {path}`, and make a new authority if somebody may have"
        )
    authority = _parsed(path, content)
    certificate = authority.certificate
    at = now or datetime.now(UTC)
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise ConfigurationError(
            f"{path}: the certificate is valid from {certificate.not_valid_before_utc:%Y-%m-%d} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d}; move the folder away and run `sluicegate ca init`"
        )
    return authority


def _parsed(path: Path, content: bytes) -> CertificateAuthority:
    try:
        key = serialization.load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path}: expected an unencrypted private key and a certificate, both PEM"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ConfigurationError(f"{path}: expected an elliptic-curve or RSA key")
    if certificate.public_key() != key.public_key():
        raise ConfigurationError(f"{path}: key and certificate do not belong together")
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        is_authority = False
    if not is_authority:
        raise ConfigurationError(f"{path}: the certificate is not an authority's")
    return CertificateAuthority(key, certificate)


def export_certificate(folder: Path, form: Literal["pem", "der"] = "pem") -> bytes:
    """The certificate alone, for the computers that are to trust it. Raises `ConfigurationError`."""
    encoding = serialization.Encoding.PEM if form == "pem" else serialization.Encoding.DER
    return load_ca(folder).certificate.public_bytes(encoding)
