"""What clients of proxies mean by their rules, in our kinds of entry."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.patterns import Pattern
from categories.readers.entry_text import NotAnEntry, NotApplicable
from categories.readers.rule_text import (
    Found,
    addresses,
    all_below,
    anything,
    exactly,
    host_expression,
    host_wildcard,
    in_host,
    url_expression,
)
from categories.readers.v2fly import V2flyReader
from tests.categories.compiled import compiled
from tests.categories.readers.reading import ADDRESS, HOST, PATTERN, PREFIX

END = "(?:/|$)"


@pytest.mark.parametrize(
    ("meaning", "written", "found"),
    [
        (exactly, "Bet.test", [(PREFIX, "bet.test/")]),
        (exactly, "www.bet.test", [(PREFIX, "bet.test/")]),
        (exactly, "192.0.2.7", [(HOST, "192.0.2.7")]),
        (exactly, "2001:DB8::7", [(HOST, "2001:db8::7")]),
        (exactly, "bet", None),
        (all_below, "bet.test", [(HOST, "bet.test")]),
        (all_below, "casino", [(HOST, "casino")]),
        (all_below, "bet*.test", [(PATTERN, "*.bet*.test")]),
        (all_below, "bet test", None),
        (in_host, "casino", [(PATTERN, "*casino*")]),
        (in_host, "be", None),
        (in_host, "a/b", None),
        (host_wildcard, "bet*.test", [(PATTERN, "bet*.test")]),
        (host_wildcard, "bet.test", [(PREFIX, "bet.test/")]),
        (host_expression, r"(^|\.)bet[0-9]\.test$", [(PATTERN, rf"/^[^/]*(?:(^|\.)bet[0-9]\.test{END})/")]),
        (host_expression, r"bet.\.test", [(PATTERN, r"/^[^/]*(?:bet[^/]\.test)/")]),
        (host_expression, r"bet[^.]\.test", [(PATTERN, r"/^[^/]*(?:bet[^/.]\.test)/")]),
        (host_expression, r"bet[.$]\S\$x", [(PATTERN, r"/^[^/]*(?:bet[.$][^\s/]\$x)/")]),
        (host_expression, r"[[:alpha:]]+bet.", [(PATTERN, r"/^[^/]*(?:[[:alpha:]]+bet[^/])/")]),
        (host_expression, r"\Qbet\E", None),
        (host_expression, r"((", None),
        (host_expression, r".*", None),
        (url_expression, r"^https?:\/\/graph\.test\/.+ads", [(PATTERN, r"/^graph\.test\/.+ads/")]),
        (url_expression, r"https://bet\.test/", [(PATTERN, r"/^bet\.test//")]),
        (url_expression, r"casino[0-9]", [(PATTERN, "/casino[0-9]/")]),
        (addresses, "192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")]),
        (addresses, "[2001:db8::]/32", None),
        (addresses, "bet.test", None),
        (anything, "bet.test", [(HOST, "bet.test")]),
        (anything, "*.test", [(HOST, "test")]),
        (anything, "bet.test:8080", [(HOST, "bet.test")]),
        (anything, "192.0.2.7", [(HOST, "192.0.2.7")]),
        (anything, "192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")]),
        (anything, "2001:db8::/32", [(ADDRESS, "2001:db8::/32")]),
        (anything, "https://bet.test/a", [(PREFIX, "bet.test/a")]),
        (anything, "gambling", None),
        (anything, "", None),
    ],
)
def test_a_rule_means(meaning: Callable[[str], Found], written: str, found: Found | None) -> None:
    if found is None:
        with pytest.raises(NotAnEntry, match=r"\w+ \w+"):
            meaning(written)
    else:
        assert meaning(written) == found


def test_an_expression_over_two_urls_is_not_applicable() -> None:
    with pytest.raises(NotApplicable):
        url_expression(r"^https://a\.test/.+https://b\.test/")


@pytest.mark.parametrize(
    ("expression", "host", "target", "hit"),
    [
        (r"^bet[0-9]\.test$", "bet1.test", "/a", True),
        (r"^bet[0-9]\.test$", "bet1.test", "", True),
        (r"^bet[0-9]\.test$", "bet1.test.example", "/", False),
        (r"^bet[0-9]\.test$", "my-bet1.test", "/", False),
        (r"(^|\.)bet\.test$", "www.bet.test", "/", True),
        (r"(^|\.)bet\.test$", "notbet.test", "/", False),
        (r"casino", "my-casino.test", "/", True),
        (r"casino", "example.test", "/casino", False),
        (r"example.+casino", "example.test", "/casino", False),
        (r"example[^x]+casino", "example.test", "/casino", False),
        (r"test$", "example.org", "/test", False),
    ],
)
def test_an_expression_for_hosts_stays_in_the_host(
    expression: str, host: str, target: str, hit: bool
) -> None:
    ((_, text),) = host_expression(expression)
    assert Pattern(text).hits(host, target) is hit


@pytest.mark.parametrize(
    ("line", "hits", "misses"),
    [
        (
            r"regexp:(^|\.)bet[0-9]+casino\.test$",
            [("bet1casino.test", ""), ("www.bet22casino.test", "/a?b"), ("bet1casino.test", "/")],
            [("bet1casino.test.example", ""), ("betcasino.test", "/"), ("a.test", "/bet1casino.test/")],
        ),
        (r"regexp:^poker\d{2}\.", [("poker12.test", "")], [("poker1.test", ""), ("a.test", "/poker12.x")]),
        ("keyword:casino", [("my-casino.test", ""), ("casino.test", "/a")], [("a.test", "/casino")]),
        (
            "full:bet.test",
            [("bet.test", ""), ("www.bet.test", "/a")],
            [("m.bet.test", ""), ("bet.test.x", "/")],
        ),
    ],
)
def test_a_ruleset_finds_by_them_what_they_mean(
    tmp_path: Path, line: str, hits: list[tuple[str, str]], misses: list[tuple[str, str]]
) -> None:
    """Through the automaton too, which first looks for the fixed text of an expression."""
    ((kind, text),) = V2flyReader().read(line)
    ruleset = compiled(tmp_path, {"gambling": text})
    assert [bool(ruleset.matches(*url)) for url in hits] == [True] * len(hits)
    assert [bool(ruleset.matches(*url)) for url in misses] == [False] * len(misses)
    assert kind in {match.kind for match in ruleset.matches(*hits[0])}


@pytest.mark.parametrize("meaning", [exactly, all_below, in_host, host_wildcard, host_expression, anything])
@given(written=st.text(alphabet=r"ab.*+?()[]{}|\^$0/:-", max_size=30) | st.text(max_size=60))
def test_any_text_is_an_entry_or_none(meaning: Callable[[str], Found], written: str) -> None:
    try:
        assert meaning(written)
    except (NotAnEntry, NotApplicable):
        return
