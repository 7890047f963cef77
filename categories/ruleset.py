"""
The Ruleset: all lists in force, compiled, immutable, named by its digest.

`matches` gives every entry that covers a URL. Two structures answer: the host index knows hosts and
addresses (`categories/index/host_index.py`), the term index everything else
(`categories/index/term_index.py`); what they find is one sequence, in the order of lists and lines. Where
the term index meets a sign of a URL inside the URL, that one is asked for too, and its matches carry the
inner host as their name.
Confidential lists, where there are any, are a third structure (`categories/confidential/`), which opens
with their key alone.

A folder is opened in a worker while it serves: files are mapped, entries are numbers in columns and not
objects, the automaton is of bounded size. After that nothing changes; to change anything, another
folder is built and another Ruleset opened (`categories/store.py`).
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from categories.confidential.index import COLUMNS as CONFIDENTIAL
from categories.confidential.index import ConfidentialIndex
from categories.confidential.key import read_key
from categories.entries import bare_host, starts_at_boundary
from categories.index.host_index import HostIndex
from categories.index.places import Found, Places
from categories.index.specificity import specificity
from categories.index.term_index import HOST_TERMS, SEARCH_TERMS, URL_TERMS, TermIndex
from categories.manifest import ListInfo, Manifest, check_manifest
from categories.urls.embedded import inner_urls
from categories.urls.search_engines import searched_for
from policy.errors import ConfigurationError, ListRefused
from policy.match import Match
from policy.registers import hosts_upwards
from policy.words import EntryKind

# Hosts whose matches are remembered. A page asks for the same few hosts again and again, and looking
# one up takes ten times as long as remembering it. Some 4 MB at most.
_REMEMBERED = 8192


class _OfHost(NamedTuple):
    """What is known of a host, whatever the target."""

    places: tuple[int, ...]
    matches: tuple[Match, ...]
    has_prefixes: bool
    has_confidential: bool  # URL prefixes


class Ruleset:
    """Open one with `Ruleset.open`; threads may share it."""

    def __init__(self, manifest: Manifest, folder: Path, confidential: ConfidentialIndex | None) -> None:
        self.digest = manifest.digest
        self.built_at = manifest.built_at
        self.lists = lists = manifest.lists
        self._places = Places([each.lines for each in lists])
        self._index = HostIndex(folder)
        self._terms = TermIndex(folder / URL_TERMS)
        self._host_terms = TermIndex(folder / HOST_TERMS)
        self._search_terms = TermIndex(folder / SEARCH_TERMS)
        self._has_search_terms = len(self._search_terms) > 0
        self._confidential = confidential
        self._of_host = _remembering(self._index, self._host_terms, confidential, lists, self._places)

    @classmethod
    def open(cls, folder: Path, key_file: Path | None = None) -> "Ruleset":
        """
        The Ruleset in a compiled folder; `key_file` has the key of its confidential lists, if it has any.

        Raises `policy.errors.ListRefused` with one line where the folder is not whole, or where it has
        confidential lists and their key is not there.
        """
        manifest = check_manifest(folder)
        try:
            return cls(manifest, folder, _confidential(manifest, folder, key_file))
        except (OSError, ValueError, KeyError) as error:
            raise ListRefused(
                f"{folder}: cannot be opened: {error}; build the Ruleset again: sluicegate lists activate"
            ) from error

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        """
        Every entry that covers the URL, or a URL inside it, in the order of lists and lines.

        `host` and `target` as `normalise_host` and `normalise_target` give them; target `""` where only
        the name is known. An entry is named once, for the URL itself rather than for one inside it.
        """
        of_host = self._of_host(host)
        terms, may_have_inner = self._terms.find(host, target)
        if self._has_search_terms and (searched := searched_for(host, target)):
            terms = [*terms, *self._search_terms.find("", searched)[0]]
        if not (terms or may_have_inner or of_host.has_prefixes or of_host.has_confidential):
            return of_host.matches
        more = self._beyond_host(host, target, of_host, terms)
        for inner_host, inner_target in inner_urls(host, target) if may_have_inner else ():
            of_inner = self._of_host(inner_host)
            terms, _ = self._terms.find(inner_host, inner_target)
            more += zip(of_inner.places, of_inner.matches, strict=True)
            more += self._beyond_host(inner_host, inner_target, of_inner, terms)
        if not more:
            return of_host.matches
        # By place; what stands there already stays.
        placed = dict(zip(of_host.places, of_host.matches, strict=True))
        for place, match in more:
            placed.setdefault(place, match)
        return tuple(placed[place] for place in sorted(placed))

    def listed_below(self, hosts: Collection[str]) -> Iterator[tuple[str, str]]:
        """Host and target of every host and URL prefix listed that is one of `hosts` or under one."""
        for host in hosts:
            yield from self._index.below(host)
        for host, target in self._terms.prefixes():
            if any(parent in hosts for parent in hosts_upwards(host)):
                yield host, target

    def entries_below(self, host: str, target: str = "/") -> Iterator[Found]:
        """
        Every entry that covers less than this host and target: hosts under it, and URL prefixes; in no order.

        There may be millions: take as many as are wanted.
        """
        yield from self._index.entries_below(host, target)
        site = bare_host(host)
        for found in self._terms.entries():
            if found.kind is not EntryKind.PREFIX:
                continue
            its_host, slash, path = found.text.partition("/")
            if its_host == site:
                below = slash + path != target and starts_at_boundary(slash + path, target)
            else:
                below = target == "/" and its_host.endswith(f".{host}")
            if below:
                yield found

    def terms(self) -> Iterator[Match]:
        """Every entry that is of no host: patterns, keywords, paths, file names, search terms."""
        for found in chain(self._host_terms.entries(), self._terms.entries(), self._search_terms.entries()):
            if found.kind is not EntryKind.PREFIX:
                yield _match(found, "", self.lists, self._places)

    def in_several_lists(self) -> Iterator[tuple[str, tuple[ListInfo, ...]]]:
        """Every host that stands in several lists by itself, with these; in no order."""
        for host, places in self._index.in_several():
            yield host, tuple(self.lists[self._places.list_of(place)] for place in places)

    def where(self, place: int) -> tuple[ListInfo, int]:
        """The list and the line of an entry that was found."""
        index, line = self._places.where(place)
        return self.lists[index], line

    def _beyond_host(
        self, host: str, target: str, of_host: _OfHost, terms: Sequence[Found]
    ) -> list[tuple[int, Match]]:
        """Place and match of the terms, and of the indexed URL prefixes, if the host has any."""
        found = [*terms]
        if of_host.has_prefixes:
            found += self._index.find_prefixes(host, target)
        if of_host.has_confidential and self._confidential is not None:
            found += self._confidential.find_prefixes(host, target)
        return [(each.place, _match(each, host, self.lists, self._places)) for each in found]


def _confidential(manifest: Manifest, folder: Path, key_file: Path | None) -> ConfidentialIndex | None:
    if CONFIDENTIAL not in manifest.files:
        return None
    try:
        digester = read_key(key_file) if key_file is not None else None
    except ConfigurationError as error:
        raise ListRefused(str(error)) from error
    if digester is None:
        raise ListRefused(
            f"{folder}: has confidential lists, and their key is not here ({key_file}); "
            "bring it from where they are imported, or from a backup"
        )
    return ConfidentialIndex(folder / CONFIDENTIAL, digester)


def _remembering(
    index: HostIndex,
    terms: TermIndex,
    confidential: ConfidentialIndex | None,
    lists: tuple[ListInfo, ...],
    places: Places,
) -> Callable[[str], _OfHost]:
    # A function of the indexes, not a method: a cache that held its own Ruleset would be a cycle, freed
    # late, and with it the mapped files of a Ruleset long replaced.
    @lru_cache(maxsize=_REMEMBERED)
    def of_host(host: str) -> _OfHost:
        found, has_prefixes = index.find(host)
        hidden, has_confidential = confidential.find(host) if confidential is not None else ((), False)
        ordered = sorted(chain(found, terms.find(host, "")[0], hidden))
        matches = tuple(_match(each, host, lists, places) for each in ordered)
        return _OfHost(tuple(each.place for each in ordered), matches, has_prefixes, has_confidential)

    return of_host


def _match(found: Found, name: str, lists: tuple[ListInfo, ...], places: Places) -> Match:
    index, line = places.where(found.place)
    return Match(
        category=lists[index].category,
        list=lists[index].name,
        line=line,
        entry=found.text,
        kind=found.kind,
        found_by=found.found_by,
        name=name,
        specificity=specificity(found.kind, found.hit or found.text),
    )
