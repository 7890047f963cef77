"""The sentences of refusals."""

import pytest

from addons.pages.strings import refusal as strings
from policy.words import Ended, Reason, RecordLevel
from tests.addons.pages.samples import judgements
from tests.samples import decision, policy_with_authority


@pytest.mark.parametrize(
    ("name", "judged"), list(judgements()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_refusal_says_what_happened_in_words_of_its_own(name: str, judged: object) -> None:
    policy = policy_with_authority()
    made = decision(judged, policy)  # type: ignore[arg-type]  # the ids function wants one type for both
    rule = policy.rules.get(made.category) if made.category else None
    sentence = strings.what(made, rule, "https://x.example/")
    assert sentence.endswith((".", "”."))
    assert "{" not in sentence
    assert strings.heading(made, rule)
    assert strings.what_you_can_do(made, policy)


def test_every_failure_has_its_own_words() -> None:
    said = {strings.failure(ended, "x.example")[0] for ended in strings.FAILURES}
    assert len(said) == len(strings.FAILURES)
    assert strings.failure(Ended.CLIENT_LEFT, "x.example") == strings.failure(Ended.ERROR, "x.example")


def test_each_record_level_is_explained_differently() -> None:
    assert set(strings._KEPT) == set(RecordLevel)
    assert len(set(strings._KEPT.values())) == len(RecordLevel)


def test_reasons_that_never_end_in_a_page_have_no_sentence() -> None:
    unsaid = set(Reason) - set(strings._WHAT)
    assert unsaid == {
        Reason.ESSENTIAL,
        Reason.LOCAL_ALLOW,
        Reason.EXEMPTED,
        Reason.CONFIRMED,
        Reason.TUNNEL,
        Reason.BREAK_GLASS,
        Reason.LOG_FULL,
        Reason.OWN_PAGE,
    }
