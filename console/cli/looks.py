"""`sluicegate audit looks|withheld`: who looked at what and why, and who was not told. For the auditor."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJsonLines, login_of, reference_of, since_of
from console.cli.review import asked, connect
from console.cli.review.rows_shown import utc
from console.cli.review.search import say_more
from console.cli.review.writing import AsCsv, Output, Record, form_of, give
from console.cli.times import show_moment
from console.review.protocol import Review
from db.review.accesses import AccessQuestion, Looked
from policy.identifiers import show_reference
from policy.review.question import MOST_ROWS, Cursor

_COLUMNS = (
    "time",
    "who",
    "what",
    "authority",
    "purpose",
    "rows seen",
    "result",
    "asked for",
    "login",
    "access",
)


def looks(
    since: Annotated[str, typer.Option(metavar="TIME", help="7d, or a date or time.")] = "7d",
    until: asked.Until = None,
    actor: Annotated[str | None, typer.Option(metavar="LOGIN", help="Only this person's.")] = None,
    authority: Annotated[str | None, typer.Option(metavar="REF", help="Only within this one.")] = None,
    rows: asked.Rows = 50,
    after: asked.After = None,
    as_json: AsJsonLines = False,
    as_csv: AsCsv = False,
    output: Output = None,
) -> None:
    """
    Who looked at what and why, newest first: every question, also what was refused.

    For who has the role auditor. No decision is shown, nor anything that one
    says. A look without a number of rows was broken off. That you looked at the
    looks is recorded too.

    Examples:
      sluicegate audit looks --since 30d
      sluicegate audit looks --authority K7QF-2M9T
      sluicegate audit looks --actor olga --since 2026-11-01 --output looks.csv
    """
    form = form_of(as_json=as_json, as_csv=as_csv, output=output)
    question = AccessQuestion(
        since=since_of(since),
        until=since_of(until, "--until") if until else datetime.now(UTC),
        actor=login_of(actor, "--actor") if actor else None,
        authority=reference_of(authority, "--authority") if authority else None,
        after=asked.read_place(after),
    )
    found, more = _pages(connect.review(), question, rows)

    def table() -> None:
        show.table(_COLUMNS, (_cells(one, show_moment(one.at)) for one in found))

    def records() -> Iterator[Record]:
        return map(asdict, found)

    give(
        form,
        output,
        table=table,
        records=records,
        rows=lambda: (_COLUMNS, (_cells(one, utc(one.at)) for one in found)),
    )
    say_more(more)


def _pages(review: Review, question: AccessQuestion, rows: int) -> tuple[list[Looked], Cursor | None]:
    """So many of them, a page after the other, and where there is more."""
    found: list[Looked] = []
    after = question.after
    while True:
        part = review.watching.looks(
            AccessQuestion(
                question.since,
                question.until,
                question.actor,
                question.authority,
                after,
                min(rows - len(found), MOST_ROWS),
            )
        )
        found += part.rows
        after = part.after
        if after is None or len(found) >= rows:
            return found, after


def _cells(one: Looked, at: str) -> list[object]:
    return [
        *(at, one.actor, one.what, one.authority and show_reference(one.authority), one.purpose),
        *(one.rows_seen, one.result, show.as_json(one.question), one.via, one.id),
    ]


def withheld(as_json: AsJsonLines = False) -> None:
    """
    Reviews that the people named have not been told of, and why.

    For who has the role auditor. Those first that are due to be asked again.

    Examples:
      sluicegate audit withheld
    """
    found = connect.review().watching.withheld()
    if as_json:
        for one in found:
            show.json_line(asdict(one))
        return
    show.table(
        ["authority", "matter", "said", "by", "why they are not told", "asked again"],
        (
            [
                *(show_reference(one.authority), one.matter, show_moment(one.at), one.by, one.because),
                one.ask_again and show_moment(one.ask_again),
            ]
            for one in found
        ),
    )
