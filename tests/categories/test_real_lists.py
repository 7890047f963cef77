"""
The real thing: four million hosts, UT1's URLs and expressions, real requests; no difference.

One Ruleset of the merged public host lists, a dozen UT1 folders and our own lists, built as an operator
builds it, against sets, loops and a second automaton (`oracle.py`).
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from publicsuffixlist import PublicSuffixList

from categories.build import BuildReport, activate
from categories.library import SHIPPED as SHIPPED_LISTS
from categories.library import ListLibrary, SourceList
from categories.list_change import WithheldWhy
from categories.plausibility.judge import entries_held_back
from categories.plausibility.newly import Newly
from categories.plausibility.yardstick import Yardstick
from categories.readers import read_blocks
from categories.ruleset import Ruleset
from categories.store import RulesetStore
from categories.urls.normalise import UrlRefused, normalise_host, normalise_url
from policy.document import SHIPPED, read_policy
from policy.match import Match
from policy.words import EntryKind, FoundBy
from tests.categories.oracle import FencedAutomaton, Hit, Oracle

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(900)]

UT1 = {
    "adult": "pornography",
    "agressif": "offensive",
    "bitcoin": "malware",
    "drogue": "offensive",
    "gambling": "gambling",
    "games": "games",
    "malware": "malware",
    "phishing": "phishing",
    "publicite": "advertising_tracking",
    "redirector": "proxies_anonymisers",
    "social_networks": "social_media",
    "special": "offensive",
    "strict_redirector": "proxies_anonymisers",
    "strong_redirector": "proxies_anonymisers",
    "warez": "piracy",
}
SCALE_ENTRIES = 4_059_207


@dataclass
class Real:
    """The Ruleset and what it was built from."""

    data: Path
    sources: tuple[SourceList, ...]
    report: BuildReport
    folder: Path
    ruleset: Ruleset

    @cached_property
    def oracle(self) -> Oracle:
        return Oracle({each.name: read_blocks(each.blocks(), each.name).entries for each in self.sources})

    @cached_property
    def requests(self) -> list[tuple[str, str]]:
        with (self.data / "urls" / "typed_requests.dev.jsonl").open() as lines:
            return list(normalised(json.loads(line)["url"] for line in lines))


def normalised(urls: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in urls:
        try:
            url = normalise_url(text)
        except UrlRefused:
            continue
        yield url.host, url.target


def hits(matches: tuple[Match, ...]) -> set[Hit]:
    return {(match.list, match.line, match.kind, match.name) for match in matches}


@pytest.fixture(scope="session")
def real(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Real:
    folder = tmp_path_factory.mktemp("real")
    # Without the essential and help lists: the public lists name some of their hosts, which the check
    # would refuse; here every entry is to take part.
    library = ListLibrary(folder / "lists", shipped=None)
    store = RulesetStore(folder / "rulesets")
    staged = [
        library.read_in(f"scale.{path.stem}", path.stem.removesuffix("_phishing"), path)
        for path in sorted((real_data / "scale").glob("*.txt"))
    ]
    staged += [
        library.read_in(f"ut1.{name}", category, real_data / "lists" / "ut1" / name)
        for name, category in UT1.items()
    ]
    staged += [
        library.read_in(f"ours.{path.stem}", path.stem.partition(".")[0], path)
        for path in sorted(SHIPPED_LISTS.glob("*.txt"))
        if path.stem.partition(".")[0] not in {"essential", "help", "privileged"}
    ]
    report = activate(library, store, SHIPPED, staged=staged)
    return Real(real_data, library.items(), report, store.folder(report.digest), store.open_current())


def test_the_build_holds_every_entry_in_bounded_memory(real: Real) -> None:
    """4.06 million hosts of the merged lists alone; under 1.5 GB with all the others."""
    assert sum(each.entries for each in real.report.lists if each.name.startswith("scale.")) == SCALE_ENTRIES
    assert real.report.peak_bytes < 1_500_000_000


def test_of_millions_of_entries_each_public_suffix_is_refused_and_little_else_is_held_back(
    real: Real,
) -> None:
    """Against sets. `com.cn` and `milano.it` as pornography, `bet.br` as gambling; no expression of UT1's."""
    rules = PublicSuffixList(only_icann=True)._publicsuffix
    suffixes = {rule.removeprefix("*.") for rule in rules if not rule.startswith("!")}
    listed = {(name, host) for name, hosts in real.oracle.hosts.items() for host in hosts.keys() & suffixes}
    newly = Newly(real.ruleset, None, ())
    held = entries_held_back(newly, real.sources, read_policy(SHIPPED), Yardstick(), ())
    assert {(each.list, each.entry) for each in held if each.why is WithheldWhy.REFUSED} == listed
    assert {("scale.pornography", "com.cn"), ("scale.gambling", "bet.br")} <= listed
    quarantined = [each.host for each in held if each.why is WithheldWhy.QUARANTINED]
    assert "gamblingcommission.gov.uk" in quarantined
    assert len(quarantined) < 20
    assert len(held) < 800


