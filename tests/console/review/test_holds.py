"""Legal holds through the service: who places one, who sees it, and that no sight of it goes unrecorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.review.holds import Holds
from policy.errors import ReviewRefused
from policy.review.hold import HoldTerms
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.review.office import AUDITOR, CHIEF, NOW, OPERATOR, SUBJECT, Office

OFFICER = Reviewer("", "dora", frozenset({ReviewerRole.DATA_PROTECTION}), manager=CHIEF)
TERMS = HoldTerms("", (SUBJECT,), NOW - timedelta(days=3), NOW, "M/7", "a claim is expected")


def test_a_hold_is_placed_seen_and_released_and_the_sight_is_on_record(office: Office) -> None:
    holds = Holds(office.made.parts, OFFICER)
    placed = holds.place(TERMS)
    assert [hold.id for hold in office.by(AUDITOR).holds.list()] == [placed.id]
    assert holds.release(placed.id, "the claim was settled").released_by == OFFICER.login
    asked, answer = office.accesses("hold list")
    assert (asked.actor, answer.answers, answer.rows_seen) == (AUDITOR, asked.id, 1)


def test_who_is_named_by_a_hold_does_not_see_it_whatever_their_office(office: Office) -> None:
    holds = Holds(office.made.parts, OFFICER)
    holds.place(replace(TERMS, people=(SUBJECT, AUDITOR)))
    everybodys = holds.place(replace(TERMS, people=()))
    assert len(holds.list()) == 2
    assert [hold.id for hold in office.by(AUDITOR).holds.list()] == [everybodys.id]


def test_what_is_refused_is_on_record(shared: Office) -> None:
    holds = shared.by(OPERATOR).holds
    for what, ask in (
        ("hold place", lambda: holds.place(TERMS)),
        ("hold release", lambda: holds.release("K7QF2M9T", "because")),
        ("hold list", holds.list),
    ):
        with pytest.raises(ReviewRefused, match="data protection"):
            ask()
        (tried,) = shared.accesses(what)
        assert (tried.actor, tried.rows_seen) == (OPERATOR, 0)
        assert tried.result.startswith("refused: ")
