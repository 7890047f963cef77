"""A Ruleset that a few URLs are asked for says of them what the whole one does."""

from dataclasses import replace
from pathlib import Path

import pytest

from categories.build import digest_of
from categories.confidential.key import make_key
from categories.library import ListLibrary
from categories.narrow import narrow_ruleset
from categories.readers.confidential import ConfidentialReader
from policy.errors import ListRefused
from tests.categories.compiled import BUILT_AT, compiled, source, sources

LISTS = {
    "gambling": "bet.test\nwww.casino.test\nplay.test/roulette\nwww.shop.test/bets\naddress:203.0.113.0/24",
    "games": "keyword:poker\n*://*game*.test/*\npath:/arcade/\nnotbet.test\nbet.test",
    "top": "*://*.xxx/*",
    "search": "search:slots",
}
URLS = [
    ("bet.test", "/"),
    ("deep.www.bet.test", "/a"),
    ("notbet.test", "/"),
    ("casino.test", "/"),
    ("www.casino.test", "/"),
    ("play.test", "/roulette/1"),
    ("www.play.test", "/roulette"),
    ("shop.test", "/bets"),
    ("sub.shop.test", "/bets"),
    ("any.xxx", "/"),
    ("203.0.113.7", "/"),
    ("new-game-site.test", "/"),
    ("any.test", "/online-poker/"),
    ("any.test", "/x/arcade/y"),
    ("translate.goog.test", "/?u=https://www.bet.test/a"),
    ("bet-test.translate.goog", "/"),
    ("www.google.com", "/search?q=slots"),
    ("nothing.test", "/"),
    ("bet.test", ""),
]


def test_it_gives_the_very_matches_of_the_whole(tmp_path: Path) -> None:
    whole = compiled(tmp_path / "whole", LISTS)
    its_sources = sources(tmp_path / "narrow", LISTS)
    found = 0
    for host, target in URLS:
        narrow = narrow_ruleset(whole.digest, its_sources, [(host, target)], tmp_path / "key", BUILT_AT)
        assert narrow.matches(host, target) == whole.matches(host, target), (host, target)
        found += len(whole.matches(host, target))
    assert found > 15
    assert (narrow.digest, narrow.lists) == (whole.digest, whole.lists)


def test_it_may_be_asked_for_several_urls(tmp_path: Path) -> None:
    whole = compiled(tmp_path / "whole", LISTS)
    narrow = narrow_ruleset(whole.digest, sources(tmp_path / "n", LISTS), URLS, tmp_path / "key", BUILT_AT)
    assert [narrow.matches(*url) for url in URLS] == [whole.matches(*url) for url in URLS]


def test_lines_that_were_left_out_are_left_out(tmp_path: Path) -> None:
    (gambling,) = sources(tmp_path, {"gambling": "bet.test\nplay.test"})
    narrow = narrow_ruleset(
        "d" * 64,
        [replace(gambling, left_out=frozenset({2}))],
        [("bet.test", "/")],
        tmp_path / "key",
        BUILT_AT,
    )
    assert narrow.matches("bet.test") == ()


def test_a_text_that_is_not_what_it_was_is_refused(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "library", shipped=None)
    was = source(library, tmp_path, "gambling", "bet.test")
    source(library, tmp_path, "gambling", "other.test").text.replace(was.text)
    with pytest.raises(ListRefused, match="not the text that was read in"):
        narrow_ruleset(digest_of([was]), [was], [("bet.test", "/")], tmp_path / "key", BUILT_AT)


def test_confidential_entries_are_found_with_their_key_and_never_without(tmp_path: Path) -> None:
    library = ListLibrary(tmp_path / "library", shipped=None)
    path = tmp_path / "hidden.txt"
    path.write_text("# sluicegate-list: 1\nbet.test\n", "utf-8")
    hidden = library.read_in("gambling", "gambling", path, digester=make_key(tmp_path / "key"))
    assert hidden.record.format == ConfidentialReader.name
    urls = [("www.bet.test", "/")]
    narrow = narrow_ruleset("d" * 64, [hidden], urls, tmp_path / "key", BUILT_AT)
    assert [match.category for match in narrow.matches(*urls[0])] == ["gambling"]
    with pytest.raises(ListRefused, match="key"):
        narrow_ruleset("d" * 64, [hidden], urls, tmp_path / "none", BUILT_AT)
