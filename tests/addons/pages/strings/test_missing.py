"""The sentences about missing pieces."""

from addons.pages.strings import missing as strings
from tests.samples import shipped_policy


def test_one_piece_and_several_are_told_apart() -> None:
    assert "pieces from one site were" in strings.found("https://news.example", 1)
    assert "pieces from 2 sites were" in strings.found("https://news.example", 2)


def test_what_a_look_leaves_is_said() -> None:
    kept = strings.kept(shipped_policy())
    assert "not which page you asked about" in kept
    assert "2,190 days" in kept
