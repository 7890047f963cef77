"""
gzip, bzip2 and xz, unpacked block by block, and never into more than a list may be.

A few kilobytes can unpack to gigabytes. So what comes out is counted while it comes: in all, against
what went in, and, for xz, in the memory its dictionary asks for. A file may hold several streams one
after another, as `cat a.gz b.gz` and parallel packers make them.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from policy.errors import ListRefused

MOST_UNPACKED = 512 * 2**20  # bytes; the largest list that is read
MOST_TIMES = 100  # as long as it was packed; real lists are 3 to 10 times as long
_UNSUSPICIOUS = 16 * 2**20  # bytes; a short list may be very regular, and does no harm
_MOST_STREAMS = 20_000  # in one file; parallel packers make one of every 64 KiB
_MEMORY = 128 * 2**20  # bytes for xz; its highest level asks for 65 MiB
_IN = 16 * 2**10  # bytes at a time; small, since each stream that ends in a piece copies what is behind it
_OUT = 2**20

_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
_LONGEST_MAGIC = max(map(len, _MAGIC))


class _Unpacker(Protocol):
    """One stream, as the standard library's `bz2` and `lzma` have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gunzip:
    """The same for `zlib`."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes; there may be more where it gives that many."""
        text = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = len(text) < max_length and not self._stream.unconsumed_tail
        return text


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": _Gunzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY),
}


def kind_of(start: bytes) -> str | None:
    """ "gzip", "bzip2" or "xz", for a file that begins so; "zip" too; `None` for any other."""
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    return next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)


def unpacked(blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """What is in these blocks where they are packed, else the blocks as they are. Raises `ListRefused`."""
    pieces = iter(blocks)
    first = next(pieces, b"")
    kind = kind_of(first)
    whole = chain([first], pieces)
    yield from _unpacked(whole, kind, name) if kind in _UNPACKERS else whole


def bounded(blocks: Iterable[bytes], taken: Callable[[], int], name: str) -> Iterator[bytes]:
    """
    These unpacked blocks, as long as there are not too many of them.

    `taken` tells how many packed bytes they came from so far. Raises `ListRefused`.
    """
    given = 0
    for block in blocks:
        given += len(block)
        refuse_bomb(given, taken(), name)
        yield block


def refuse_bomb(given: int, taken: int, name: str) -> None:
    """Raise `ListRefused` where so many bytes came, unpacked, from so few packed ones."""
    if given > MOST_UNPACKED:
        raise ListRefused(
            f"{name}: unpacked it is longer than {MOST_UNPACKED // 2**20} MiB; split it into several lists"
        )
    if given > _UNSUSPICIOUS and given > MOST_TIMES * taken:
        raise ListRefused(
            f"{name}: it unpacks to more than {MOST_TIMES} times its size, which no list does; "
            "check where it came from"
        )


def _unpacked(blocks: Iterable[bytes], kind: str, name: str) -> Iterator[bytes]:
    taken = 0

    def small_pieces() -> Iterator[bytes]:
        nonlocal taken
        for block in blocks:
            for start in range(0, len(block), _IN):
                piece = block[start : start + _IN]
                taken += len(piece)
                yield piece

    try:
        yield from bounded(_streams(small_pieces(), kind, name), lambda: taken, name)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise ListRefused(f"{name}: damaged ({kind}: {error}); get it again") from None


def _streams(pieces: Iterator[bytes], kind: str, name: str) -> Iterator[bytes]:
    """One stream after another, with nothing but zeros between and behind them."""
    waiting = b""
    for _ in range(_MOST_STREAMS):
        while len(waiting := waiting.lstrip(b"\0")) < _LONGEST_MAGIC and (piece := next(pieces, b"")):
            waiting += piece
        if not waiting:
            return
        if kind_of(waiting) != kind:
            raise ListRefused(f"{name}: damaged (something else follows the {kind} data); get it again")
        unpacker = _UNPACKERS[kind]()
        while not unpacker.eof:
            if unpacker.needs_input and not waiting and not (waiting := next(pieces, b"")):
                raise ListRefused(
                    f"{name}: the {kind} data ends in the middle, so it was cut off; get it again"
                )
            text = unpacker.decompress(waiting, _OUT)
            waiting = b""
            if text:
                yield text
        waiting = unpacker.unused_data
    raise ListRefused(f"{name}: more than {_MOST_STREAMS:,} {kind} streams in one file; no list is packed so")
