"""
Archives (tar, packed or not, and zip): which of their files is the list, and only those unpacked.

An archive is read twice: for the names in it, and for the files of the one folder that is wanted, which
are written flat into a temporary folder under their last names. So nothing in an archive says where
anything is written; a member whose name or link leads out of the archive still is the work of somebody
who means harm, and the archive is refused. Links are not followed: whoever wants what one leads to names
that. Sizes are bounded in `compressed.py`.
"""

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from categories.durable import writing_below
from categories.packed.compressed import kind_of, refuse_bomb, unpacked
from categories.packed.squidguard import FILES
from categories.packed.tar import Member, is_tar, tar_members
from policy.errors import ListRefused
from policy.text import storable

MOST_MEMBERS = 20_000
_LONGEST_NAME = 200  # bytes of a file's last name, and what is read of a link
_LONGEST_DIRECTORY = 8 * 2**20  # bytes of a zip archive's, which is held whole
_NAMED = 5  # choices that a refusal names
_BLOCK = 1 << 20

type Members = Iterator[tuple[Member, Iterable[bytes]]]
type Archive = Callable[[], Members]
"""Reads the archive from its beginning, each time it is called."""


def open_archive(path: Path, name: str) -> Archive | None:
    """How to read the archive that is at `path`; `None` where there is none, but a plain file."""
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    if kind_of(start) == "zip":
        return lambda: _zip_members(path, name)
    try:
        first = next(unpacked([start], name), b"")
    except ListRefused:
        return None  # the same will be said when its text is read
    if not is_tar(first):
        return None
    return lambda: tar_members(unpacked(_blocks(path), name), name)


def unpack(archive: Archive, inside: str, folder: Path, name: str) -> Path:
    """
    Write the wanted files into `folder`, and say which file or SquidGuard folder there is the list.

    Beside a file stand those that stood beside it, since it may include them. Raises `ListRefused`.
    """
    names = _file_names(archive(), name)
    wanted = _choice(names, inside, name)
    home = wanted if wanted not in names else str(PurePosixPath(wanted).parent)
    into = folder / (PurePosixPath(home).name or "archive")
    into.mkdir()
    for member, content in archive():
        path = PurePosixPath(member.name)
        if member.kind == "file" and str(path) in names and str(path.parent) == home:
            with writing_below(folder), (into / path.name).open("xb") as file:
                for block in content:
                    file.write(block)
    return into / PurePosixPath(wanted).name if wanted in names else into


def _choice(names: Collection[str], inside: str, name: str) -> str:
    """The file or folder that is meant."""
    folders = {str(PurePosixPath(each).parent) for each in names if PurePosixPath(each).name in FILES}
    if inside:
        wanted = str(PurePosixPath(inside))
        if wanted in names or wanted in folders:
            return wanted
        raise ListRefused(f"{name}: no file or SquidGuard folder {inside!r} inside; {_named(names, folders)}")
    if len(folders) == 1:
        return next(iter(folders))
    if len(names) == 1:
        return next(iter(names))
    raise ListRefused(f"{name}: not one list, but several; say which with --inside; {_named(names, folders)}")


def _named(names: Collection[str], folders: Collection[str]) -> str:
    choices = sorted(folders or names)
    shown = ", ".join(storable(each, 60) for each in choices[:_NAMED]) or "no file at all"
    return f"there are {shown}" + (f" and {len(choices) - _NAMED:,} more" if len(choices) > _NAMED else "")


def _file_names(members: Members, name: str) -> set[str]:
    """The names of its files. Raises `ListRefused` where one, or a link, leads out of it."""
    names: set[str] = set()
    for number, (member, _) in enumerate(members, 1):
        if number > MOST_MEMBERS:
            raise ListRefused(f"{name}: more than {MOST_MEMBERS:,} members; unpack it and give the list")
        path = PurePosixPath(member.name)
        reached = [member.name, str(path.parent / member.target)]
        outside = [each for each in reached if _leads_out(each)] or [*filter(_is_absolute, [member.target])]
        if outside:
            shown = storable(outside[0], 100)
            raise ListRefused(f"{name}: {shown!r} leads out of the archive; check where it came from")
        if member.kind == "file":
            last = path.name
            if str(path) in names or last in {"", ".."} or len(os.fsencode(last)) > _LONGEST_NAME:
                shown = storable(member.name, 100)
                raise ListRefused(f"{name}: {shown!r} is there twice, or no name for a file; get it again")
            names.add(str(path))
    return names


def _leads_out(name: str) -> bool:
    """Whether a path, seen from the root of the archive, begins elsewhere or ends above it."""
    depth = 0
    for part in name.replace("\\", "/").split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return _is_absolute(name)


def _is_absolute(name: str) -> bool:
    return name.startswith(("/", "\\")) or re.match("[A-Za-z]:", name) is not None


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _zip_members(path: Path, name: str) -> Members:
    taken = path.stat().st_size
    given = 0

    def counted(content: Iterator[bytes]) -> Iterator[bytes]:
        """Of all members together: twenty thousand, each of a harmless size, fill a disk."""
        nonlocal given
        for block in content:
            given += len(block)
            refuse_bomb(given, taken, name)
            yield block

    with _refusing(name), _Bounded(path.open("rb", buffering=0)) as file, zipfile.ZipFile(file) as archive:
        for each in archive.infolist():
            if each.flag_bits & 1 or each.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                raise ListRefused(f"{name}: encrypted, or packed in a way that is rare in zip; unpack it")
            content = counted(_zip_content(archive, each, name))
            if stat.S_ISLNK(each.external_attr >> 16):
                target = next(content, b"")[:_LONGEST_NAME]
                yield Member(each.filename, "link", target.decode("utf-8", "surrogateescape")), ()
            else:
                yield Member(each.filename, "folder" if each.is_dir() else "file"), content


class _Bounded(io.BufferedReader):
    """A file of which no more is read at once than a directory of an archive may be long."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > _LONGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too long")
        return super().read(_LONGEST_DIRECTORY if size is None or size < 0 else size)


def _zip_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    with _refusing(name), archive.open(member) as file:
        while block := file.read(_BLOCK):
            yield block


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        struct.error,
    ) as error:
        why = storable(str(error), 100)
        raise ListRefused(f"{name}: no zip archive that is read here ({why}); get it again") from None
