"""`sluicegate transparency report`: what was done with the powers of review in a quarter, to be published."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJsonLines
from console.cli.review import connect
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from policy.review.disclosure import FEWEST
from policy.review.transparency import last_quarter

_COLUMNS = ("what", "number")
_FEW = f"fewer than {FEWEST}"


def report(
    quarter: Annotated[
        str | None,
        typer.Argument(metavar="[QUARTER]", help="Such as 2026-Q4; without it, the last that is over."),
    ] = None,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    Authorities, looks, who was told, break-glass and corrections of a quarter.

    For statistics, data protection and the auditor. Acts of the organisation
    are counted exactly; of people, fewer than ten are not told. Who was told
    is counted as it stands today, so that an old quarter may look better than
    it did.

    Examples:
      sluicegate transparency report
      sluicegate transparency report 2026-Q4 --output 2026-q4.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output)
    found = connect.review().figures.transparency(quarter or str(last_quarter(datetime.now(UTC))))
    cells = [(one.name, _FEW if one.number is None else one.number) for one in found.figures]

    def table() -> None:
        show.table(_COLUMNS, cells)
        show.line(f"{found.quarter} (UTC)")

    def records() -> Iterator[Record]:
        for one in found.figures:
            yield {"quarter": found.quarter, "what": one.name, "number": one.number}

    give(form, output, table=table, records=records, rows=lambda: (_COLUMNS, cells))
