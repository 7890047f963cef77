"""
The key that exports are signed by (Ed25519, RFC 8032): made once, kept in a folder of the review service.

Its public half goes into every export, where it proves nothing by itself, since whoever forges an export puts
their own into it: it must reach who relies on an export by another way. So it has a fingerprint that can be
read out, which is what `openssl pkey -pubin -in public-key.pem -outform DER | sha256sum` says.

The private half signs lists of checksums (`SHA256SUMS`) and nothing else.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from categories.durable import beside, sync
from policy.errors import ConfigurationError, EvidenceRefused

NAME = "evidence-key.pem"
MOST_BYTES = 4096  # of a file with a key in it


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half."""

    raw: bytes  # 32 bytes

    @property
    def pem(self) -> bytes:
        """As a file that openssl takes."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public half as DER, in groups that can be read out."""
        der = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digits = hashlib.sha256(der).hexdigest()
        return " ".join(digits[at : at + 8] for at in range(0, 64, 8))

    def signed(self, signature: bytes, text: bytes) -> bool:
        """Whether this key's private half signed this text."""
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    @property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.raw)


class SigningKey:
    """Both halves."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> VerifyKey:
        """The public half."""
        return VerifyKey(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, text: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(text)


def signing_key(folder: Path) -> SigningKey:
    """
    The key in this folder; the first time one is made.

    Raises `ConfigurationError` where what lies there is no key of ours, or others may read it.
    """
    file = folder / NAME
    try:
        text = _own(file)
    except FileNotFoundError:
        _make(file)
        text = _own(file)
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{file}: is no key; bring it back from a backup of this folder") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{file}: is no Ed25519 key; bring it back from a backup of this folder")
    return SigningKey(key)


def read_verify_key(file: Path) -> VerifyKey:
    """The public key in a file, PEM or DER. Raises `EvidenceRefused` where there is none."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            text = os.read(descriptor, MOST_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise EvidenceRefused(f"{file}: the key cannot be read: {error.strerror}") from error
    return verify_key(text, str(file))


def verify_key(text: bytes, named: str) -> VerifyKey:
    """The public key that this text is, PEM or DER; `named` is where it stands. Raises `EvidenceRefused`."""
    try:
        load = load_pem_public_key if text.lstrip().startswith(b"-----") else load_der_public_key
        key = load(text)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise EvidenceRefused(
            f"{named}: is no public key; it begins with -----BEGIN PUBLIC KEY----- (sluicegate review key)"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise EvidenceRefused(f"{named}: is no Ed25519 key, by which alone exports are signed")
    return VerifyKey(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _own(file: Path) -> bytes:
    """The text of a private key that is nobody else's to read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigurationError(f"{file}: the key cannot be read: {error.strerror}") from error
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise ConfigurationError(f"{file}: is no ordinary file, so no key")
        if mode & (stat.S_IRWXO | stat.S_IRWXG):
            raise ConfigurationError(f"{file}: others may read or change the key; run: chmod 600 {file}")
        return os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)


def _make(file: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = beside(file)
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        with open(temporary, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        # Linked, not renamed: of two that begin at once the second takes the first one's.
        try:
            file.hardlink_to(temporary)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        sync(file.parent)
    except OSError as error:
        raise ConfigurationError(
            f"{file.parent}: the key of exports cannot be made there: {error.strerror}; name another folder "
            "in review.key_folder"
        ) from error
