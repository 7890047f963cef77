"""`sluicegate review search`: the decisions within an authority that fit a question, newest first."""

from collections.abc import Iterator

from console.cli import show
from console.cli.options import AsJsonLines
from console.cli.review import asked, connect, rows_shown
from console.cli.review.asked import Narrowed
from console.cli.review.bounds_shown import print_bounds
from console.cli.review.bounds_shown import record as bounds_record
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from console.review.answers import Within
from console.review.protocol import Review
from policy.review.question import Cursor, Question
from policy.review.rows import Found


def search(
    authority: asked.AuthorityArgument,
    purpose: asked.PurposeOption,
    since: asked.Since = None,
    until: asked.Until = None,
    person: asked.People = None,
    unit: asked.Units = None,
    category: asked.Categories = None,
    verdict: asked.Verdicts = None,
    host: asked.Host = None,
    of_list: asked.List = None,
    entry: asked.Entry = None,
    exemption: asked.Exemption = None,
    reference: asked.Reference = None,
    visits: asked.VisitsOnly = False,
    rows: asked.Rows = 50,
    after: asked.After = None,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    The decisions within an authority that fit a question, newest first.

    Pages that a browser was told to open (visits) come with how much else it
    asked for because of each; whatever belongs to none of them comes apart, and
    is no visit. What is not asked for is as the authority has it. A question
    that reaches outside its bounds is refused, and the refusal is recorded.
    More than 200 rows are asked for in parts, each of which leaves an Access.

    Examples:
      sluicegate review search K7QF-2M9T --purpose "what was opened that evening" --since 7d
      sluicegate review search K7QF-2M9T --purpose "the site of the complaint" --host bet.example --visits
      sluicegate review search K7QF-2M9T --purpose "for the file" --rows 1000 --output rows.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output)
    question = asked.question(
        authority,
        purpose,
        Narrowed(
            *(since, until, person, unit, category, verdict, host, of_list, entry, exemption, reference),
            visits,
        ),
    )
    parts = list(pages(connect.review(), question, rows, asked.read_place(after)))
    found = rows_shown.rows_of(part.answer for part in parts)
    bounds = parts[0].bounds

    def table() -> None:
        print_bounds(bounds)
        rows_shown.print_rows(found, visits_only=visits, more=parts[-1].answer.after is not None)

    def records() -> Iterator[Record]:
        yield bounds_record(bounds)
        yield from map(rows_shown.record, found)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (rows_shown.CSV_COLUMNS, rows_shown.csv_rows(found, bounds)),
    )
    say_more(parts[-1].answer.after)


def pages(review: Review, question: Question, rows: int, after: Cursor | None) -> Iterator[Within[Found]]:
    """One page after the other, until so many rows are there or there are no more; at least one."""
    left = rows
    while True:
        part = review.reviewing.search(asked.page_of(question, left, after))
        yield part
        left, after = left - part.answer.rows, part.answer.after
        # A part may have no row of its own: all of it belongs to visits that come with the next.
        if after is None or left <= 0:
            return


def say_more(after: Cursor | None) -> None:
    """Say how to go on, where there is more."""
    if after is not None:
        show.note(f"there is more: ask the same with --after {asked.show_place(after)}")
