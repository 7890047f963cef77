"""What an answer was read within, in words: part of every answer, since what is outside is not in it."""

from collections.abc import Iterable

from console.cli import show
from console.cli.times import show_moment
from console.review.answers import Bounds
from policy.identifiers import show_reference
from policy.review.scope import Scope

type Fact = tuple[str, str]
"""A heading, and what stands beside it."""


def facts(bounds: Bounds) -> list[Fact]:
    """The authority, the look and its scope."""
    return [
        ("Authority", show_reference(bounds.authority)),
        ("Organisation", bounds.scope.organisation or "the gateway's own"),
        ("Period", f"{show_moment(bounds.scope.since)} to {show_moment(bounds.scope.until)}"),
        *_who(bounds.scope),
        ("Categories", "any" if bounds.scope.categories is None else _all(bounds.scope.categories)),
        ("Allowed visits", "are in it" if bounds.scope.allowed_visits else "are not in it"),
        ("This look", f"is on record as {bounds.access}"),
    ]


def _who(scope: Scope) -> Iterable[Fact]:
    if scope.people:
        yield "People", _all(scope.people)
    if scope.units:
        yield "Units", _all(scope.units)
    if scope.only is not None:
        yield "Of these only", _all(scope.only)
    if scope.never:
        yield "Never", "the reviewer, nor their line manager"


def _all(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def print_bounds(bounds: Bounds) -> None:
    """The same, a line each."""
    show.line("Read within:")
    for heading, says in facts(bounds):
        show.line(f"  {heading + ':':<16}{show.plain(says, 1000)}")


def record(bounds: Bounds) -> dict[str, object]:
    """As one JSON object: the first line of every answer."""
    return {
        "kind": "bounds",
        "access": bounds.access,
        "authority": bounds.authority,
        "organisation": bounds.scope.organisation,
        "since": bounds.scope.since,
        "until": bounds.scope.until,
        "people": sorted(bounds.scope.people),
        "units": sorted(bounds.scope.units),
        "only": None if bounds.scope.only is None else sorted(bounds.scope.only),
        "categories": None if bounds.scope.categories is None else sorted(bounds.scope.categories),
        "allowed_visits": bounds.scope.allowed_visits,
    }
