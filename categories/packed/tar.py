"""
The members of a tar archive, one after another, read strictly.

Python's own reader takes whatever any tar has ever written, holds extended headers whole in memory, and
in some versions can be sent round in circles by a negative size. A list in an archive needs little: plain
files in folders, as ustar (POSIX.1-1988), with long names by pax (POSIX.1-2001) or GNU. So this reads
just that, forwards, and refuses the rest: sparse files, sizes that are no octal number, headers whose sum
is wrong, and an archive that ends before its end.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from policy.errors import ListRefused

_RECORD = 512  # bytes; everything in an archive is padded to it
_LONGEST_EXTENSION = 64 * 2**10  # bytes of a pax header or a GNU long name
_OCTAL = re.compile(rb" *([0-7]+)[ \0]*")
_PAX = re.compile(rb"([1-9][0-9]{0,5}) ([^=\n]{1,100})=")

type Kind = Literal["file", "folder", "link"]

_FILES, _FOLDER, _LINKS = b"0\x007", b"5", b"12"


class Member(NamedTuple):
    """What an archive says of one of its members."""

    name: str  # as it stands there
    kind: Kind
    target: str = ""  # of a link


def is_tar(start: bytes) -> bool:
    """Whether a file that begins so is a tar archive."""
    return start[257:262] == b"ustar"


def tar_members(blocks: Iterable[bytes], name: str) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """
    Each member with its content, to be read before the next is asked for, or not at all.

    Raises `ListRefused`.
    """
    source = _Source(blocks, name)
    extended: dict[str, str] = {}
    while header := source.header():
        size, kind = source.number(header[124:136]), header[156:157]
        if kind in b"LKxg":
            if size > _LONGEST_EXTENSION:
                raise source.damaged("a name is too long")
            said = b"".join(source.content(size))
            if kind == b"x":
                extended |= _pax(said, source)
            elif kind != b"g":
                extended["path" if kind == b"L" else "linkpath"] = _text(said)
            continue
        if kind not in _FILES + _FOLDER + _LINKS:
            raise source.damaged("it has members that are no plain files, folders or links")
        path = extended.get("path") or _path(header)
        target = extended.get("linkpath") or _text(header[157:257])
        content = source.content(int(extended.get("size", size)) if kind in _FILES else 0)
        if kind in _LINKS:
            yield Member(path, "link", target), content
        else:
            yield Member(path, "folder" if kind == _FOLDER or path.endswith("/") else "file"), content
        for _ in content:
            pass
        extended = {}
    source.drain()


class _Source:
    """The bytes of an archive, read forwards."""

    def __init__(self, blocks: Iterable[bytes], name: str) -> None:
        self._blocks = iter(blocks)
        self._name = name
        self._held = b""
        self._at = 0

    def damaged(self, why: str) -> ListRefused:
        """What to raise."""
        return ListRefused(f"{self._name}: no tar archive that is read here ({why}); get it again")

    def header(self) -> bytes:
        """The next one; empty at the end of the archive."""
        header = b"".join(self._some(_RECORD))
        if not header.strip(b"\0"):
            return b""
        summed = sum(header) - sum(header[148:156]) + 8 * ord(" ")
        if self.number(header[148:156]) != summed:
            raise self.damaged("the sum of a header is wrong")
        return header

    def number(self, field: bytes) -> int:
        """An octal number."""
        found = _OCTAL.fullmatch(field)
        if not found:
            raise self.damaged("a size is no octal number")
        return int(found[1], 8)

    def content(self, size: int) -> Iterator[bytes]:
        """That many bytes, and then the padding, which is not given."""
        yield from self._some(size)
        for _ in self._some(-size % _RECORD):
            pass

    def drain(self) -> None:
        """Read what is behind the end, so that the sums of a packed archive are looked at."""
        for _ in self._blocks:
            pass

    def _some(self, size: int) -> Iterator[bytes]:
        while size:
            if self._at == len(self._held):
                self._held, self._at = next(self._blocks, b""), 0
                if not self._held:
                    raise self.damaged("it ends in the middle, so it was cut off")
            piece = self._held[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece


def _path(header: bytes) -> str:
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    name = _text(header[:100])
    return f"{prefix}/{name}" if prefix else name


def _pax(content: bytes, source: _Source) -> dict[str, str]:
    """The records `length key=value` of an extended header that matter here."""
    found: dict[str, str] = {}
    at = 0
    while at < len(content):
        record = _PAX.match(content, at)
        end = at + int(record[1]) if record else 0
        if not record or not record.end() < end <= len(content) or content[end - 1 : end] != b"\n":
            raise source.damaged("an extended header cannot be read")
        key, value = record[2].decode("ascii", "replace"), _text(content[record.end() : end - 1])
        if key.startswith("GNU.sparse") or (key == "size" and not re.fullmatch("[0-9]{1,12}", value)):
            raise source.damaged("a file is sparse")
        found[key] = value
        at = end
    return {key: found[key] for key in ("path", "linkpath", "size") if key in found}


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")
