"""Wildcards and regular expressions, tried by RE2."""

import time

import pytest
import re2

from categories.index.patterns import Pattern, PatternSet

CASES = [
    ("*casino-online*", "best-casino-online.test", "/", True),
    ("*casino-online*", "example.test", "/casino-online", False),
    ("*.example.*/bet*", "a.example.test", "/betting", True),
    ("*.example.*/bet*", "example.test", "/a/bet", False),
    ("nitter.*", "nitter.example.test", "/any?thing", True),
    ("nitter.*", "a-nitter.example.test", "/", False),
    ("/^[0-9.]+/search\\?q=[0-9]+$/", "192.0.2.7", "/search?q=12", True),
    ("/^[0-9.]+/search\\?q=[0-9]+$/", "192.0.2.7", "/search?q=a", False),
    ("/CASINO/", "any.test", "/casinos", True),
    ("/casino\\.[a-z]+$/", "casino.test", "", True),
    ("/casino\\.[a-z]+$/", "casino.test", "/a", False),
]


@pytest.mark.parametrize(("text", "host", "target", "hit"), CASES)
def test_a_pattern_is_searched_in_host_and_target(text: str, host: str, target: str, *, hit: bool) -> None:
    pattern = Pattern(text)
    assert pattern.hits(host, target) is hit
    assert pattern.hits(host, target) is hit, "the second time it is compiled already"


def test_a_set_of_patterns_gives_the_position_of_each_that_is_found() -> None:
    texts = [text for text, *_ in CASES]
    patterns = PatternSet(texts)
    for _, host, target, _ in CASES:
        expected = [at for at, text in enumerate(texts) if Pattern(text).hits(host, target)]
        assert sorted(patterns.find(host, target)) == expected


def test_an_empty_set_finds_nothing() -> None:
    assert PatternSet([]).find("bet.test", "/") == []


def test_what_is_no_expression_is_an_error() -> None:
    with pytest.raises(re2.error):
        Pattern("/(casino/").hits("bet.test", "/")


def test_no_expression_stalls_the_gateway() -> None:
    """`(a+)+$` takes a backtracking matcher longer than the universe has been there."""
    started = time.monotonic()
    assert Pattern("/(a+)+$/").hits("bet.test", "/" + "a" * 60_000 + "b") is False
    assert PatternSet(["/(a|aa)+$/"]).find("bet.test", "/" + "a" * 60_000 + "b") == []
    assert time.monotonic() - started < 2
