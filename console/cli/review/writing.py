"""
In which form an answer is given, and where it goes: a table on the terminal, or JSON, CSV, a page in a file.

What names people is not left lying about: a file is made for its owner alone, whatever the shell's
redirection would have made of it, and none is written over.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from policy.errors import Refused
from policy.text import CSV_START, csv_line


class Form(StrEnum):
    """A form that an answer has."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


AsCsv = Annotated[bool, typer.Option("--csv", help="CSV on stdout, safe for spreadsheets.")]
Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="To a new file: .csv, .json, or .html where there is a report."),
]
Record = Mapping[str, object]


def form_of(*, as_json: bool, as_csv: bool, output: Path | None, pages: bool = False) -> Form:
    """
    What is asked for; a file's name says it by its ending. `pages`: whether HTML is to be had.

    Looked at before anything is asked, so that nobody looks for nothing. Raises `typer.BadParameter`, or
    `Refused` where there is such a file.
    """
    if as_json + as_csv + (output is not None) > 1:
        raise typer.BadParameter("give one of --json, --csv and --output", param_hint="--output")
    if output is None:
        return Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE
    endings = [".csv", ".json", *([".html"] if pages else [])]
    if output.suffix.lower() not in endings:
        raise typer.BadParameter(
            f"{show.plain(output.name)}: a name that ends in {' or '.join(endings)}", param_hint="--output"
        )
    if output.exists():
        raise Refused(f"{output}: there is a file already; name another")
    if not output.parent.is_dir():
        raise Refused(f"{output.parent}: there is no such folder")
    return Form(output.suffix.lower()[1:])


def put(text: str, output: Path | None) -> None:
    """Give it out: to stdout, or to a new file that nobody else may read."""
    if output is None:
        show.raw(text)
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise Refused(f"{output}: there is a file already; name another") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    show.note(f"{output}: written; nobody else may read it")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole CSV file."""
    return CSV_START + csv_line(columns) + "".join(map(csv_line, rows))


def json_text(records: Iterable[Record]) -> str:
    """An object a line."""
    return "".join(show.as_json(record) + "\n" for record in records)


def give(
    form: Form,
    output: Path | None,
    *,
    table: Callable[[], None],
    records: Callable[[], Iterable[Record]],
    rows: Callable[[], tuple[Sequence[str], Iterable[Sequence[object]]]],
    page: Callable[[], str] | None = None,
) -> None:
    """Give an answer out in the form that was asked for."""
    match form:
        case Form.TABLE:
            table()
        case Form.JSON:
            put(json_text(records()), output)
        case Form.CSV:
            put(csv_text(*rows()), output)
        case Form.HTML if page is not None:  # as `form_of` has seen to
            put(page(), output)
