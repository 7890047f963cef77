"""What an entry covers, as far as `categories/entries.py` itself says so in code."""

import pytest
import re2

from categories.entries import BOUNDARIES, bare_host, expression, starts_at_boundary


@pytest.mark.parametrize(
    ("host", "bare"),
    [
        ("www.example.org", "example.org"),
        ("example.org", "example.org"),
        ("www.www.example.org", "www.example.org"),
        ("www2.example.org", "www2.example.org"),
        ("www.org", "www.org"),
        ("awww.example.org", "awww.example.org"),
    ],
)
def test_a_prefix_does_not_tell_a_host_from_its_www(host: str, bare: str) -> None:
    assert bare_host(host) == bare


@pytest.mark.parametrize(
    ("target", "prefix", "covered"),
    [
        ("/casino", "/casino", True),
        ("/casino/", "/casino", True),
        ("/casino/a", "/casino", True),
        ("/casino?a", "/casino", True),
        ("/casino;a", "/casino", True),
        ("/casinos", "/casino", False),
        ("/casino-royale", "/casino", False),
        ("/a/casino", "/casino", False),
        ("/casin", "/casino", False),
        ("/", "/", True),
        ("/anything", "/", True),
        ("/?a", "/", True),
        ("/a?b=c&d", "/a?b=c", True),
        ("/a?b=cc", "/a?b=c", False),
        ("", "/", False),
    ],
)
def test_a_prefix_ends_at_a_boundary(target: str, prefix: str, covered: bool) -> None:
    assert starts_at_boundary(target, prefix) is covered


def test_every_boundary_ends_a_prefix_and_no_letter_digit_or_hyphen_does() -> None:
    assert all(starts_at_boundary(f"/a{mark}", "/a") for mark in BOUNDARIES)
    assert not any(starts_at_boundary(f"/a{mark}", "/a") for mark in "a0-_.~%")


@pytest.mark.parametrize(
    ("pattern", "url", "covered"),
    [
        pytest.param("casino*.test", "casino7.test/", True, id="in-a-label"),
        pytest.param("casino*.test", "casino7.test", True, id="names-only"),
        pytest.param("casino*.test", "a.casino7.test/", False, id="not-below-it"),
        pytest.param("casino*.test", "casino7.test.other/", False, id="the-whole-host"),
        pytest.param("casino*.test", "casino/x.test/", False, id="not-across-the-host"),
        pytest.param("*.bet*.test", "bet7.test/", True, id="star-dot-covers-the-name-itself"),
        pytest.param("*.bet*.test", "a.b.bet7.test/", True, id="star-dot-covers-what-is-below"),
        pytest.param("*.bet*.test", "abet7.test/", False, id="star-dot-at-a-label"),
        pytest.param("*/casino/*", "any.test/casino/x", True, id="any-host"),
        pytest.param("*/casino/*", "any.test/a/casino/x", False, id="from-the-root"),
        pytest.param("example.org/a*b", "example.org/axxb", True, id="in-the-target"),
        pytest.param("example.org/a*b", "example.org/axxbc", False, id="the-whole-target"),
        pytest.param("example.org/a.b?c*", "example.org/a.b?cd", True, id="a-dot-and-a-question-mark"),
        pytest.param("example.org/a.b?c*", "example.org/axb?cd", False, id="a-dot-is-a-dot"),
        pytest.param("*://x**y.test", "x.y.test/", False, id="a-scheme-never-stands-in-an-entry"),
        pytest.param("x**y.test", "x.y.test/", True, id="two-stars-are-one"),
        pytest.param("/bet[0-9]+/", "www.bet7.test/", True, id="regex-anywhere"),
        pytest.param("/BET[0-9]+/", "www.bet7.test/", True, id="regex-without-case"),
        pytest.param("/^bet/", "www.bet7.test/", False, id="regex-anchored"),
        pytest.param("/a/b$/", "x.test/a/b", True, id="regex-with-slashes"),
    ],
)
def test_a_pattern_is_an_expression_over_host_and_target(pattern: str, url: str, covered: bool) -> None:
    assert (re2.search(expression(pattern), url) is not None) is covered
