"""Patterns and keywords that would hit what nobody meant."""

from pathlib import Path
from typing import cast

import pytest

from categories.plausibility import terms
from categories.plausibility.terms import refused_terms
from categories.ruleset import Ruleset
from policy.errors import ListRefused
from policy.match import Match
from tests.categories.plausibility.beside import newly

SHORT, HITS = "fewer than 4 characters", "more than 0.1% of ordinary URLs"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        pytest.param("keyword:xxx", SHORT, id="a-keyword-of-three-letters"),
        pytest.param("keyword:porn", "", id="one-of-four"),
        pytest.param("keyword:search", HITS, id="a-word-of-every-site"),
        pytest.param("keyword:online-casino", "", id="a-particular-one"),
        pytest.param("search:bet", SHORT, id="a-search-term-of-three-letters"),
        pytest.param("search:fake number plates", "", id="a-search-term"),
        pytest.param("*bet*", SHORT, id="a-wildcard-of-three-letters"),
        pytest.param("*b*bet*", "", id="one-of-four-in-all"),
        pytest.param("*bet365*", "", id="a-name"),
        pytest.param("*.com*", HITS, id="every-company"),
        pytest.param("*google*", HITS, id="many-hosts-of-one-owner"),
        pytest.param("*jamieoliver*", "", id="one-host-of-the-sample"),
        pytest.param("*.example.*/news*", "", id="a-wildcard-with-a-path"),
        pytest.param("*/news*", HITS, id="a-path-on-any-host"),
        pytest.param("/a.b/", SHORT, id="an-expression-of-three-characters"),
        pytest.param("/[0-9]{4}/", HITS, id="four-digits"),
        pytest.param("/(casino|poker)[0-9]+\\.test/", "", id="a-particular-expression"),
        pytest.param("/^[^a]/", HITS, id="nearly-everything"),
        pytest.param("path:/ads/", SHORT, id="a-path-of-three-letters"),
        pytest.param("path:/casino/", "", id="one-of-six"),
        pytest.param("path:/images/", HITS, id="a-folder-of-every-site"),
        pytest.param("file:*.7z", "", id="the-end-of-a-file-name-may-be-short"),
        pytest.param("file:*.exe", "", id="programs"),
        pytest.param("file:*.js", HITS, id="scripts"),
        pytest.param("file:robots.txt", HITS, id="a-file-of-every-site"),
        pytest.param("www.google.com", "", id="a-host-is-no-term"),
        pytest.param("google.com/search", "", id="nor-is-a-prefix"),
    ],
)
def test_what_is_too_short_or_hits_one_in_a_thousand_is_refused(tmp_path: Path, entry: str, why: str) -> None:
    held = list(refused_terms(newly(tmp_path, {"gambling": f"bet.test\n{entry}"}).candidate))
    assert [each.line for each in held] == [3] * bool(why), held
    assert all(each.why == "refused" and why in each.because for each in held)


def test_what_it_hits_is_told(tmp_path: Path) -> None:
    (held,) = refused_terms(newly(tmp_path, {"games": "file:robots.txt"}).candidate)
    assert held.host
    assert held.because.endswith(f"of ordinary URLs, such as {held.host}/robots.txt")


def test_a_term_is_told_as_soon_as_it_has_hit_enough(tmp_path: Path) -> None:
    """Or thousands of patterns that hit everything would be tried on all of the sample."""
    candidate = newly(tmp_path, {"games": "/^www\\./"}).candidate
    tried: list[str] = []

    class Counting:
        """The candidate, which remembers what it was asked."""

        terms = candidate.terms

        def matches(self, host: str, target: str) -> tuple[Match, ...]:
            tried.append(host)
            return candidate.matches(host, target)

    next(refused_terms(cast("Ruleset", Counting())))
    assert len([host for host in tried if host.startswith("www.")]) == 3


def test_a_list_of_which_many_hit_the_sample_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "MOST_OVER_SAMPLE", 2)
    two = "file:*.js\nkeyword:search"
    assert len(list(refused_terms(newly(tmp_path / "two", {"games": two, "chat": two}).candidate))) == 4
    three = newly(tmp_path / "three", {"games": f"{two}\n*.com*"}).candidate
    with pytest.raises(
        ListRefused, match=r"^games: more than 2 of its patterns.*in line [234]; this is no list"
    ):
        list(refused_terms(three))


def test_each_list_is_told_by_itself(tmp_path: Path) -> None:
    lists = {"games": "keyword:search", "gambling": "a.test\nkeyword:search"}
    held = refused_terms(newly(tmp_path, lists).candidate)
    assert sorted((each.list, each.line) for each in held) == [("gambling", 3), ("games", 2)]
