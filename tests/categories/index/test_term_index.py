"""The term index: every entry that is looked for in a whole URL."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from categories.index.automaton import MOST_LETTERS
from categories.index.patterns import MOST_UNFIXED
from categories.index.places import Placed
from categories.index.term_index import TermIndex, about_host, letters_of, write_term_index
from policy.errors import ListRefused
from policy.words import EntryKind, FoundBy

TERMS = (
    Placed(1, EntryKind.PREFIX, "example.org/casino"),
    Placed(2, EntryKind.PATH, "/casino/"),
    Placed(3, EntryKind.FILE_NAME, "setup.exe"),
    Placed(4, EntryKind.KEYWORD, "casino"),
    Placed(5, EntryKind.PATTERN, "/poker[0-9]|roulette/"),
    Placed(6, EntryKind.PATTERN, "/^[a-z][0-9]{3}\\./"),
    Placed(7, EntryKind.FILE_NAME, "*.exe"),
)


def list_named(place: int) -> str:
    return "first" if place < 5 else "second"


def index_of(folder: Path, terms: Sequence[Placed]) -> TermIndex:
    write_term_index(folder / "terms.columns", terms, list_named)
    return TermIndex(folder / "terms.columns")


@pytest.mark.parametrize(
    ("host", "target", "places"),
    [
        pytest.param("example.org", "/casino", {1, 2, 4}, id="three-kinds-with-one-word"),
        pytest.param("any.test", "/my-casino", {4}, id="the-word-but-not-the-segment"),
        pytest.param("any.test", "/casinos", set(), id="a-longer-word"),
        pytest.param("any.test", "/a/setup.exe", {3, 7}, id="file-names"),
        pytest.param("any.test", "/poker7", {5}, id="a-pattern-by-one-of-its-words"),
        pytest.param("any.test", "/roulette", {5}, id="a-pattern-by-its-other-word"),
        pytest.param("any.test", "/poker", set(), id="the-word-of-a-pattern-that-does-not-match"),
        pytest.param("a123.test", "/", {6}, id="a-pattern-without-a-fixed-text"),
        pytest.param("a123.test", "/casino", {2, 4, 6}, id="with-and-without-fixed-text"),
        pytest.param("casino.test", "", set(), id="names-only"),
        pytest.param("poker1.test", "", {5}, id="names-only-and-a-pattern"),
    ],
)
def test_terms_are_found_by_their_words_and_confirmed(
    tmp_path: Path, host: str, target: str, places: set[int]
) -> None:
    found, may_have_inner = index_of(tmp_path, TERMS).find(host, target)
    assert {each.place for each in found} == places
    assert {(each.place, each.kind, each.text) for each in found} <= set(TERMS)
    assert all(each.found_by is FoundBy.AUTOMATON for each in found)
    assert not may_have_inner


def test_a_sign_of_a_url_inside_is_reported(tmp_path: Path) -> None:
    index = index_of(tmp_path, TERMS)
    assert index.find("any.test", "/?u=http://bet.test/")[1]
    assert not index.find("any.test", "/?u=a")[1]
    assert index.find("bet-test.translate.goog", "/")[1]


def test_an_index_without_terms_finds_nothing(tmp_path: Path) -> None:
    assert index_of(tmp_path, []).find("bet.test", "/casino") == ((), False)


@pytest.mark.parametrize(
    ("kind", "text", "about"),
    [
        (EntryKind.PATTERN, "*casino*", True),
        (EntryKind.PATTERN, "*.test/casino*", False),
        (EntryKind.PATTERN, "/casino/", False),
        (EntryKind.KEYWORD, "casino", False),
    ],
)
def test_wildcards_without_a_path_are_about_the_host(kind: EntryKind, text: str, *, about: bool) -> None:
    assert about_host(Placed(1, kind, text)) is about


def test_more_patterns_without_fixed_text_than_can_be_tried_each_time_are_refused(tmp_path: Path) -> None:
    terms = [Placed(at, EntryKind.PATTERN, f"/[a-z]{{{at + 1}}}/") for at in range(MOST_UNFIXED + 1)]
    assert index_of(tmp_path, terms[:-1]).find("abc.test", "")[0]
    with pytest.raises(
        ListRefused, match=rf"^second: {MOST_UNFIXED - 4} .*all lists have {MOST_UNFIXED + 1},"
    ):
        write_term_index(tmp_path / "more", terms, list_named)


def test_more_words_than_the_automaton_takes_are_refused(tmp_path: Path) -> None:
    terms = [Placed(at, EntryKind.KEYWORD, f"{at:0100}") for at in range(MOST_LETTERS // 100)]
    assert letters_of(terms) > MOST_LETTERS
    with pytest.raises(ListRefused, match=r"^second: .*leave some out"):
        write_term_index(tmp_path / "terms", terms, list_named)


def test_the_url_prefixes_among_the_terms_can_be_enumerated(tmp_path: Path) -> None:
    placed = [Placed(1, EntryKind.PREFIX, "help.test/talk"), Placed(2, EntryKind.KEYWORD, "talk")]
    assert list(index_of(tmp_path, placed).prefixes()) == [("help.test", "/talk")]
