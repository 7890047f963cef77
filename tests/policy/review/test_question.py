"""A question: whatever it leaves out is as its authority has it."""

from dataclasses import fields

from policy.review.question import MOST_ROWS, Question


def test_a_question_that_gives_nothing_leaves_everything_to_its_authority() -> None:
    asked = Question("K7QF2M9T", "a complaint")
    left_out = {field.name for field in fields(asked)} - {"authority", "purpose", "size"}
    assert not any(getattr(asked, name) for name in left_out)
    assert 1 <= asked.size <= MOST_ROWS
