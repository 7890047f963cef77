"""`sluicegate review timeline`: what one person asked for, in the order of time, within an authority."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJsonLines, login_of
from console.cli.review import asked, connect, figures_shown, rows_shown
from console.cli.review.asked import Narrowed
from console.cli.review.bounds_shown import print_bounds
from console.cli.review.bounds_shown import record as bounds_record
from console.cli.review.search import say_more
from console.cli.review.timeline_page import timeline_page
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from policy.review.question import MOST_ROWS

Rows = Annotated[int, typer.Option(min=1, max=MOST_ROWS, metavar="N", help="How many at most.")]


def timeline(
    authority: asked.AuthorityArgument,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Whose; capitals do not count.")],
    purpose: asked.PurposeOption,
    since: asked.Since = None,
    until: asked.Until = None,
    category: asked.Categories = None,
    visits: asked.VisitsOnly = False,
    rows: Rows = 50,
    after: asked.After = None,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    What one person asked for, within an authority that covers them.

    By the hour for two weeks or less, otherwise by the day (UTC), and a page of
    the rows, newest first. The person is one of those that the authority
    names, or of a unit that it names. As a page (--output FILE.html) it has a
    plot, and says what the rows cannot show.

    Examples:
      sluicegate review timeline K7QF-2M9T jane.doe --purpose "the days before the complaint"
      sluicegate review timeline K7QF-2M9T jane.doe --purpose "for the file" --output jane.doe.html
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output, pages=True)
    person = login_of(login)
    question = asked.question(
        authority,
        purpose,
        Narrowed(since=since, until=until, categories=category, visits_only=visits),
    )
    question = replace(question, people=(person,), size=rows, after=asked.read_place(after))
    made = datetime.now(UTC)
    within = connect.review().reviewing.timeline(question, person)
    bounds, answer = within.bounds, within.answer
    found = rows_shown.rows_of([answer.found])

    def table() -> None:
        print_bounds(bounds)
        show.line(f"{show.plain(answer.person)}, by the {figures_shown.step(hourly=answer.hourly)} (UTC):")
        figures_shown.print_at(answer.figures, hourly=answer.hourly)
        rows_shown.print_rows(found, visits_only=visits, more=answer.found.after is not None)

    def records() -> Iterator[Record]:
        yield bounds_record(bounds)
        for each in answer.figures:
            yield {"kind": "figures", "at": each.at, "hourly": answer.hourly, **asdict(each.figures)}
        yield from map(rows_shown.record, found)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (rows_shown.CSV_COLUMNS, rows_shown.csv_rows(found, bounds)),
        page=lambda: timeline_page(within, question.purpose, made, visits_only=visits),
    )
    say_more(answer.found.after)
