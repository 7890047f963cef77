"""
The bytes of a list as lines of text, or the reason why they are none.

A list comes from outside: its size and its lines are bounded, and what is plainly no list (a web page,
an archive, UTF-16, half a file) is refused with one line that says so, not read as a million bad lines.
What can be seen of a file that was cut off: a last character that is incomplete here, and, in
`categories/readers/__init__.py`, fewer entries than its own heading promises.
"""

import codecs
from collections.abc import Iterable, Iterator

from policy.errors import ListRefused

LARGEST_LIST = 512 * 2**20  # bytes; the largest public list we know has 35 MB
LONGEST_LINE = 65536  # bytes

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"(\xb5/\xfd": "zstd",
}


def lines_of(blocks: Iterable[bytes], name: str) -> Iterator[list[str]]:
    """
    The lines, without their ends, some thousands at a time; blank ones too, so that they can be counted.

    Bytes that are not UTF-8 become lone surrogates, for their line to be refused by itself.
    Raises `ListRefused`.
    """
    size = lines = 0
    rest = b""
    for number, block in enumerate(blocks):
        size += len(block)
        refuse_large(size, name)
        if number == 0:
            _refuse_other_files(block, name)
            block = block.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901
        if b"\0" in block:
            raise ListRefused(f"{name}: binary data, not a text; give a list as UTF-8 text")
        whole, end, tail = (rest + block).rpartition(b"\n")
        if end:
            some = _text(whole).split("\n")
            lines += len(some)
            yield some
        rest = tail
        if len(rest) > LONGEST_LINE:
            raise ListRefused(
                f"{name}: line {lines + 1} is longer than {LONGEST_LINE:,} bytes; give one entry a line"
            )
    if rest:
        _refuse_half_a_character(rest, name)
        yield [_text(rest)]


def refuse_large(size: int, name: str) -> None:
    """Raise `ListRefused` where a list has more bytes than are read."""
    if size > LARGEST_LIST:
        raise ListRefused(f"{name}: longer than {LARGEST_LIST // 2**20} MiB; split it into several lists")


def _text(lines: bytes) -> str:
    return lines.decode("utf-8", "surrogateescape").replace("\r\n", "\n").removesuffix("\r")


def _refuse_other_files(start: bytes, name: str) -> None:
    for magic, kind in _COMPRESSED.items():
        if start.startswith(magic):
            raise ListRefused(f"{name}: compressed ({kind}); unpack it and give the list inside")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ListRefused(f"{name}: UTF-16; save it as UTF-8")
    first = start.removeprefix(codecs.BOM_UTF8).lstrip()
    if first.startswith(b"<"):
        raise ListRefused(f"{name}: a web page (HTML or XML), not a list; check the address it came from")
    if first.startswith(b"{"):
        raise ListRefused(f"{name}: JSON, not a list of entries one a line")


def _refuse_half_a_character(tail: bytes, name: str) -> None:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(tail, final=False)
        tail.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise ListRefused(
                f"{name}: it ends in the middle of a character, so it was cut off; get it again"
            ) from None
