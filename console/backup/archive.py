"""
The file of a backup: a plain tar archive of regular files, the last of them a manifest with their checksums.

Any tar lists and unpacks it, so that at the worst moment nobody needs this program to get at their policy.
Reading is another matter: an archive may have been cut off, flipped a bit, or been made by somebody who
wishes us ill, and a tar reader of general use has links, sparse files, devices and headers without an end to
trip over. So only the plainest form is read, header by header (POSIX.1-2001, "ustar Interchange Format"):
regular files, names of ours and no others, nothing that grows when it is read, every byte accounted for up
to the end of the file. All of it is read and compared once before anything is taken out,
and what is taken out is compared again, since the file may be changed meanwhile.

The checksums tell damage and not forgery. Whoever can write where backups lie can write a backup.
"""

import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from policy.errors import BackupRefused

MANIFEST = "manifest.json"
_BLOCK = 512
_END = bytes(2 * _BLOCK)
_CHUNK = 1 << 20
# Ten lists a day for fifty years, and what the manifest of so many has at most.
_MOST_MEMBERS = 200_000
_MOST_MANIFEST_BYTES = 64 << 20
# Whatever else stands in a name, it leads nowhere but down, and not far.
_NAME = re.compile(r"[a-z0-9][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,3}")

type OnProgress = Callable[[int, int], None]
"""Bytes done, of how many."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MemberInfo(_Part):
    """One file of the archive."""

    size: Annotated[int, Field(ge=0)]
    sha256: str  # hex


class Manifest(_Part):
    """What an archive says of itself."""

    format: Literal[1] = 1
    made_at: AwareDatetime
    gateway: str  # its name
    release: str  # of the product
    revision: str  # of the schema that the tables are written in
    authority: bool  # whether the sealed authority is in it
    members: dict[str, MemberInfo]


class ArchiveWriter:
    """Writes members one after another into `file`, then the manifest."""

    def __init__(self, file: BinaryIO, now: datetime) -> None:
        self._file = file
        self._now = now
        self._members: dict[str, MemberInfo] = {}

    @property
    def names(self) -> frozenset[str]:
        """What is in it so far."""
        return frozenset(self._members)

    def add(self, name: str, data: bytes | BinaryIO) -> None:
        """Add one file: as many bytes of `data` as it has now. Raises `OSError`, or `BackupRefused`."""
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        size = len(data) if isinstance(data, bytes) else os.fstat(data.fileno()).st_size - data.tell()
        if not _NAME.fullmatch(name) or name in self._members:
            raise ValueError(f"not a name for a member: {name!r}")
        if len(self._members) + 1 >= _MOST_MEMBERS:
            raise BackupRefused(f"{name}: one file too many: a backup has at most {_MOST_MEMBERS:,}")
        self._members[name] = self._write(name, source, size)

    def finish(self, *, gateway: str, release: str, revision: str, authority: bool) -> Manifest:
        """Write the manifest and the end of the archive."""
        manifest = Manifest(
            made_at=self._now,
            gateway=gateway,
            release=release,
            revision=revision,
            authority=authority,
            members=self._members,
        )
        text = manifest.model_dump_json(indent=1).encode()
        self._write(MANIFEST, io.BytesIO(text), len(text))
        self._file.write(_END)
        return manifest

    def _write(self, name: str, source: BinaryIO, size: int) -> MemberInfo:
        header = tarfile.TarInfo(name)
        header.size, header.mode, header.mtime = size, 0o600, int(self._now.timestamp())
        self._file.write(header.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict"))
        digest, left = hashlib.sha256(), size
        while left:
            chunk = source.read(min(_CHUNK, left))
            if not chunk:
                raise OSError(None, "it became shorter while it was copied", name)
            digest.update(chunk)
            self._file.write(chunk)
            left -= len(chunk)
        self._file.write(bytes(-size % _BLOCK))
        return MemberInfo(size=size, sha256=digest.hexdigest())


@dataclass(frozen=True, slots=True)
class _Member:
    start: int
    size: int


class Archive:
    """An archive that has been read and found whole. `with Archive.open(path) as archive:`."""

    def __init__(
        self, path: Path, file: BinaryIO, members: Mapping[str, _Member], manifest: Manifest
    ) -> None:
        self.path = path
        self.manifest = manifest
        self._file = file
        self._members = members

    @classmethod
    def open(cls, path: Path, on_progress: OnProgress = lambda _done, _total: None) -> Self:
        """
        Read all of it and compare every checksum.

        Raises `BackupRefused` for what is no backup, or not whole, naming the place.
        """
        try:
            # Opening a FIFO would wait for whoever writes into it.
            file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        except OSError as error:
            raise BackupRefused(f"{path}: the backup cannot be read: {error.strerror}") from error
        try:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise BackupRefused(f"{path}: the backup cannot be read: not a regular file")
            members = dict(_members(path, file, found.st_size))
            manifest = _manifest(path, file, members)
            archive = cls(path, file, members, manifest)
            archive._compare(on_progress)
        except BaseException:
            file.close()
            raise
        return archive

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def names(self) -> frozenset[str]:
        """The names of its files, without the manifest."""
        return frozenset(self.manifest.members)

    def read(self, name: str, most: int) -> bytes:
        """A whole file of at most `most` bytes. Raises `BackupRefused`."""
        if self._members[name].size > most:
            raise BackupRefused(f"{self.path}: {name}: has more than {most:,} bytes, which none of ours has")
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file, piece by piece. Raises `BackupRefused` at its end where it is not what it was."""
        digest = hashlib.sha256()
        for chunk in _chunks(self.path, self._file, self._members[name]):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self.manifest.members[name].sha256:
            raise _damaged(self.path, name)

    def _compare(self, on_progress: OnProgress) -> None:
        listed = {name: info.size for name, info in self.manifest.members.items()}
        there = {name: member.size for name, member in self._members.items() if name != MANIFEST}
        for name in sorted(listed.keys() ^ there.keys()):
            what = "is missing" if name in listed else "stands in no manifest"
            raise BackupRefused(f"{self.path}: {name}: {what}; the archive is damaged, take another one")
        done, total = 0, sum(there.values())
        for name, size in there.items():
            if listed[name] != size:
                raise _damaged(self.path, name)
            for chunk in self.chunks(name):
                done += len(chunk)
                on_progress(done, total)


