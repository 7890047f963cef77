"""`sluicegate lists history` and `lists changes`: which Rulesets were in force, and who changed what."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.storage import open_store
from console.cli.times import read_since, show_moment
from console.cli.workplace import workplace
from console.lists.told import shown_change
from db.changes import MOST_ROWS, ListChanges
from db.ruleset_history import RulesetHistory
from policy.identifiers import show_reference

Limit = Annotated[int, typer.Option(min=1, max=MOST_ROWS, metavar="N", help="At most so many.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def history(limit: Limit = 20, as_json: AsJson = False) -> None:
    """
    The Rulesets that were put in force, newest first.

    With who did it, on whose proposal, and why. What was built by a first start
    or a restore is "found in force" by the next change of lists.

    Examples:
      sluicegate lists history
      sluicegate lists history --limit 100 --json
    """
    past = open_store(RulesetHistory, workplace()).all()[:limit]
    if as_json:
        for one in past:
            show.json_line(asdict(one))
        return
    columns = ["in force since", "digest", "by", "proposed by", "change", "lists", "entries", "because"]
    rows = (
        [
            show_moment(one.at),
            one.digest[:12],
            one.actor,
            f"{one.proposed_by} {show_reference(one.proposal)}" if one.proposal else None,
            one.what,
            len(one.lists),
            f"{one.entries:,}",
            one.because,
        ]
        for one in past
    )
    show.table(columns, rows)


def changes(
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Since when: 7d, 2026-12-01; without it, from the end.")
    ] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """
    The change log of lists, newest first: who, what, before, after, why.

    Changes of lists, of the administrators' own entries, and of what waits for
    a second person. Nobody can change it. A look into it is recorded.

    Examples:
      sluicegate lists changes --since 7d
      sluicegate lists changes --json
    """
    try:
        begins = read_since(since, datetime.now(UTC)) if since is not None else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
    found = open_store(ListChanges, workplace()).recent(since=begins, limit=limit)
    if as_json:
        for one in found:
            show.json_line(asdict(one))
        return
    columns = ["at", "by", "what", "of", "because"]
    show.table(
        columns,
        (
            [show_moment(one.at), one.actor, one.what, _about(one.after or one.before), one.because]
            for one in found
        ),
    )


def _about(side: object) -> str:
    """The lists that a change was about, its feed, or its target; a list may be called `entry`, too."""
    match side:
        case {"target": str(target)}:
            return target
        case {"entry": str(entry), "list": str(name)}:
            return f"{entry} of {name}"
        case {"change": {"what": str()} as change}:
            return shown_change(change)
        case {"name": str(feed)}:
            return feed
        case dict():
            return ", ".join(str(key) for key, value in side.items() if isinstance(value, dict))
    return ""
