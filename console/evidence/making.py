"""An export becomes a file: its contents, what they are, their checksums, and the signature over those."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import BinaryIO

from console.evidence.keys import SigningKey
from console.evidence.manifest import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    SUMS,
    Kind,
    Manifest,
    MemberInfo,
    checksums,
)
from console.evidence.package import PackageWriter

DISTRIBUTION = "sluicegate"


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export."""

    name: str
    about: str  # what it is, in a sentence
    contents: bytes | Iterable[bytes]
    rows: bool = False  # whether each line of it is a row, and they are counted


@dataclass(frozen=True, slots=True)
class About:
    """What an export is of."""

    kind: Kind
    marking: str
    made_at: datetime
    made_by: str
    organisation: str
    authority: str | None
    access: str
    revision: str


def write_export(file: BinaryIO, about: About, files: Iterable[File], key: SigningKey) -> Manifest:
    """Write an export into `file`, which can be gone back in. Raises `EvidenceRefused`: it is too long."""
    writer = PackageWriter(file)
    infos: dict[str, MemberInfo] = {}
    for each in files:
        counter = _Lines()
        chunks = (each.contents,) if isinstance(each.contents, bytes) else each.contents
        writer.add(each.name, counter.counting(chunks))
        infos[each.name] = MemberInfo(about=each.about, lines=counter.lines if each.rows else None)
    writer.add(PUBLIC_KEY, key.public.pem)
    infos[PUBLIC_KEY] = MemberInfo(about="The public half of the key that this export is signed by.")
    manifest = Manifest(
        kind=about.kind,
        marking=about.marking,
        made_at=about.made_at,
        made_by=about.made_by,
        organisation=about.organisation,
        authority=about.authority,
        access=about.access,
        release=version(DISTRIBUTION),
        revision=about.revision,
        key=key.public.fingerprint,
        files=infos,
    )
    writer.add(MANIFEST, manifest.text())
    sums = checksums({name: member.sha256 for name, member in writer.members.items()})
    writer.add(SUMS, sums)
    writer.add(SIGNATURE, key.sign(sums))
    writer.finish()
    return manifest


@dataclass(slots=True)
class _Lines:
    lines: int = field(default=0)

    def counting(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.lines += chunk.count(b"\n")
            yield chunk
