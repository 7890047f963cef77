"""
Whether a file is an export as it was made: read once, bounded, and without a network, database or settings.

Three things are found out, in this order. That the file is one that `package.py` writes, so that nothing
stands in it beside the files it shows. That every file has the checksum that `SHA256SUMS` says, none is
missing and none was added. That `SHA256SUMS` was signed by the key: by the one that is given, or else by the
one in the file, which shows only that nothing was changed by anybody who had not that key's private half.
Whose key it is no file can say of itself.

Then the proofs in it are followed (`proofs.py`), so that what was signed is also what a gateway had sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.evidence.keys import MOST_BYTES as MOST_KEY_BYTES
from console.evidence.keys import VerifyKey, verify_key
from console.evidence.manifest import (
    MANIFEST,
    MOST_MANIFEST_BYTES,
    MOST_SUMS_BYTES,
    PUBLIC_KEY,
    SIGNATURE,
    SUMS,
    Manifest,
    read_checksums,
    read_manifest,
)
from console.evidence.package import Package
from console.evidence.proofs import follow
from policy.errors import EvidenceRefused

_SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Verified:
    """An export that was found whole and signed."""

    manifest: Manifest
    fingerprint: str  # of the key that signed it
    key_known: bool  # whether that is the key that was given; else it is the file's own word
    files: int
    size: int  # bytes of all of them
    proofs: int = 0  # decisions of which it was shown that they are as the gateway sent them


def verify(path: Path, key: VerifyKey | None = None) -> Verified:
    """Find out whether it is whole, and signed: by `key` where one is given. Raises `EvidenceRefused`."""
    with Package.open(path) as package:
        try:
            sums = package.read(SUMS, MOST_SUMS_BYTES)
            _compare(package, read_checksums(sums))
            own = verify_key(package.read(PUBLIC_KEY, MOST_KEY_BYTES), PUBLIC_KEY)
            if key is not None and key != own:
                raise EvidenceRefused(
                    f"signed by another key than the one given; its fingerprint is {own.fingerprint}"
                )
            signature = package.read(SIGNATURE, _SIGNATURE_BYTES)
            if not own.signed(signature, sums):
                raise EvidenceRefused(f"{SIGNATURE}: the signature does not fit; it is not what was signed")
            manifest = read_manifest(package.read(MANIFEST, MOST_MANIFEST_BYTES))
            _agree(package, manifest, own)
            proofs = follow(package)
        except EvidenceRefused as refused:
            text = str(refused)
            raise EvidenceRefused(text if text.startswith(f"{path}: ") else f"{path}: {text}") from refused
        sizes = [member.size for member in package.members.values()]
        return Verified(manifest, own.fingerprint, key is not None, len(sizes), sum(sizes), proofs)


def _compare(package: Package, listed: dict[str, str]) -> None:
    """Every file has the checksum that is listed, and all of them are there."""
    there = {name: member.sha256 for name, member in package.members.items() if name not in {SUMS, SIGNATURE}}
    for name in sorted(listed.keys() ^ there.keys()):
        what = "is missing" if name in listed else "was added: no checksum of it is listed"
        raise EvidenceRefused(f"{name}: {what}")
    for name, digest in there.items():
        if listed[name] != digest:
            raise EvidenceRefused(f"{name}: was changed: its checksum does not fit")


def _agree(package: Package, manifest: Manifest, key: VerifyKey) -> None:
    """What it says of itself fits what it is."""
    if manifest.key != key.fingerprint:
        raise EvidenceRefused(f"{MANIFEST}: names another key than the one it is signed by")
    for name in sorted(manifest.files.keys() ^ (package.members.keys() - {MANIFEST, SUMS, SIGNATURE})):
        raise EvidenceRefused(f"{MANIFEST}: does not fit: {name}")
    for name, info in manifest.files.items():
        if info.lines is not None and info.lines != _lines(package.chunks(name)):
            raise EvidenceRefused(f"{name}: does not have the {info.lines:,} lines that {MANIFEST} says")


def _lines(chunks: Iterator[bytes]) -> int:
    return sum(chunk.count(b"\n") for chunk in chunks)
