"""What the pages to sign in and out say."""

import pytest

from addons.pages.strings import sign_in as strings
from tests.samples import policy_with_authority


@pytest.mark.parametrize("word", ["wrong", "too-many-wrong", "busy", "away", "anything-else"])
def test_why_somebody_is_not_signed_in_is_one_clause_without_blame(word: str) -> None:
    said = strings.why(word)
    assert not said.endswith(".")
    assert "you have" not in said.lower()


def test_what_the_desk_says_is_told_apart_where_it_helps() -> None:
    words = ("wrong", "too-many-wrong", "busy", "away")
    assert len({strings.why(word) for word in words}) == 4


def test_what_is_kept_and_for_how_long_is_said() -> None:
    assert "8 hours" in strings.kept(480)
    assert "Your password is not kept" in strings.kept(480)
    assert "8 hours" in strings.done(480)
    assert "555 0100" in strings.no_user_name(policy_with_authority())
