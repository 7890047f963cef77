"""What was typed into a search engine, and what only looks as if."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.urls.normalise import UrlRefused, normalise_target
from categories.urls.search_engines import LONGEST_SEARCH, is_google, searched_for, words_of


@pytest.mark.parametrize(
    ("host", "target", "words"),
    [
        ("www.google.com", "/search?q=Fake+Number%20plates&hl=en", "fake number plates"),
        ("www.google.co.uk", "/search?hl=en&q=fake+plates", "fake plates"),
        ("www.google.com", "/search?q=caf%C3%A9", "café"),
        ("www.google.com", "/search?q=%22fake-plates%22", "fake plates"),
        ("www.google.com", "/search?q=a&q=b", "a b"),
        ("www.google.com", "/search?q=", ""),
        ("www.google.com", "/search?oq=fake", ""),
        ("www.google.com", "/complete/search?q=fak", ""),
        ("www.google.com", "/searches?q=fake", ""),
        ("www.google.com", "/maps?q=fake", ""),
        ("www.google.com", "/search", ""),
        ("www.google.com", "", ""),
        ("google.evil.test", "/search?q=fake", ""),
        ("www.bing.com", "/images/search?q=fake", "fake"),
        ("www.bing.com", "/search/?q=fake", "fake"),
        ("duckduckgo.com", "/?q=fake&ia=web", "fake"),
        ("html.duckduckgo.com", "/html/?q=fake", "fake"),
        ("duckduckgo.com", "/ac/?q=fak", ""),
        ("www.youtube.com", "/results?search_query=fake", "fake"),
        ("www.youtube.com", "/watch?v=fake", ""),
        ("uk.search.yahoo.com", "/search?p=fake", "fake"),
        ("www.baidu.com", "/s?wd=fake", "fake"),
        ("www.example.org", "/search?q=fake", ""),
    ],
)
def test_what_was_typed_is_read_from_known_engines_only(host: str, target: str, words: str) -> None:
    assert searched_for(host, normalise_target(target) if target else "") == words


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("google.com", True),
        ("images.google.de", True),
        ("www.google.com.br", True),
        ("google.co.uk", True),
        ("google.com.evil.test", False),
        ("agoogle.com", False),
        ("google.test", False),
        ("www.google", False),
    ],
)
def test_google_is_known_in_every_country(host: str, is_one: bool) -> None:
    assert is_google(host) is is_one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  Fake   PLATES ", "fake plates"),
        ("fake_plates", "fake plates"),
        ("don't", "don t"),
        ("Straße", "strasse"),
        ("ＦＡＫＥ", "fake"),  # noqa: RUF001 (letters of full width are what is tested)
        ("...", ""),
        ("", ""),
    ],
)
def test_words_are_compared_without_case_marks_and_width(text: str, words: str) -> None:
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_words_are_their_own_words(text: str) -> None:
    assert words_of(words_of(text)) == words_of(text)


@given(st.text(max_size=300))
def test_whatever_was_typed_it_is_bounded_and_one_line_of_words(typed: str) -> None:
    try:
        target = normalise_target(f"/search?q={typed}")
    except UrlRefused:
        return
    words = searched_for("www.google.com", target)
    # One character may become several when it is folded, but never more than eighteen.
    assert len(words) <= 18 * LONGEST_SEARCH
    assert words == " ".join(words.split())
