"""
From what somebody has to the one text of a list: files, packed files, archives, folders.

A list is one text with one entry a line, so that a line number names one line and a digest one
content; it is what is stored, compiled, searched and shown. `list_blocks` makes it, whatever the list
came as, and is all that `lists import` and feeds call:

    list_blocks(path, inside="", column="", given="") -> the text, in blocks of bytes

    a file                   as it is
    .gz .bz2 .xz             what is in it (`compressed.py`)
    .tar .tar.gz ... .zip    its one file or SquidGuard folder, or the one that `inside` names (`archive.py`)
    a SquidGuard folder      its files one after another, with its `.diff` files applied (`squidguard.py`)
    a file that includes     with the files beside it that it includes (`includes.py`, v2fly)
    JSON                     each text in it on a line of its own (`json_text.py`)
    all names in one line    each on a line of its own (`one_line.py`)
    CSV                      as it is; under a line that names the column, where `column` does

What it is shows in its content, never in its name. Everything here comes from outside: sizes, ratios,
numbers of members and depths are bounded, nothing is written but below a temporary folder of our own,
and no name or link in an archive leads out of it. One layer is unpacked; a packed list inside a packed
list is refused when it is read.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from categories.packed.archive import open_archive, unpack
from categories.packed.compressed import kind_of, unpacked
from categories.packed.includes import includes_others, with_included
from categories.packed.json_text import is_json, text_of_json
from categories.packed.marks import CSV_COLUMN
from categories.packed.one_line import is_one_line, one_a_line
from categories.packed.squidguard import squidguard_files, squidguard_text
from policy.errors import ListRefused

_BLOCK = 1 << 20


def list_blocks(path: Path, *, inside: str = "", column: str = "", given: str = "") -> Iterator[bytes]:
    """
    The one text of a list, block by block, whatever it came as; see the module.

    `inside` names the file or folder of an archive, with its path there; needed where it has several.
    `column` names the column of a CSV file, or the key of a JSON one, whose values are the entries; needed
    where it has none of the usual names (`categories/readers/csv_column.py`). `given` is what messages
    call the list: the path, unless something else is said.

    Raises `ListRefused`, at the first block or later, with one line that says what to do.
    """
    name = given or str(path)
    if not path.is_file() and not path.is_dir():
        raise ListRefused(f"{name}: no such file or folder")
    archive = open_archive(path, name) if path.is_file() else None
    if archive is None:
        if inside:
            raise ListRefused(f"{name}: no archive, so there is no {inside!r} inside")
        yield from _text(path, name, column)
        return
    with TemporaryDirectory(prefix="sluicegate-") as folder:
        chosen = unpack(archive, inside, Path(folder), name)
        yield from _text(chosen, f"{name}: {chosen.name}", column)


def list_size(path: Path) -> int:
    """The bytes that `list_blocks` gives for it, roughly; 0 where only unpacking would tell."""
    if path.is_dir():
        return sum(file.stat().st_size for _, file in squidguard_files(path, str(path)))
    with path.open("rb") as file:
        return 0 if kind_of(file.read(8)) else path.stat().st_size


def _text(path: Path, name: str, column: str) -> Iterator[bytes]:
    if path.is_dir():
        yield from squidguard_text(path, name)
        return
    blocks = _joined(unpacked(_file_blocks(path), name))
    first = next(blocks, b"")
    blocks = chain([first], blocks)
    if is_json(first):
        yield from text_of_json(blocks, name, column)
    elif column:
        yield f"{CSV_COLUMN}{column}\n".encode()
        yield from blocks
    elif is_one_line(first):
        yield from one_a_line(blocks)
    elif includes_others(first):
        yield from with_included(path, blocks, name)
    else:
        yield from blocks


def _file_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _joined(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same in larger blocks: what a list is shows in the first, which must not be its heading alone."""
    held: list[bytes] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size >= _BLOCK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
