"""`sluicegate lists withdraw`: an entry of a list was wrong, and so were the decisions it made."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from categories.list_change import WithheldWhy, Withhold
from console.cli import show
from console.cli.lists.outcome import outcome_record, print_outcome
from console.cli.times import read_since
from console.cli.workplace import workplace
from console.lists.enact import enact
from console.lists.entries import find_entry


def withdraw(
    name: Annotated[str, typer.Argument(metavar="LIST", help='A list, as "lists status" names it.')],
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="The entry, as the list or a decision has it.")
    ],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")],
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="It was right before: 7d, 2026-12-01; without it, never."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Take an entry out of a list that was wrong.

    It stays out, whatever text of the list comes. Decisions that it made stay
    as they were, are marked "withdrawn as wrong on", and stop counting. "lists
    release" lets it in again.

    Examples:
      sluicegate lists withdraw ut1-gambling bank.example --because "a bank"
      sluicegate lists withdraw ut1-games example.org/play --since 30d --because "sold to a school"
    """
    place = workplace()
    found = find_entry(place.library, name, entry)
    change = Withhold(
        list=name, kind=found.kind, entry=found.entry, why=WithheldWhy.WITHDRAWN, since=_since(since)
    )
    done = enact(place, change, because=because, accept_size=True)
    if as_json:
        together = [text for _, text in found.together]
        show.json_line({"reference": change.id, "together": together, **outcome_record(done)})
        return
    for line, text in found.together:
        show.line(f"  line {line} of {show.plain(name)} also has {show.plain(text)}, which stays out with it")
    print_outcome(done)


def _since(text: str | None) -> datetime | None:
    try:
        return read_since(text, datetime.now(UTC)) if text is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
