"""The sentences of a note."""

from addons.pages.strings import not_meant as strings
from tests.samples import shipped_policy


def test_the_note_is_offered_and_never_asked_for() -> None:
    assert "you need do nothing" in strings.lead("odd.example")
    assert "not an allegation" in strings.NO_PAGE


def test_what_is_kept_is_said_with_its_days_and_without_a_name() -> None:
    kept = strings.kept(shipped_policy())
    assert "without your name" in kept
    assert "365 days" in kept
