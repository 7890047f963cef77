"""What the questions within an authority have in common: their options, and the question made of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from console.cli.options import login_of, reference_of, since_of
from console.cli.targets import read_host
from policy.review.question import MOST_ROWS, Cursor, Question
from policy.words import Verdict

AuthorityArgument = Annotated[
    str, typer.Argument(metavar="AUTHORITY", help="Its reference, such as K7QF-2M9T.")
]
PurposeOption = Annotated[
    str, typer.Option(metavar="TEXT", help="What this look is for, in a sentence; kept with it.")
]
Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="From then on: 7d, or a date or time.", show_default=False)
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Until then, without it.", show_default=False)
]
People = Annotated[list[str] | None, typer.Option("--person", metavar="LOGIN", help="Again for more.")]
Units = Annotated[list[str] | None, typer.Option("--unit", metavar="UNIT", help="Again for more.")]
Categories = Annotated[
    list[str] | None, typer.Option("--category", metavar="CATEGORY", help="Again for more.")
]
Verdicts = Annotated[list[Verdict] | None, typer.Option("--verdict", help="Again for more.")]
Host = Annotated[str | None, typer.Option(metavar="HOST", help="And everything below it.")]
List = Annotated[str | None, typer.Option("--list", metavar="LIST", help="Whose entry decided.")]
Entry = Annotated[str | None, typer.Option(metavar="TEXT", help="The entry that decided, to the letter.")]
Exemption = Annotated[str | None, typer.Option(metavar="REF", help="That opened it.")]
Reference = Annotated[str | None, typer.Option(metavar="REF", help="Of a page that somebody read out.")]
VisitsOnly = Annotated[bool, typer.Option("--visits", help="Only pages that a browser was told to open.")]
Rows = Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="How many at most.")]
After = Annotated[
    str | None, typer.Option(metavar="PLACE", help="On from where an answer ended, as it says.")
]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What narrows a question, as it was typed."""

    since: str | None = None
    until: str | None = None
    people: Iterable[str] | None = None
    units: Iterable[str] | None = None
    categories: Iterable[str] | None = None
    verdicts: Iterable[Verdict] | None = None
    host: str | None = None
    list: str | None = None
    entry: str | None = None
    exemption: str | None = None
    reference: str | None = None
    visits_only: bool = False


def question(authority: str, purpose: str, narrowed: Narrowed) -> Question:
    """The question as it was typed. Raises `typer.BadParameter`."""
    if not purpose.strip():
        raise typer.BadParameter("say what this look is for", param_hint="--purpose")
    return Question(
        authority=reference_of(authority, "AUTHORITY"),
        purpose=purpose.strip(),
        since=since_of(narrowed.since) if narrowed.since else None,
        until=since_of(narrowed.until, "--until") if narrowed.until else None,
        people=tuple(login_of(one, "--person") for one in narrowed.people or ()),
        units=tuple(narrowed.units or ()),
        categories=tuple(narrowed.categories or ()),
        verdicts=tuple(narrowed.verdicts or ()),
        host=read_host(narrowed.host)[1] if narrowed.host else None,
        list=narrowed.list,
        entry=narrowed.entry,
        exemption=reference_of(narrowed.exemption, "--exemption") if narrowed.exemption else None,
        reference=reference_of(narrowed.reference, "--reference") if narrowed.reference else None,
        visits_only=narrowed.visits_only,
    )


def page_of(asked: Question, left: int, after: Cursor | None) -> Question:
    """The same question for its next page, of as many rows as are still wanted and may be."""
    return replace(asked, size=min(left, MOST_ROWS), after=after)


# A place in an answer, fit for a command line: microseconds since 1970 and the row's identifier.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def show_place(cursor: Cursor) -> str:
    """Where the next page begins, to be given to --after."""
    return f"{(cursor.at - _BEGINNING) // timedelta(microseconds=1)}-{cursor.id.hex}"


def read_place(text: str | None) -> Cursor | None:
    """What `show_place` wrote. Raises `typer.BadParameter`."""
    if text is None:
        return None
    moment, _, identifier = text.partition("-")
    try:
        return Cursor(_BEGINNING + timedelta(microseconds=int(moment)), UUID(hex=identifier))
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text[:60]!r}: give what the answer before said after --after", param_hint="--after"
        ) from None
