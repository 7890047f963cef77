"""
What an export says of itself, and the list of checksums that is signed.

`SHA256SUMS` names every other file with its SHA-256, in the form of coreutils' `sha256sum`, so that
`sha256sum -c` checks it where this program is not. `SHA256SUMS.sig` is the signature over it: 64 bytes.
`manifest.json` is one of the files that it names, and says of each what it is.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from policy.errors import EvidenceRefused

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
PUBLIC_KEY = "public-key.pem"
MOST_MANIFEST_BYTES = 1 << 20
MOST_SUMS_BYTES = 1 << 18
MARKING_LENGTH = 100
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]{1,310})")

type Kind = Literal["review-export", "subject-access", "sealed-parts"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class MemberInfo(_Part):
    """One file."""

    about: str  # what it is, in a sentence
    lines: Annotated[int, Field(ge=0)] | None = None  # how many, where each is one row


class Manifest(_Part):
    """What an export says of itself."""

    format: Literal[1] = 1
    kind: Kind
    marking: Annotated[str, Field(max_length=MARKING_LENGTH)]
    made_at: AwareDatetime
    made_by: str  # the login of who asked for it
    organisation: str
    authority: str | None  # a reference; None for a subject's own
    access: str  # the Access that was committed before a row was read
    release: str  # of the product
    revision: str  # of the schema
    key: str  # the fingerprint of the key that it is signed by
    files: dict[str, MemberInfo]  # all but this one, the checksums and their signature

    def text(self) -> bytes:
        """As it is stored."""
        return self.model_dump_json(indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def read_manifest(text: bytes) -> Manifest:
    """Take `manifest.json` apart. Raises `EvidenceRefused`."""
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise EvidenceRefused(
            f"{MANIFEST}: {key[:100]}: {first['msg'][:200]}; not ours, or made by a later release"
        ) from error


def checksums(digests: Mapping[str, str]) -> bytes:
    """`SHA256SUMS` of these files: name to SHA-256 in hexadecimal."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode("ascii")


def read_checksums(text: bytes) -> dict[str, str]:
    """Take `SHA256SUMS` apart; only what `checksums` writes. Raises `EvidenceRefused`."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.decode("ascii", "replace").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            if line == "" and found:
                break
            raise EvidenceRefused(f"{SUMS}: line {number} is no checksum of ours")
        found[match[2]] = match[1]
    if checksums(found) != text:
        raise EvidenceRefused(f"{SUMS}: something stands behind its last line")
    return found