def test_typed_requests_are_answered_as_by_sets_and_loops(real: Real) -> None:
    assert len(real.requests) > 38_500
    found = [(url, hits(real.ruleset.matches(*url)), real.oracle.hits(*url)) for url in real.requests]
    assert [each for each in found if each[1] != each[2]][:5] == []
    kinds = {hit[2] for _, matched, _ in found for hit in matched}
    assert kinds >= {EntryKind.HOST, EntryKind.PATTERN}


def test_page_links_are_answered_as_by_sets_and_loops(real: Real) -> None:
    with (real.data / "urls" / "page_links.txt").open() as lines:
        links = list(normalised(line.strip() for line in lines))
    assert len(links) > 45_000
    different = [url for url in links if hits(real.ruleset.matches(*url)) != real.oracle.hits(*url)]
    assert different[:5] == []


def test_listed_urls_are_answered_as_by_sets_and_loops(real: Real) -> None:
    """Every URL prefix of UT1 as it stands, with a segment more, and with a character more."""
    prefixes = [
        entry.text.partition("/")
        for source in real.sources
        if source.name.startswith("ut1.")
        for entry in read_blocks(source.blocks(), source.name).entries
        if entry.kind is EntryKind.PREFIX
    ]
    assert len(prefixes) > 20_000
    for host, slash, path in prefixes:
        assert EntryKind.PREFIX in {match.kind for match in real.ruleset.matches(host, slash + path)}
        for name, ending in ((f"www.{host}", "/more"), (host, "x")):
            target = slash + path + ending
            assert hits(real.ruleset.matches(name, target)) == real.oracle.hits(name, target), (name, target)


def test_sampled_entries_with_a_label_in_front_are_found(real: Real) -> None:
    """100,000 of them, each below the host that is listed."""
    every = [(name, host, line) for name, hosts in real.oracle.hosts.items() for host, line in hosts.items()]
    sample = random.Random(1).sample(every, 100_000)  # noqa: S311
    del every
    for name, host, line in sample:
        below = host if host.replace(".", "").isdigit() or ":" in host else f"label.{host}"
        matched = hits(real.ruleset.matches(below))
        assert (name, line, EntryKind.HOST, below) in matched
        assert matched == real.oracle.hits(below)


def test_the_blocked_set_of_popular_hosts_is_the_references(real: Real) -> None:
    with (real.data / "urls" / "popular_hosts.txt").open() as lines:
        popular = [normalise_host(line.strip()) for line in lines]
    assert len(popular) == 100_000
    blocked = {host for host in popular if real.ruleset.matches(host)}
    assert blocked == {host for host in popular if real.oracle.hits(host)}
    assert 1_000 < len(blocked) < 50_000


def test_a_fenced_automaton_gives_the_same_hosts(real: Real) -> None:
    """The second oracle, over two categories' hosts: another structure, the same answers."""
    names = ("scale.social_media", "scale.games")
    automaton = FencedAutomaton(host for name in names for host in real.oracle.hosts[name])
    hosts = {host for host, _ in real.requests}
    assert len(hosts) > 5_000
    met = 0
    for host in hosts:
        expected = automaton.find(host)
        met += bool(expected)
        found = {
            match.entry
            for match in real.ruleset.matches(host, "")
            if match.list in names and match.found_by is FoundBy.HOST_INDEX
        }
        assert found == expected
    assert met > 100
