"""Whatever one person asks leaves an Access, and what is refused its reason."""

import pytest

from console.review.recording import Recording, as_record, reference
from policy.errors import DatabaseAway, ReviewRefused
from policy.review.question import Question
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole, Verdict
from tests.console.review.office import Office

SOMEBODY = Reviewer("", "sam", frozenset({ReviewerRole.IT}))


def test_what_is_refused_within_is_recorded_and_refused_all_the_same(shared: Office) -> None:
    recording = Recording(shared.made.parts.looks, SOMEBODY)
    with (
        pytest.raises(ReviewRefused, match="not this"),
        recording.refusals("a question", {"host": "a.test"}, purpose="why", authority="K7QF2M9T"),
    ):
        raise ReviewRefused("not this")
    last = shared.accesses()[-1]
    assert (last.actor, last.what, last.purpose, last.authority) == ("sam", "a question", "why", "K7QF2M9T")
    assert (last.question, last.result) == ({"host": "a.test"}, "refused: not this")


def test_what_failed_is_no_refusal(shared: Office) -> None:
    before = len(shared.accesses())
    recording = Recording(shared.made.parts.looks, SOMEBODY)
    with pytest.raises(DatabaseAway), recording.refusals("a question", {}):
        raise DatabaseAway("away")
    assert len(shared.accesses()) == before


def test_a_look_that_was_broken_off_has_a_question_and_no_answer(shared: Office) -> None:
    recording = Recording(shared.made.parts.looks, SOMEBODY)
    with pytest.raises(KeyboardInterrupt), recording.look("broken off", {}):
        raise KeyboardInterrupt
    (asked,) = shared.accesses("broken off")
    assert (asked.answers, asked.rows_seen, asked.result) == (None, None, None)


def test_a_role_is_had_or_the_question_is_not_for_them(shared: Office) -> None:
    recording = Recording(shared.made.parts.looks, SOMEBODY)
    recording.need(ReviewerRole.AUDITOR, ReviewerRole.IT)
    with pytest.raises(ReviewRefused, match="this is for auditor or data protection"):
        recording.need(ReviewerRole.AUDITOR, ReviewerRole.DATA_PROTECTION)


def test_a_question_is_kept_as_it_was_asked_without_what_has_a_column_of_its_own() -> None:
    asked = Question("A", "p", people=("sam",), verdicts=(Verdict.BLOCK,), visits_only=True)
    assert as_record(asked, "authority", "purpose") == {
        "people": ["sam"],
        "verdicts": ["block"],
        "visits_only": True,
    }


def test_a_reference_is_taken_as_it_is_read_out() -> None:
    assert reference(" k7qf-2m9t ") == "K7QF2M9T"
    with pytest.raises(ReviewRefused, match="reference"):
        reference("hostile.test")
