"""
Columns of numbers and texts in a file, mapped into memory.

Four million Python integers take 130 MB in every worker; the same numbers in a mapped file take
16 MB once for all of them, and none of it is private. A column is read by index through a
`memoryview`; nothing is copied when the file is opened. A file is written once and never changed:
shortening a mapped file would kill every process that reads it.
"""

import json
import mmap
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_ALIGNMENT = 8


class Texts:
    """A column of texts: all of them one after another, and where each one ends."""

    __slots__ = ("_ends", "_joined")

    def __init__(self, joined: memoryview, ends: memoryview) -> None:
        self._joined = joined
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> str:
        start = self._ends[index - 1] if index else 0
        return str(self._joined[start : self._ends[index]], "utf-8")

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))


class Columns:
    """The columns of one mapped file. Raises `ValueError` where it is not such a file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        start = int.from_bytes(mapped[:_ALIGNMENT], "little")
        header = json.loads(bytes(mapped[_ALIGNMENT:start]))
        self._columns: dict[str, memoryview] = {}
        for name, (kind, length) in header.items():
            end = start + length * array(kind).itemsize
            self._columns[name] = mapped[start:end].cast(kind)
            start = _aligned(end)

    def numbers(self, name: str) -> memoryview:
        """The column of numbers of this name."""
        return self._columns[name]

    def texts(self, name: str) -> Texts:
        """The column of texts of this name."""
        return Texts(self._columns[name], self._columns[f"{name}.ends"])


def write_columns(path: Path, numbers: Mapping[str, array[int]], texts: Mapping[str, Iterable[str]]) -> None:
    """Write a file of columns. The machine's own byte order: a compiled folder does not travel."""
    columns = dict(numbers)
    for name, several in texts.items():
        joined, ends = array("B"), array("I")
        for text in several:
            joined.frombytes(text.encode())
            ends.append(len(joined))
        columns |= {name: joined, f"{name}.ends": ends}
    header = json.dumps({name: (column.typecode, len(column)) for name, column in columns.items()}).encode()
    header += b" " * (_aligned(len(header)) - len(header))
    with path.open("wb") as file:
        file.write((_ALIGNMENT + len(header)).to_bytes(_ALIGNMENT, "little") + header)
        for column in columns.values():
            column.tofile(file)
            file.write(bytes(_aligned(file.tell()) - file.tell()))


def _aligned(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT
