"""`sluicegate review dip-sample`: some decisions by chance, of nobody: whether the filter does right."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJsonLines
from console.cli.review import connect, dates
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from policy.review.meaning import RESOURCE
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion, DipSampleRow
from policy.words import Verdict

_COLUMNS = (
    *("day (UTC)", "what it was", "host", "verdict", "reason", "category", "list", "line", "entry", "clause"),
    "withdrawn as wrong",
)


def dip_sample(
    purpose: dates.Purpose,
    since: dates.Since = "7d",
    until: dates.Until = None,
    category: Annotated[str | None, typer.Option(metavar="CATEGORY", help="Only of this one.")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only with this one.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=MOST_SAMPLED, metavar="N", help="How many.")] = 20,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    Some decisions by chance, of nobody; no authority is needed.

    To see whether the lists and the policy do right. No person, unit, address,
    path or reference is in it, and no time finer than a day (UTC). Chance draws
    the rows; asked again, it draws others.

    Examples:
      sluicegate review dip-sample --purpose "are the lists right" --verdict block
      sluicegate review dip-sample --purpose "games, this month" --since 30d --category games --rows 50
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output)
    first, beyond = dates.days_of(since, until, datetime.now(UTC))
    review = connect.review()
    found = review.figures.dip_sample(
        DipSampleQuestion(
            purpose=dates.purpose_of(purpose),
            organisation=review.who().organisation,
            since=first,
            until=beyond,
            category=category,
            verdict=verdict,
            size=rows,
        )
    )

    def table() -> None:
        show.table(_COLUMNS, map(_cells, found))
        show.line(f"{len(found):,} by chance, from {first} until {beyond} (UTC); nobody is in them")

    def records() -> Iterator[Record]:
        return map(asdict, found)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (_COLUMNS, map(_cells, found)),
    )


def _cells(one: DipSampleRow) -> list[object]:
    return [
        *(one.day, RESOURCE[one.resource].short, one.host, one.verdict, one.reason, one.category),
        *(one.list, one.line, one.entry, one.clause, "yes" if one.withdrawn else None),
    ]