def _members(path: Path, file: BinaryIO, size: int) -> Iterator[tuple[str, _Member]]:
    """Every file of the archive and where it lies; refuses all that this program would not have written."""
    seen: set[str] = set()
    at = 0
    while MANIFEST not in seen:
        file.seek(at)
        try:
            header = tarfile.TarInfo.frombuf(file.read(_BLOCK), "ascii", "strict")
        except (tarfile.HeaderError, ValueError):
            raise BackupRefused(
                f"{path}: not a backup, or cut off (no file begins at byte {at:,}); take another one"
            ) from None
        name = header.name
        if header.type != tarfile.REGTYPE or not _NAME.fullmatch(name):
            raise BackupRefused(f"{path}: {name!r}: no file of a backup of ours; this archive is not used")
        if name in seen or len(seen) >= _MOST_MEMBERS:
            raise BackupRefused(f"{path}: {name}: there twice, or one too many; this archive is not used")
        start = at + _BLOCK
        at = start + header.size + -header.size % _BLOCK
        if header.size < 0 or at > size:
            raise BackupRefused(f"{path}: {name}: cut off; take another backup")
        seen.add(name)
        yield name, _Member(start, header.size)
    file.seek(at)
    if size - at != len(_END) or file.read() != _END:
        raise BackupRefused(f"{path}: cut off, or something stands behind its end; take another backup")


def _manifest(path: Path, file: BinaryIO, members: Mapping[str, _Member]) -> Manifest:
    member = members[MANIFEST]
    if member.size > _MOST_MANIFEST_BYTES:
        raise _damaged(path, MANIFEST)
    try:
        return Manifest.model_validate_json(b"".join(_chunks(path, file, member)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BackupRefused(
            f"{path}: {MANIFEST}: {key}: {first['msg']}; damaged, or made by another release"
        ) from error


def _chunks(path: Path, file: BinaryIO, member: _Member) -> Iterator[bytes]:
    at, end = member.start, member.start + member.size
    while at < end:
        file.seek(at)
        chunk = file.read(min(_CHUNK, end - at))
        if not chunk:
            raise BackupRefused(f"{path}: became shorter while it was read")
        at += len(chunk)
        yield chunk


def _damaged(path: Path, name: str) -> BackupRefused:
    return BackupRefused(f"{path}: {name}: damaged (its checksum does not fit); take another backup")
