"""`sluicegate lists conflicts`: where lists in force put one host into categories with different actions."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.progress import progress
from console.cli.workplace import Workplace, workplace
from console.lists.conflicting import Between, Side, VisitedConflict, conflicts_between, visited_conflicts
from console.lists.visited import most_visited
from db.visited import VisitedHost
from policy.errors import DatabaseAway


def conflicts(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """
    Hosts in several categories with different actions, most visited first.

    Of the sites that many people visited in the last 30 days: those about
    which the lists in force disagree, with the category that decides. Then how
    many hosts stand in lists of which categories, with examples.

    Only sites of ten people or more are named, or of ten visits where nobody
    is named. That you looked is recorded.

    Examples:
      sluicegate lists conflicts
      sluicegate lists conflicts --json
    """
    place = workplace()
    ruleset = place.ruleset()
    visited = _visited(place)
    with progress() as say:
        say("asking about much visited sites", 0, 0)
        named = tuple(visited_conflicts(ruleset, place.policy, visited, datetime.now(UTC)))
        say("going through the hosts in several lists", 0, 0)
        between = conflicts_between(ruleset, place.policy)
    if as_json:
        told = {"visited": [asdict(one) for one in named], "between": [asdict(one) for one in between]}
        show.json_line({"ruleset": ruleset.digest, **told})
    else:
        _print(named, between)


def _visited(place: Workplace) -> Sequence[VisitedHost]:
    try:
        return most_visited(place)
    except DatabaseAway as away:
        show.note(f"{away}; which sites are visited is not known without it")
        return ()


def _print(named: Sequence[VisitedConflict], between: Sequence[Between]) -> None:
    if named:
        show.line("Much visited, in categories with different actions:")
        show.table(
            ["host", "visits", "categories", "verdict", "decided by"],
            (
                [one.host, f"{one.visits:,}", _show_sides(one.sides), one.verdict, one.category]
                for one in named
            ),
        )
    else:
        show.line("The lists in force do not disagree about any much visited site.")
    if between:
        show.line("Hosts in several lists, whose categories have different actions:")
        show.table(
            ["categories", "hosts", "such as"],
            (
                [
                    ", ".join(f"{category} ({action})" for category, action in one.categories),
                    f"{one.hosts:,}",
                    ", ".join(one.examples),
                ]
                for one in between
            ),
        )


def _show_sides(sides: Sequence[Side]) -> str:
    return "; ".join(f"{side.category} ({side.action}): {side.list} line {side.line}" for side in sides)
