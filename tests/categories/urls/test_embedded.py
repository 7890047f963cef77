"""URLs inside a URL."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.automaton import fold
from categories.urls.embedded import MARKS, inner_urls
from categories.urls.normalise import UrlRefused, normalise_target

CASES = [
    ("web.archive.org", "/web/2020/https://bet.test/a", {("bet.test", "/a"), ("bet.test", "/")}),
    ("any.test", "/https://bet.test", {("bet.test", "/")}),
    ("any.test", "/browse?u=http://bet.test/a&x=1", {("bet.test", "/a&x=1")}),
    ("any.test", "/browse?u=http%3A%2F%2Fbet.test%2Fa", {("bet.test", "/a")}),
    ("any.test", "/browse?u=http%253A%252F%252Fbet.test", {("bet.test", "/")}),
    ("any.test", "/browse?u=http%25253A%25252F%25252Fbet.test", {("bet.test", "/")}),
    ("any.test", "/browse?u=HTTP://BET.TEST.:8080/", {("bet.test", "/:8080/")}),
    ("any.test", "/?u=http://me:secret@bet.test/", {("bet.test", "/")}),
    ("any.test", "/?u=http:bet.test", {("bet.test", "/")}),
    ("any.test", "/?u=http:\\\\bet.test", {("bet.test", "/")}),
    ("any.test", "/?u=//bet.test/a", {("bet.test", "/a")}),
    ("any.test", "/?u=https://[2001:db8::7]:80/", {("2001:db8::7", "/")}),
    ("any.test", "/?u=http://0x7f.1/", {("127.0.0.1", "/")}),
    ("any.test", "/?u=http://xn--bcher-kva.test/", {("xn--bcher-kva.test", "/")}),
    (
        "any.test",
        "/?u=http://a.test/b?u=http://bet.test/c",
        {("a.test", "/b?u="), ("bet.test", "/c")},
    ),
    (
        "any.test",
        "/?a=http://a.test/&b=http%253a%252f%252fb.test%252fc",
        {("a.test", "/&b="), ("b.test", "/c")},
    ),
    ("any.test", "/?a=b%3dhttp://bet.test/", {("bet.test", "/")}),
    ("any.test", "/?u=http://bet%252etest/", {("bet.test", "/")}),
    ("bet-test.translate.goog", "/a", {("bet.test", "/a")}),
    ("my--bet-test.translate.goog", "/a", {("my-bet.test", "/a")}),
    ("translate.google.com", "/translate?sl=fr&u=bet.test", {("bet.test", "/")}),
    ("archive.ph", "/bet.test", {("bet.test", "/")}),
    ("archive.org", "/web/2016*/bet.test/*", {("bet.test", "/")}),
    ("webcache.googleusercontent.com", "/search?q=cache:abc:bet.test/a", {("bet.test", "/")}),
    ("bet-test.cdn.ampproject.org", "/c/s/bet.test/a", {("bet.test", "/c/s/bet.test/a"), ("bet.test", "/")}),
    ("any.test", "/?ref=bet.test", set()),
    ("any.test", "/bet.test", set()),
    ("any.test", "/https/a", set()),
    ("any.test", "/?u=http://", set()),
    ("any.test", "/?u=http://%00/", set()),
    ("any.test", "/?u=http://a b/", {("a", "/%20b/")}),
    ("any.test", "/?_=1&b=/", set()),
    ("any.test", "", set()),
]


def normalised(target: str) -> str:
    return normalise_target(target) if target else ""


@pytest.mark.parametrize(("host", "target", "inner"), CASES)
def test_inner_urls_are_found_however_they_are_written(
    host: str, target: str, inner: set[tuple[str, str]]
) -> None:
    found = list(inner_urls(host, normalised(target)))
    hosts = {name for name, _ in found}
    assert hosts == {name for name, _ in inner}
    assert len(found) == len(set(found))
    if "BET" not in target:
        assert set(found) == inner


@pytest.mark.parametrize(("host", "target"), [(host, target) for host, target, inner in CASES if inner])
def test_wherever_there_is_one_there_is_a_mark(host: str, target: str) -> None:
    folded = fold(f"/{host}{normalised(target)}/")
    assert any(mark in folded for mark in MARKS)


@given(st.text("htps:/?&=%25af.-@[]\\ t", max_size=40).map(lambda text: f"/{text}"))
def test_any_target_can_be_read_and_each_with_an_inner_url_has_a_mark(target: str) -> None:
    try:
        target = normalise_target(target)
    except UrlRefused:
        return
    if list(inner_urls("any.test", target)):
        folded = fold(f"/any.test{target}/")
        assert any(mark in folded for mark in MARKS)


@pytest.mark.parametrize("piece", ["http://a", "=//a", "a.b/", "%2525", "http:", "[", "a.a.a.a."])
def test_time_is_linear_in_the_length_of_the_target(piece: str) -> None:
    """64 kB, the largest target, within a fraction of a second."""
    target = f"/{piece * (60_000 // len(piece))}"
    started = time.monotonic()
    for _ in inner_urls("archive.org", target):
        pass
    assert time.monotonic() - started < 1
