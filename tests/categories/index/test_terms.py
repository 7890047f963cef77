"""What each kind of entry means, and that its words promise at least that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.automaton import fold
from categories.index.terms import bare_prefix, hits, words
from policy.words import EntryKind

PREFIX, PATH, FILE_NAME, KEYWORD, SEARCH_TERM = (
    EntryKind.PREFIX,
    EntryKind.PATH,
    EntryKind.FILE_NAME,
    EntryKind.KEYWORD,
    EntryKind.SEARCH_TERM,
)

CASES = [
    (PREFIX, "example.org/casino", "example.org", "/casino", True),
    (PREFIX, "example.org/casino", "www.example.org", "/casino/a", True),
    (PREFIX, "www.example.org/casino", "example.org", "/casino?a", True),
    (PREFIX, "example.org/casino", "example.org", "/casino;a", True),
    (PREFIX, "example.org/casino", "example.org", "/casinos", False),
    (PREFIX, "example.org/casino", "example.org", "/a/casino", False),
    (PREFIX, "example.org/casino", "a.example.org", "/casino", False),
    (PREFIX, "example.org/", "example.org", "/anything", True),
    (PREFIX, "example.org/", "example.org", "", True),
    (PREFIX, "example.org/", "www.example.org", "", True),
    (PREFIX, "example.org/", "a.example.org", "", False),
    (PREFIX, "example.org/a", "example.org", "", False),
    (PATH, "/casino/", "any.test", "/casino", True),
    (PATH, "/casino/", "any.test", "/a/casino/b", True),
    (PATH, "/casino/", "any.test", "/casino;a/b", True),
    (PATH, "/casino/", "any.test", "/casino?a", True),
    (PATH, "/casino/", "any.test", "/casinos/casino", True),
    (PATH, "/casino/", "any.test", "/casinos", False),
    (PATH, "/casino/", "any.test", "/my-casino/", False),
    (PATH, "/casino/", "any.test", "/?a=/casino/", False),
    (PATH, "/online/casino/", "any.test", "/online/casino", True),
    (PATH, "/online/casino/", "any.test", "/online/a/casino", False),
    (PATH, "/casino/", "any.test", "", False),
    (FILE_NAME, "setup.exe", "any.test", "/a/setup.exe", True),
    (FILE_NAME, "setup.exe", "any.test", "/setup.exe?v=1", True),
    (FILE_NAME, "setup.exe", "any.test", "/setup.exe;v", True),
    (FILE_NAME, "setup.exe", "any.test", "/my-setup.exe", False),
    (FILE_NAME, "setup.exe", "any.test", "/setup.exe/a", False),
    (FILE_NAME, "*.msi", "any.test", "/a/b.msi", True),
    (FILE_NAME, "*.msi", "any.test", "/b.msi/c", False),
    (FILE_NAME, "*.msi", "any.test", "/a?f=b.msi", False),
    (FILE_NAME, "*setup.exe", "any.test", "/mysetup.exe", True),
    (FILE_NAME, "*setup.exe", "any.test", "/setup.exes", False),
    (KEYWORD, "online-casino", "any.test", "/online-casino", True),
    (KEYWORD, "online-casino", "any.test", "/a_online-casino.html", True),
    (KEYWORD, "online-casino", "any.test", "/s?q=online-casino", True),
    (KEYWORD, "online-casino", "any.test", "/online-casinos?q=online-casino", True),
    (KEYWORD, "online-casino", "any.test", "/online-casinos", False),
    (KEYWORD, "online-casino", "any.test", "/online_casino", False),
    (KEYWORD, "online-casino", "online-casino.test", "/", False),
    (KEYWORD, "online-casino", "any.test", "", False),
    (SEARCH_TERM, "fake plates", "", "fake plates", True),
    (SEARCH_TERM, "fake plates", "", "buy fake plates now", True),
    (SEARCH_TERM, "fake plates", "", "fake number plates", False),
    (SEARCH_TERM, "fake plates", "", "plates fake", False),
    (SEARCH_TERM, "fake plates", "", "fakes plates", False),
    (SEARCH_TERM, "fake plates", "", "fake platesful", False),
    (SEARCH_TERM, "казино", "", "онлайн казино", True),
]


@pytest.mark.parametrize(("kind", "text", "host", "target", "hit"), CASES)
def test_an_entry_covers_what_its_kind_says(
    kind: EntryKind, text: str, host: str, target: str, *, hit: bool
) -> None:
    assert hits(kind, text, host, target) is hit


def test_hosts_and_addresses_are_no_terms() -> None:
    with pytest.raises(ValueError, match="host"):
        hits(EntryKind.HOST, "bet.test", "bet.test", "/")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("www.example.org/a", "example.org/a"),
        ("example.org/www.a", "example.org/www.a"),
        ("www.test/x.y", "www.test/x.y"),
        ("www.test/", "www.test/"),
    ],
)
def test_a_prefix_is_compared_without_www_in_its_host(text: str, bare: str) -> None:
    assert bare_prefix(text) == bare


@pytest.mark.parametrize(("kind", "text", "host", "target", "hit"), [case for case in CASES if case[4]])
def test_whatever_is_covered_contains_one_of_the_words(
    kind: EntryKind, text: str, host: str, target: str, *, hit: bool
) -> None:
    assert hit
    folded = fold(f"/{host}{target}/")
    assert any(word in folded for word in words(kind, text) or ())


PIECES = st.lists(st.sampled_from(["/", "a", "b", "-", ".", ";", "?", "=", "ab"]), max_size=8).map("".join)


@given(
    kind=st.sampled_from([PREFIX, PATH, FILE_NAME, KEYWORD]),
    text=PIECES.filter(bool),
    before=PIECES,
    after=PIECES,
    host=st.sampled_from(["a.b", "www.a.b", "b"]),
)
def test_whatever_is_covered_contains_one_of_the_words_for_any_text(
    kind: EntryKind, text: str, before: str, after: str, host: str
) -> None:
    """The promise that makes it enough to look for words."""
    if kind is PREFIX:
        text = f"{host}/{text.strip('/')}"
    elif kind is PATH:
        text = f"/{text.strip('/') or 'a'}/"
    elif kind is FILE_NAME:
        text = text.replace("/", "") or "a"
    target = f"/{before}{text.strip('/') if kind is not PREFIX else text.partition('/')[2]}{after}"
    if hits(kind, text, host, target):
        folded = fold(f"/{host}{target}/")
        assert any(word in folded for word in words(kind, text) or ())
