"""
What of an impact may be shown: small-number suppression, as statistics about people have it.

A count with a host beside it is personal once it is small: "three visits to a divorce lawyer last week".
And whoever may ask twice can take one answer from another: the same list with one host more shows what that
host adds. So:

1. A host is named only where `few` known people or more asked for it; for the others there is one figure.
2. Of named hosts the counts are exact where everything that was asked of a host changes alike: what one more
   host adds to them is what `few` people or more did. Where only some of a host's pages change they are
   rounded like all others, since one more page may be one person's.
3. Of the others together the counts are rounded to the nearest ten, so that one host more hardly ever shows
   and never exactly, and so is how many decisions could not be judged again. Where fewer than `few` known
   people made them up, there is no count at all, only that. None is "0": that a change touches nobody is
   what most previews are made to find out.
4. A host that an entry of a confidential list decides about is counted and not named: it would be the entry.
5. Where nobody is named in the log at all (no standing authority), nobody can say how many people there are:
   no host is named, and counts below ten are not shown.

What this cannot keep from somebody patient is that a rarely visited host was visited at all, and with many
previews how often. Every one is an Access with the change it was about: that is what an auditor finds.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from console.lists.impact import Count, Impact, Request
from db.replay import FEW, Asked
from policy.words import Verdict

MOST_HOSTS = 1_000
CONFIDENTIAL = "confidential"
"""Stands for a host that an entry of a confidential list decides about."""

_FEW: Literal["fewer than 10"] = "fewer than 10"
_NOT_KNOWN: Literal["not known"] = "not known"
_ROUNDED_TO = 10

type Number = int | Literal["fewer than 10"] | None
"""A count; None where none is shown, since fewer than ten people made it up."""

type CountPeople = Callable[[list[Asked]], Mapping[int, int]]
"""As `db.replay.Past.people`: by part; 0 for fewer than `FEW`, nothing where nobody is known."""


class Source(NamedTuple):
    """What brings a change about; both None where the policy's default does."""

    category: str | None
    list: str | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, fit to be shown."""

    visits: Number
    other_requests: Number
    people: int | Literal["fewer than 10", "not known"]


@dataclass(frozen=True, slots=True)
class ShownHost:
    """A host that `FEW` known people or more asked for."""

    host: str
    source: Source
    figures: Figures


@dataclass(frozen=True, slots=True)
class ShownSource:
    """What one list brings about."""

    source: Source
    at_named_hosts: Figures
    at_other_hosts: Figures


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that would newly get one verdict."""

    at_named_hosts: Figures
    at_other_hosts: Figures  # rounded
    by_list: tuple[ShownSource, ...]  # most visits at named hosts first
    hosts: tuple[ShownHost, ...]  # most visited first, `MOST_HOSTS` at most


@dataclass(slots=True)
class _Part:
    """Requests that make up one figure."""

    count: Count = field(default_factory=Count)
    requests: list[Request] = field(default_factory=list)
    whole: bool = True  # of whole hosts, and not of some of their pages

    def add(self, other: "_Part") -> None:
        self.count.add(other.count)
        self.requests += other.requests
        self.whole &= other.whole


def disclose(
    impact: Impact, verdict: Verdict, count_people: CountPeople, confidential: Collection[str] = ()
) -> Shown:
    """What may be shown of everything that would newly get `verdict`; `confidential` are names of lists."""
    sites: defaultdict[tuple[Source, str], _Part] = defaultdict(_Part)
    for change, requests in impact.towards(verdict):
        for request, count in requests.items():
            sites[Source(change.category, change.list), request.host].add(_Part(count, [request]))
    for (_, host), part in sites.items():
        part.whole = part.count.visits + part.count.others == impact.at_host[host]
    people = _people(sites, count_people)
    named: defaultdict[Source | None, _Part] = defaultdict(_Part)  # None: all of them together
    others: defaultdict[Source | None, _Part] = defaultdict(_Part)
    for site, part in sites.items():
        side = named if people[site] else others
        side[site[0]].add(part)
        side[None].add(part)
    at_named = _figures(named, count_people, _of_named)
    at_others = _figures(others, count_people, _rounded)
    hosts = [
        ShownHost(
            CONFIDENTIAL if source.list in confidential else host,
            source,
            _of_named(sites[source, host], people[source, host]),
        )
        for source, host in sites
        if people[source, host]
    ]
    by_list = [
        ShownSource(source, at_named.get(source, _NOTHING), at_others.get(source, _NOTHING))
        for source in dict.fromkeys(source for source, _ in sites)
    ]
    return Shown(
        at_named_hosts=at_named.get(None, _NOTHING),
        at_other_hosts=at_others.get(None, _NOTHING),
        by_list=tuple(sorted(by_list, key=lambda each: _order(each.at_named_hosts, each.source))),
        hosts=tuple(sorted(hosts, key=lambda each: _order(each.figures, each.host))[:MOST_HOSTS]),
    )


def _people[K: Hashable](parts: Mapping[K, _Part], count_people: CountPeople) -> dict[K, int | None]:
    """How many people each part is of: 0 for fewer than `FEW`, None where nobody is known."""
    numbers = dict(enumerate(parts))
    asked = [Asked(number, *request) for number, key in numbers.items() for request in parts[key].requests]
    found = count_people(asked)
    return {key: found.get(number) for number, key in numbers.items()}


def _figures[K: Hashable](
    parts: Mapping[K, _Part], count_people: CountPeople, shown: Callable[[_Part, int | None], Figures]
) -> dict[K, Figures]:
    return {key: shown(parts[key], people) for key, people in _people(parts, count_people).items()}


def _of_named(part: _Part, people: int | None) -> Figures:
    if not (people and part.whole):
        return _rounded(part, people or 0)
    return Figures(part.count.visits, part.count.others, people)


def _rounded(part: _Part, people: int | None) -> Figures:
    if people == 0:
        return _FIGURES_OF_FEW
    known = _NOT_KNOWN if people is None else rounded(people)
    return Figures(rounded(part.count.visits), rounded(part.count.others), known)


def rounded(number: int) -> int | Literal["fewer than 10"]:
    """To the nearest ten, halves upwards."""
    return _FEW if 0 < number < FEW else (number + _ROUNDED_TO // 2) // _ROUNDED_TO * _ROUNDED_TO


def _order(figures: Figures, name: Hashable) -> tuple[int, int, str]:
    """Most visited first; by name where equal, so that the order tells nothing else."""
    return -_as_number(figures.visits), -_as_number(figures.other_requests), str(name)


def _as_number(number: Number) -> int:
    return number if isinstance(number, int) else 0


_NOTHING = Figures(0, 0, 0)
_FIGURES_OF_FEW = Figures(None, None, _FEW)
