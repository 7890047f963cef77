"""Reads the tables of `docs/evasion.md`."""

import re
from dataclasses import dataclass

from tests.journeys.evasion.trick import Verdict

_HEADING = re.compile(r"## (.+)")
_ROW = re.compile(r"\| *(\d+) *\| *(.+?) *\| *(.+?) *\| *(.+?) *\|")


@dataclass(frozen=True, slots=True)
class Row:
    """One trick, as the document says it."""

    number: int
    title: str
    verdict: str


def read_rows(text: str) -> dict[str, list[Row]]:
    """The rows of each group, by its heading. Raises `ValueError` for a row with another verdict."""
    found: dict[str, list[Row]] = {}
    heading = ""
    for line in text.splitlines():
        if group := _HEADING.fullmatch(line):
            heading = group[1]
        elif row := _ROW.fullmatch(line):
            number, title, verdict, _why = row.groups()
            found.setdefault(heading, []).append(Row(int(number), title, Verdict(verdict)))
    return found
