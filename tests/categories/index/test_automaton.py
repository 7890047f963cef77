"""The automaton over folded words."""

import pytest

from categories.index.automaton import Automaton, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("bet.test/a-b_c?d=e", "bet/test/a/b/c/d/e", id="punctuation-becomes-fences"),
        pytest.param("abc123", "abc123", id="letters-and-digits-stay"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_folding_keeps_letters_and_digits(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_folding_takes_any_text() -> None:
    """A target is ASCII by then; if ever one is not, finding nothing must not become an exception."""
    assert fold("\ud800") == "/"
    assert len(fold("é€")) == 5


def test_words_are_found_by_position_wherever_they_stand() -> None:
    automaton = Automaton(["/casino/", "/casino/royal/", "bet"])
    assert sorted(automaton.find("alphabet.test", "/casino-royal")) == [0, 1, 2]
    assert automaton.find("www.test", "/casinos") == []
    assert automaton.find("casino", "") == [0]


def test_an_automaton_without_words_finds_nothing() -> None:
    assert Automaton([]).find("bet.test", "/") == []
