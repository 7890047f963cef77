"""
The file of an export: a ZIP archive of the plainest kind, which any unzip opens.

A ZIP archive can be read in more than one way. It says everything twice, in front of each file and at the
end, may have gaps, overlaps and things before its beginning, and programs differ in which of it they
believe; so one file can show one thing to whoever checks it and another to whoever reads it. And what is
compressed may grow without end. So nothing here is compressed, and only one archive is possible for given
files in a given order: `PackageWriter` writes it, and `Package` takes names and sizes from it, works out
what every other byte has to be, and refuses a file of which one byte differs (PKWARE APPNOTE 6.3.10, sections
4.3.7 to 4.3.16).

What the files say is not looked at here but for their checksums; who signed them is `verifying.py`.
"""

import hashlib
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from policy.errors import EvidenceRefused

MOST_MEMBERS = 500
MOST_BYTES = 1 << 30
_CHUNK = 1 << 20

# Leads nowhere but down, is one word to every shell, and is no other name where case does not count.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,2}")
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_MIDNIGHT = (0, (1 << 5) | 1)  # 1 January 1980: the time of making stands in the manifest, signed
_NEEDS = 20
_UNIX = 3 << 8 | _NEEDS
_READABLE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file in it."""

    name: str
    size: int
    crc: int
    start: int  # of its header
    sha256: str  # hex

    @property
    def local(self) -> bytes:
        """What stands before its contents."""
        sizes = (self.crc, self.size, self.size, len(self.name), 0)
        return _LOCAL.pack(b"PK\3\4", _NEEDS, 0, 0, *_MIDNIGHT, *sizes) + self.name.encode("ascii")

    @property
    def central(self) -> bytes:
        """What stands of it at the end of the archive."""
        sizes = (self.crc, self.size, self.size, len(self.name), 0, 0, 0, 0)
        head = _CENTRAL.pack(b"PK\1\2", _UNIX, _NEEDS, 0, 0, *_MIDNIGHT, *sizes, _READABLE, self.start)
        return head + self.name.encode("ascii")


class PackageWriter:
    """Writes files one after another into a file that can be gone back in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._members: dict[str, Member] = {}
        self._at = 0

    @property
    def members(self) -> Mapping[str, Member]:
        """What is in it so far, by name, in their order."""
        return self._members

    def add(self, name: str, contents: bytes | Iterable[bytes]) -> Member:
        """
        Add one file. Raises `EvidenceRefused` where it is one too many, or the archive becomes too long.

        Nothing may be added afterwards where `contents` raised.
        """
        if not _NAME.fullmatch(name) or name.lower() in map(str.lower, self._members):
            raise ValueError(f"not a name for a member: {name!r}")
        if len(self._members) >= MOST_MEMBERS:
            raise EvidenceRefused(f"{name}: one file too many: an export has at most {MOST_MEMBERS}")
        start = self._at
        self._file.write(bytes(_LOCAL.size + len(name)))
        digest, crc, size = hashlib.sha256(), 0, 0
        for chunk in (contents,) if isinstance(contents, bytes) else contents:
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            if start + size > MOST_BYTES:
                raise EvidenceRefused(
                    f"{name}: an export has at most {MOST_BYTES >> 20} MiB; ask for less in each of several"
                )
            self._file.write(chunk)
        member = Member(name, size, crc, start, digest.hexdigest())
        self._at = start + len(member.local) + size
        self._file.seek(start)
        self._file.write(member.local)
        self._file.seek(self._at)
        self._members[name] = member
        return member

    def finish(self) -> None:
        """Write the end of the archive."""
        self._file.write(_tail(self._members.values(), self._at))


class Package:
    """An archive that has been read once, all of it. `with Package.open(path) as package:`."""

    def __init__(self, path: Path, file: BinaryIO, members: Mapping[str, Member]) -> None:
        self.path = path
        self.members = members
        self._file = file

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read all of it. Raises `EvidenceRefused` for every file that `PackageWriter` did not write."""
        try:
            # Opening a FIFO would wait for whoever writes into it.
            file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        except OSError as error:
            raise EvidenceRefused(f"{path}: cannot be read: {error.strerror}") from error
        try:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise EvidenceRefused(f"{path}: cannot be read: not a regular file")
            if found.st_size > MOST_BYTES + (MOST_MEMBERS + 1) * 512:
                raise EvidenceRefused(f"{path}: too long for an export of ours: {found.st_size:,} bytes")
            return cls(path, file, _read(path, file, found.st_size))
        except OSError as error:
            file.close()
            raise EvidenceRefused(f"{path}: cannot be read: {error.strerror}") from error
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes. Raises `EvidenceRefused`, also where it has none of this name."""
        member = self.members.get(name)
        if member is None:
            raise EvidenceRefused(f"{self.path}: {name} is missing: not an export, or not all of it")
        if member.size > most:
            raise EvidenceRefused(
                f"{self.path}: {name}: has more than {most:,} bytes, which none of ours has"
            )
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file, piece by piece; `EvidenceRefused` at its end where it has changed since it was opened."""
        member = self.members[name]
        digest = hashlib.sha256()
        for chunk in _chunks(self.path, self._file, member.start + len(member.local), member.size):
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != member.sha256:
            raise EvidenceRefused(f"{self.path}: {name}: changed while it was read")


def _tail(members: Iterable[Member], at: int) -> bytes:
    entries = [member.central for member in members]
    listing = b"".join(entries)
    end = _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(listing), at, 0)
    return listing + end


def _read(path: Path, file: BinaryIO, size: int) -> dict[str, Member]:
    members: dict[str, Member] = {}
    names: set[str] = set()
    at = 0
    while member := _member(path, file, at):
        if member.name.lower() in names or len(members) >= MOST_MEMBERS:
            raise EvidenceRefused(f"{path}: {member.name}: there twice, or one too many; no export of ours")
        names.add(member.name.lower())
        members[member.name] = member
        at = member.start + len(member.local) + member.size
    expected = _tail(members.values(), at)
    file.seek(at)
    if not members or size - at != len(expected) or file.read(len(expected)) != expected:
        raise EvidenceRefused(
            f"{path}: not an export, cut off or changed (no file of ours, and not the end, at byte {at:,})"
        )
    return members


def _member(path: Path, file: BinaryIO, at: int) -> Member | None:
    """The file that begins at `at`, its checksums worked out; None where none of ours does."""
    file.seek(at)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        return None
    *_, crc, size, _, length, _ = _LOCAL.unpack(head)
    raw = file.read(length)
    if not raw.isascii() or not _NAME.fullmatch(name := raw.decode("ascii")):
        return None
    if Member(name, size, crc, at, "").local != head + raw:
        return None
    digest, found = hashlib.sha256(), 0
    for chunk in _chunks(path, file, at + len(head) + length, size):
        digest.update(chunk)
        found = zlib.crc32(chunk, found)
    if found != crc:
        raise EvidenceRefused(f"{path}: {name}: was changed, or damaged: its checksum does not fit")
    return Member(name, size, crc, at, digest.hexdigest())


def _chunks(path: Path, file: BinaryIO, at: int, size: int) -> Iterator[bytes]:
    end = at + size
    while at < end:
        file.seek(at)
        chunk = file.read(min(_CHUNK, end - at))
        if not chunk:
            raise EvidenceRefused(f"{path}: cut off at byte {at:,}")
        at += len(chunk)
        yield chunk
