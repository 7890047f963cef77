"""
Minisign signatures: whether a file is what the holder of a key signed.

A public key is base64 of `Ed`, 8 bytes of key number and 32 bytes of Ed25519 key (RFC 8032). A signature is
a file of four lines: a comment nobody signed; base64 of an algorithm, a key number and 64 bytes of
signature; a trusted comment; base64 of 64 bytes that sign the signature and that comment. The algorithm
`ED` signs the BLAKE2b-512 digest of the file (RFC 7693), the older `Ed` the file itself.

The trusted comment is checked, since a changed one means a changed file, and not shown: it says what the
publisher liked to say. A signature does not tell an old list from a new one; plausibility does.
"""

import base64
import binascii
import hashlib
import mmap
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from policy.errors import ListRefused

MOST_BYTES = 4096  # of a signature file; comments have no bound of their own
_TRUSTED = b"trusted comment: "


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who signs."""

    number: bytes  # 8, to tell keys apart
    key: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Signature:
    """What was signed, by which key."""

    prehashed: bool
    number: bytes
    signature: bytes  # 64
    comment: bytes
    over_comment: bytes  # 64


def read_public_key(text: str) -> PublicKey:
    """A key as publishers give it: the line of base64. Raises `ValueError`."""
    raw = _base64(text.strip().encode("ascii", "replace"))
    if raw is None or len(raw) != 42 or raw[:2] != b"Ed":
        raise ValueError("not a minisign public key: it is one line of 56 characters that begins with RW")
    return PublicKey(raw[2:10], Ed25519PublicKey.from_public_bytes(raw[10:]))


def read_signature(data: bytes) -> Signature:
    """A signature file. Raises `ListRefused` for anything else."""
    lines = [line.rstrip(b"\r") for line in data.split(b"\n")]
    if len(data) <= MOST_BYTES and len(lines) >= 4 and lines[2].startswith(_TRUSTED):
        raw, over_comment = _base64(lines[1]), _base64(lines[3])
        if (
            raw is not None
            and over_comment is not None
            and (len(raw), len(over_comment)) == (74, 64)
            and raw[:2] in {b"Ed", b"ED"}
        ):
            comment = lines[2].removeprefix(_TRUSTED)
            return Signature(raw[:2] == b"ED", raw[2:10], raw[10:], comment, over_comment)
    raise ListRefused("the signature is no minisign signature")


def verify(file: Path, signature: Signature, key: PublicKey) -> None:
    """Raises `ListRefused` unless `key` signed the file and the comment."""
    if signature.number != key.number:
        raise ListRefused("the signature was made with another key than the one you subscribed with")
    try:
        if signature.prehashed:
            with file.open("rb") as stream:
                key.key.verify(signature.signature, hashlib.file_digest(stream, "blake2b").digest())
        else:
            _verify_whole(file, signature.signature, key.key)
        key.key.verify(signature.over_comment, signature.signature + signature.comment)
    except InvalidSignature:
        raise ListRefused("the signature does not fit: this is not what the publisher signed") from None


def _verify_whole(file: Path, signature: bytes, key: Ed25519PublicKey) -> None:
    with file.open("rb") as stream:
        if not file.stat().st_size:
            key.verify(signature, b"")
            return
        # Mapped: an older signature is over the file itself, which may have hundreds of megabytes.
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole, memoryview(whole) as view:
            key.verify(signature, view)


def _base64(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
