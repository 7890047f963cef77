"""What the page about a work purpose says."""

import pytest

from addons.pages.strings import purpose as strings
from tests.samples import policy_with_authority


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "less than a minute"),
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (150, "2 hours 30 minutes"),
        (480, "8 hours"),
    ],
)
def test_a_duration_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert strings.duration(minutes) == said


def test_what_it_does_and_what_is_kept_are_said() -> None:
    assert (
        strings.holds("a.example", 60)
        == "Stating a purpose opens a.example to you for 1 hour. After that you are asked again."
    )
    assert "365 days" in strings.kept(365)
    assert "“Forums”" in strings.lead("a.example", "Forums")


@pytest.mark.parametrize("word", ["not-confirm", "refused", "anything-else"])
def test_why_it_could_not_be_taken_ends_with_a_person_to_ask(word: str) -> None:
    assert "555 0100" in strings.why_not(word, policy_with_authority())
