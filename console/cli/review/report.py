"""`sluicegate review report`: the numbers of what an authority covers, with plots as a page to print."""

from collections.abc import Iterator
from datetime import UTC, datetime

from console.cli.options import AsJsonLines
from console.cli.review import asked, connect, figures_shown
from console.cli.review.asked import Narrowed
from console.cli.review.bounds_shown import print_bounds
from console.cli.review.bounds_shown import record as bounds_record
from console.cli.review.report_page import report_page
from console.cli.review.writing import AsCsv, Output, Record, form_of, give


def report(
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
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    The numbers of what an authority covers: by day, category, list, host.

    A visit is counted once, under its verdict; what is no visit, and what an
    entry decided that was withdrawn as wrong, is counted apart. There is no
    figure of a person in it, and nobody is ranked. As a page (--output
    FILE.html) it has plots and can be printed; it loads nothing and runs no
    script.

    Examples:
      sluicegate review report K7QF-2M9T --purpose "how often, before anybody is asked"
      sluicegate review report K7QF-2M9T --purpose "for the file" --output report.html
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output, pages=True)
    question = asked.question(
        authority,
        purpose,
        Narrowed(
            *(since, until, person, unit, category, verdict, host, of_list, entry, exemption),
        ),
    )
    made = datetime.now(UTC)
    within = connect.review().reviewing.report(question)
    bounds, answer = within.bounds, within.answer

    def table() -> None:
        print_bounds(bounds)
        figures_shown.print_report(answer)

    def records() -> Iterator[Record]:
        yield bounds_record(bounds)
        yield from figures_shown.records(answer)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (figures_shown.CSV_COLUMNS, figures_shown.csv_rows(answer, bounds)),
        page=lambda: report_page(within, question.purpose, made),
    )
