"""
Published checksums: the digest of a feed, found in the file that its publisher puts beside it.

Three ways of writing one are in use: `DIGEST  name` (what `sha256sum` and `md5sum` write, for one file or for
many), `SHA256 (name) = DIGEST`, and the digest alone. Which algorithm it is, its length says. An MD5 tells a
cut or mixed-up download from a whole one and no more: whoever could forge the list could forge it too.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from policy.errors import ListRefused

MOST_BYTES = 1 << 20  # UT1's, for all its archives, has 20 KiB
_ALGORITHMS = {32: "md5", 64: "sha256", 128: "sha512"}
_HEX = r"([0-9a-fA-F]{32}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})"
_LINE = re.compile(rf"\\?{_HEX}[ \t]+\*?(\S.*)")
_TAGGED = re.compile(rf"[A-Z0-9-]{{1,16}} ?\((.+)\) ?= ?{_HEX}")
_ALONE = re.compile(_HEX)


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a file's digest must be."""

    algorithm: str  # of hashlib
    digest: str  # hex, lower case


def find_checksum(data: bytes, name: str) -> Checksum:
    """
    The digest that a checksum file gives for the file `name`: its line, or the only digest in it.

    Raises `ListRefused` where there is none, or more than one to choose from.
    """
    alone, named = [], []
    for line in data[:MOST_BYTES].decode("utf-8", "replace").splitlines():
        text = line.strip()
        if _ALONE.fullmatch(text):
            alone.append(text)
        elif found := _LINE.fullmatch(text):
            named.append((found[2], found[1]))
        elif found := _TAGGED.fullmatch(text):
            named.append((found[1], found[2]))
    fitting = {digest.lower() for its, digest in named if its.rpartition("/")[2] == name}
    # Several algorithms for one file: the longest digest is the strongest.
    if digest := max(fitting or {each.lower() for each in alone}, key=len, default=None):
        others = fitting or set(alone)
        if sum(len(each) == len(digest) for each in others) == 1:
            return Checksum(_ALGORITHMS[len(digest)], digest)
        raise ListRefused(f"the checksum file gives more than one digest for {name!r}")
    raise ListRefused(f"the checksum file has no MD5, SHA-256 or SHA-512 for {name!r}")


def digest(file: Path, algorithm: str) -> str:
    """Of the file, hex."""
    with file.open("rb") as stream:
        # An MD5 proves nothing about who made it, and is not asked to.
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def verify(file: Path, expected: Checksum) -> None:
    """Raises `ListRefused` unless the file has this digest."""
    found = digest(file, expected.algorithm)
    if found != expected.digest:
        raise ListRefused(
            f"the checksum does not fit: published {expected.digest[:16]}…, received {found[:16]}… "
            f"({expected.algorithm}); it was cut off, or changed on the way"
        )
