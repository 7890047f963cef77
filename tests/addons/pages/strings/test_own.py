"""What our pages say when they will not do what was asked."""

import pytest

from addons.pages.strings import own as strings
from tests.samples import policy_with_authority, shipped_policy


@pytest.mark.parametrize("why", strings.WHY)
def test_every_word_has_a_title_a_sentence_and_something_to_do(why: str) -> None:
    title, sentence = strings.WHY[why]
    assert not title.endswith(".")
    assert sentence.endswith(".")
    for policy in (policy_with_authority(), shipped_policy()):
        [*_, last] = strings.steps(why, policy)
        assert "service desk" in last


def test_no_two_are_the_same() -> None:
    assert len({sentence for _, sentence in strings.WHY.values()}) == len(strings.WHY)
