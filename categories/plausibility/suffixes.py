"""
Public suffixes among the entries: hosts directly under which lie the sites of anybody.

The Public Suffix List has two sections. ICANN's are the registries' (`com`, `co.uk`, `com.cn`): whoever lists
one has listed the companies of a country, so it is refused. The private ones belong to companies that
give others a site below (`github.io`, `blogspot.com`): an administrator may mean all of it, and says so.

A wildcard of the list (`*.mm`, `*.compute-1.amazonaws.com`) makes a suffix of every name one label below,
also of those that are one site or one rented machine. What lies directly above these names is a suffix like
any other. Of the names themselves ICANN's wait, since nobody but the registry knows which are meant (`com.mm`
is a suffix, `somebody.mm` is not); those of companies pass: lists are full of such machines, one by one.

Each suffix is looked up in the Ruleset rather than each entry among the suffixes: of those there are ten
thousand, of these there may be four million.

The lists that come with the product are not asked. A test names the suffixes that are meant in them
(`tests/categories/test_shipped_lists.py`): whole top-level domains whose name says what is there, such as
`casino`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from publicsuffixlist import PSLFILE

from categories.library_state import SHIPPED_PREFIX
from categories.list_change import WithheldWhy
from categories.plausibility.held import Held, held
from categories.plausibility.newly import Newly
from categories.ruleset import Ruleset
from categories.urls.normalise import normalise_host
from policy.match import Match
from policy.words import EntryKind, FoundBy

_END_OF_ICANN = "// ===END ICANN DOMAINS==="


class _Section(NamedTuple):
    """One section of the Public Suffix List."""

    names: frozenset[str]  # written there, or directly above what a wildcard stands for
    above: frozenset[str]  # the latter
    exceptions: frozenset[str]  # from wildcards

    def stands_below_a_wildcard(self, host: str) -> bool:
        """Whether a wildcard alone makes a suffix of this name."""
        return host.partition(".")[2] in self.above and host not in self.names and host not in self.exceptions


@cache
def _sections() -> tuple[_Section, _Section]:
    """ICANN's section and the private one. 40 ms and some megabytes, so not before somebody asks."""
    icann, private = Path(PSLFILE).read_text("utf-8").split(_END_OF_ICANN)
    return _section(icann), _section(private)


def _section(text: str) -> _Section:
    rules = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("//")]
    above = frozenset(normalise_host(rule[2:]) for rule in rules if rule.startswith("*."))
    names = frozenset(normalise_host(rule) for rule in rules if rule[0] not in "*!")
    return _Section(
        names | above, above, frozenset(normalise_host(rule[1:]) for rule in rules if rule[0] == "!")
    )


def refused_suffixes(
    candidate: Ruleset, meant: Collection[str] = (), open_categories: Collection[str] = ()
) -> Iterator[Held]:
    """
    Every entry that is a public suffix of ICANN's.

    `meant` are suffixes of one organisation (`police.uk`), which lists of `open_categories` (essential,
    help, privileged) may name.
    """
    icann, _ = _sections()
    for suffix, match in _entries(sorted(icann.names), candidate.matches):
        if suffix not in meant or match.category not in open_categories:
            because = "a public suffix, under which anybody's sites lie"
            yield held(match, WithheldWhy.REFUSED, suffix, because)


def new_suffixes(newly: Newly) -> Iterator[Held]:
    """Every entry that is new and a private suffix, or a name that a wildcard of ICANN's stands for."""
    icann, private = _sections()
    for suffix, match in _entries(sorted(private.names), newly.matches):
        because = "a suffix under which one company gives sites to others; is all of it meant?"
        yield held(match, WithheldWhy.WAITING, suffix, because)
    for suffix, match in _entries(_wild(newly.candidate, icann), newly.matches):
        because = "perhaps a public suffix: under its country every name may be one; is all of it meant?"
        yield held(match, WithheldWhy.WAITING, suffix, because)


def _wild(candidate: Ruleset, section: _Section) -> Iterator[str]:
    """What is listed of the names that wildcards stand for; one by one, since a list may be full of them."""
    for host, _ in candidate.listed_below(section.above):
        if section.stands_below_a_wildcard(host):
            yield host


def _entries(
    suffixes: Iterable[str], matches: Callable[[str], Iterable[Match]]
) -> Iterator[tuple[str, Match]]:
    for suffix in suffixes:
        for match in matches(suffix):
            if match.kind is EntryKind.HOST and _names(match, suffix) and not _is_shipped(match.list):
                yield suffix, match


def _names(match: Match, suffix: str) -> bool:
    # What a confidential entry says is not known, only that it covers all of the suffix.
    return match.entry == suffix or match.found_by is FoundBy.CONFIDENTIAL


def _is_shipped(name: str) -> bool:
    return name.startswith(SHIPPED_PREFIX)
