"""`sluicegate review statistics`: numbers of nobody, without an authority; small ones are not told."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJsonLines
from console.cli.review import connect, dates, statistics_shown
from console.cli.review.statistics_page import statistics_page
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from policy.review.disclosure import last_told
from policy.review.figures import Dimension, StatisticsQuestion


def statistics(
    purpose: dates.Purpose,
    since: dates.SinceMonth = None,
    until: dates.Until = None,
    by: Annotated[
        list[Dimension] | None,
        typer.Option(metavar="WHAT", help="category, list, unit or class; again for more."),
    ] = None,
    monthly: Annotated[
        bool, typer.Option("--monthly", help="Whole months, of which more can be told than of days.")
    ] = False,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    How much was allowed and refused, in numbers of nobody; no authority is needed.

    Whole days (UTC); monthly, by unit and by list, whole months. A month is
    told three days after it is over. What fewer than ten people did in a month
    is in no number, nor what would tell it; a day or a list has ten decisions
    at least. Numbers are rounded to the nearest five.
    Visits are counted apart from other requests, and what an entry decided that
    was withdrawn as wrong is not counted.

    Examples:
      sluicegate review statistics --purpose "the monthly report" --monthly
      sluicegate review statistics --purpose "training" --since 2026-10-01 --until 2026-11-01 --by unit
      sluicegate review statistics --purpose "for the board" --output october.html
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output, pages=True)
    now = datetime.now(UTC)
    first, beyond = map(str, last_told(now))
    first_day, beyond_day = dates.days_of(since or first, until or beyond, now)
    review = connect.review()
    question = StatisticsQuestion(
        purpose=dates.purpose_of(purpose),
        organisation=review.who().organisation,
        since=first_day,
        until=beyond_day,
        by=tuple(by or (Dimension.CATEGORY,)),
        monthly=monthly,
    )
    answer = review.figures.statistics(question)

    def table() -> None:
        show.table(
            statistics_shown.wide_columns(question.by), statistics_shown.wide_cells(answer, question.by)
        )
        show.line(statistics_shown.says(answer))

    def records() -> Iterator[Record]:
        return map(asdict, answer.rows)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (
            statistics_shown.columns(question.by),
            statistics_shown.cells(answer, question.by),
        ),
        page=lambda: statistics_page(answer, question, now),
    )
