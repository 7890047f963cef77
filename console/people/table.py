"""
A file of comma-separated values with a header line (RFC 4180), as rows that know their line.

Whoever exports it has a spreadsheet or a personnel system and no terminal, so every complaint names the file,
the line and the column, and all of them (up to `SHOWN`) are told at once. One bad line refuses the file: of
a register that is taken over whole, half would be worse than none.
"""

import csv
import io
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from policy.errors import RegisterRefused

MOST_BYTES = 32 << 20
MOST_ROWS = 100_000
SHOWN = 10  # complaints in one go


@dataclass(frozen=True, slots=True)
class Table[T]:
    """What was read of a file, and which columns it has: what it has no column for it says nothing about."""

    columns: frozenset[str]
    rows: tuple[T, ...]


def read_table[T](
    path: Path, required: Collection[str], optional: Collection[str], of_row: Callable[[dict[str, str]], T]
) -> Table[T]:
    """
    Read a file whole; `of_row` makes of a row's cells what is wanted, or raises `ValueError` saying why not.

    Raises `RegisterRefused` with what is wrong and where, `OSError` for a file that cannot be read.
    """
    rows = _rows(path, _text(path))
    header = next(rows, None)
    if header is None:
        raise RegisterRefused(f"{path}: the file is empty; its first line names the columns")
    columns = _columns(path, header[1], required, optional)
    made: list[T] = []
    wrong: list[str] = []
    for line, cells in rows:
        try:
            made.append(of_row(_named(columns, cells)))
        except ValueError as error:
            wrong.append(f"line {line}: {error}")
        if len(made) > MOST_ROWS:
            raise RegisterRefused(f"{path}: more than {MOST_ROWS:,} lines; split it by organisation")
        if len(wrong) > SHOWN:
            break
    if wrong:
        more = "; and more" if len(wrong) > SHOWN else ""
        raise RegisterRefused(f"{path}: {'; '.join(wrong[:SHOWN])}{more}")
    return Table(frozenset(columns), tuple(made))


def _text(path: Path) -> str:
    with path.open("rb") as file:
        held = file.read(MOST_BYTES + 1)
    if len(held) > MOST_BYTES:
        raise RegisterRefused(f"{path}: larger than {MOST_BYTES >> 20} MiB; is it the right file?")
    try:
        return held.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = held.count(b"\n", 0, error.start) + 1
        raise RegisterRefused(
            f"{path}: line {line} is not UTF-8; save it as CSV UTF-8 (comma delimited)"
        ) from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, and the line on which it begins: a quoted cell may go over several."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RegisterRefused(f"{path}: line {line}: no comma-separated values: {error}") from None
        if any(cell.strip() for cell in cells):
            yield line, [cell.strip() for cell in cells]
        line = reader.line_num + 1


def _columns(
    path: Path, header: list[str], required: Collection[str], optional: Collection[str]
) -> tuple[str, ...]:
    columns = tuple(name.casefold() for name in header)
    known = (*required, *optional)
    # A misspelt column would not be missed: everybody's unit would just stay what it was.
    for name in columns:
        if name not in known:
            raise RegisterRefused(f"{path}: line 1: {name[:40]!r} is no column; there are {', '.join(known)}")
        if columns.count(name) > 1:
            raise RegisterRefused(f"{path}: line 1: two columns are called {name}")
    for name in required:
        if name not in columns:
            raise RegisterRefused(f"{path}: line 1: no column is called {name}")
    return columns


def _named(columns: tuple[str, ...], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells, where the first line names {len(columns)}")
    return dict(zip(columns, cells, strict=True))
