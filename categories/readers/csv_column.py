"""
CSV, of which one column has the entries: `id,url,added` and then a row a line.

Which one, the header says where it has one of the usual names (those of `json_list.py`), and where it has
none or several, whoever imports the list (`--column`): then the text begins with a line that names it.

    # csv-column: host
    source,url,host
    feed,http://casino.test/a,casino.test

A cell is a host with all below it, an address, an address range or a URL. Cells are divided by commas,
semicolons, tabs or bars, and may be quoted; the header may stand behind a `#`, as abuse.ch has it. A cell
with a line end inside, which quotes allow, is two bad lines.
"""

import csv
import re
from collections.abc import Sequence

from categories.packed.marks import CSV_COLUMN
from categories.readers.entry_text import NotAnEntry, NotApplicable
from categories.readers.json_list import CELLS
from categories.readers.reader import NO_LINE, Found, NotThisList, Plain
from categories.readers.rule_text import anything

_DELIMITERS = ",;\t|"
_USUAL = CELLS - {""}
_TITLE = re.compile(r"[\w /()#%-]{0,60}")  # no dot, so that a row is not taken for the header


class CsvReader:
    """See the module."""

    name = "csv"
    plain: Plain = NO_LINE

    def __init__(self) -> None:
        self._named = ""
        self._delimiter = ""
        self._at = -1  # the column; -1 until the header has been read

    def read(self, line: str) -> Found:
        """The one entry of a row. Raises `NotThisList` at a header without the column."""
        if line.startswith(CSV_COLUMN):
            self._named, self._at = line.removeprefix(CSV_COLUMN).strip(), -1
            return ()
        text = line.strip()
        if self._at < 0:
            self._begin(text)
            return ()
        if not text or text.startswith("#"):
            return ()
        row = _cells(text, self._delimiter)
        if self._at >= len(row):
            raise NotAnEntry("the row has no such column")
        if not row[self._at]:
            raise NotApplicable
        return anything(row[self._at])

    def _begin(self, text: str) -> None:
        title = text.lstrip("#").strip()
        delimiter, cells = _titles(title)
        wanted = [at for at, cell in enumerate(cells) if _wanted(cell, self._named)]
        if len(wanted) == 1:
            self._delimiter, self._at = delimiter, wanted[0]
        elif title and not text.startswith("#"):
            columns = ", ".join(cells)[:200]
            if self._named:
                raise NotThisList(f"it has no one column {self._named[:60]!r}; its columns are: {columns}")
            raise NotThisList(f"say with --column which of its columns has the entries: {columns}")

    @staticmethod
    def recognise(lines: Sequence[str]) -> int:
        """The rows, behind a header that has a usual name."""
        if lines and lines[0].startswith(CSV_COLUMN):
            return len(lines)
        for number, line in enumerate(lines):
            text = line.strip()
            title = text.lstrip("#").strip()
            delimiter, cells = _titles(title)
            if (
                len(cells) > 1
                and all(map(_TITLE.fullmatch, cells))
                and any(_wanted(each, "") for each in cells)
            ):
                return sum(
                    delimiter in row and not row.startswith("#") for row in (title, *lines[number + 1 :])
                )
            if not text.startswith("#"):
                break
        return 0


def _wanted(cell: str, named: str) -> bool:
    return cell.casefold() == named.casefold() if named else cell.casefold() in _USUAL


def _titles(title: str) -> tuple[str, list[str]]:
    """The delimiter of a header, and its cells; none where it cannot be read."""
    delimiter = max(_DELIMITERS, key=title.count)
    try:
        return delimiter, _cells(title, delimiter)
    except NotAnEntry:
        return delimiter, []


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error:
        raise NotAnEntry("its quotes cannot be read") from None
