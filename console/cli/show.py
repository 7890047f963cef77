"""
Showing, one function a medium: a line of text, a table, a line of JSON.

Hosts, paths, list entries and file names are somebody else's choice of characters. On a terminal
an ESC or a right-to-left override would act, and rich would take `[/bold]` for its own markup; so text
goes through `plain` first, and into a table only as `Text`, which is never read as markup. JSON that
leaves here is ASCII: a consumer gets every character back, a terminal gets none of them.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from uuid import UUID

from policy.text import storable

LONGEST = 200
READABLE = 12  # characters a column, on average; in fewer, references and dates are cut into pieces


def plain(text: str, length: int = LONGEST) -> str:
    """`text` as one inert line of at most `length` characters."""
    return storable(text, length)


def line(text: str = "") -> None:
    """One line on stdout. The caller has made what is not ours `plain`."""
    sys.stdout.write(text + "\n")


def raw(text: str) -> None:
    """Text on stdout that a function for its medium has made, ends of lines and all."""
    sys.stdout.write(text)


def note(text: str) -> None:
    """One line for the person at the terminal, on stderr: progress, warnings, what to do next."""
    sys.stderr.write(plain(text, 2000) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout: in a pipe whole columns, on a terminal too narrow for them a line for each cell."""
    from rich import box  # noqa: PLC0415 - a tenth of a second that --json need not wait for
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    terminal = Console(highlight=False)
    if terminal.is_terminal and terminal.width < READABLE * len(columns):
        _one_below_the_other(columns, rows)
        return
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(Text(column), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(plain("" if cell is None else str(cell))) for cell in row))
    # In a pipe there is no width to fit into, and a table folded at 80 columns is of no use to grep.
    console = terminal if terminal.is_terminal else Console(highlight=False, width=100_000)
    console.print(drawn)


def _one_below_the_other(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    longest = max(map(len, columns))
    for row in rows:
        for column, cell in zip(columns, row, strict=True):
            if cell not in {None, ""}:
                line(f"{column:<{longest}}  {plain(str(cell))}")
        line()


def json_line(record: Mapping[str, object]) -> None:
    """One object on one line of stdout."""
    sys.stdout.write(as_json(record) + "\n")


def as_json(record: Mapping[str, object]) -> str:
    """One object on one line, ASCII only: JSON itself escapes control characters and lone surrogates."""
    return json.dumps(record, ensure_ascii=True, separators=(",", ":"), default=_plain_value)


def _plain_value(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Path):
        return str(value)
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
