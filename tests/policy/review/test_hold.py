"""What may be held past its time, and who may say so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policy.errors import ReviewRefused
from policy.review.hold import (
    MOST_PEOPLE,
    Hold,
    HoldTerms,
    fit_hold,
    fit_reason,
    may_see,
    refuse_release,
    refuse_seeing_holds,
)
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole

BEGINS = datetime(2026, 3, 1, tzinfo=UTC)
TERMS = HoldTerms("", ("user1", "User1 ", "user2"), BEGINS, BEGINS + timedelta(days=30), "M/7", "a claim")
OFFICER = Reviewer("", "officer", frozenset({ReviewerRole.DATA_PROTECTION}), manager="chief")
HOLD = Hold("K7QF2M9T", fit_hold(TERMS, OFFICER), "officer", BEGINS)


def test_a_hold_names_each_person_once_in_the_form_that_logins_are_kept_in() -> None:
    assert fit_hold(TERMS, OFFICER).people == ("user1", "user2")


def test_a_hold_without_people_is_on_everybody_of_the_organisation() -> None:
    assert fit_hold(replace(TERMS, people=()), OFFICER).people == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"organisation": "Another Force"}, "no other's", id="another-organisation"),
        pytest.param({"people": ("user1", "OFFICER")}, "themselves", id="oneself"),
        pytest.param({"people": ("chief",)}, "line manager", id="ones-own-line-manager"),
        pytest.param(
            {"people": tuple(f"user{n}" for n in range(MOST_PEOPLE + 1))}, "place several", id="too-many"
        ),
        pytest.param({"until": BEGINS}, "before it begins", id="an-empty-period"),
        pytest.param({"matter": " "}, "the matter is empty", id="no-matter"),
        pytest.param({"because": ""}, "the reason is empty", id="no-reason"),
        pytest.param({"because": "x" * 2001}, "2001 characters", id="a-reason-nobody-reads"),
    ],
)
def test_what_may_not_be_held(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ReviewRefused, match=says):
        fit_hold(replace(TERMS, **changes), OFFICER)  # type: ignore[arg-type]  # any field, of any type


@pytest.mark.parametrize("role", sorted(set(ReviewerRole) - {ReviewerRole.DATA_PROTECTION}))
def test_only_data_protection_places_and_releases(role: ReviewerRole) -> None:
    somebody = replace(OFFICER, roles=frozenset({role}))
    with pytest.raises(ReviewRefused, match="data protection"):
        fit_hold(TERMS, somebody)
    with pytest.raises(ReviewRefused, match="data protection"):
        refuse_release(HOLD, somebody)


@pytest.mark.parametrize("role", list(ReviewerRole))
def test_who_sees_which_holds_there_are(role: ReviewerRole) -> None:
    reviewer = replace(OFFICER, roles=frozenset({role}))
    if role in {ReviewerRole.DATA_PROTECTION, ReviewerRole.AUDITOR}:
        refuse_seeing_holds(reviewer)
        return
    with pytest.raises(ReviewRefused):
        refuse_seeing_holds(reviewer)


def test_who_is_named_or_whose_line_manager_is_does_not_see_it() -> None:
    assert may_see(HOLD, OFFICER)
    assert not may_see(HOLD, replace(OFFICER, login="user2"))
    assert not may_see(HOLD, replace(OFFICER, manager="user1"))


def test_a_hold_is_released_once_and_never_by_who_it_names() -> None:
    refuse_release(HOLD, OFFICER)
    with pytest.raises(ReviewRefused, match="themselves"):
        refuse_release(HOLD, replace(OFFICER, login="user2"))
    released = replace(HOLD, released_at=BEGINS, released_by="officer", released_because="closed")
    with pytest.raises(ReviewRefused, match="was released on 2026-03-01 by officer"):
        refuse_release(released, OFFICER)


def test_a_reason_is_kept_without_what_cannot_be_stored() -> None:
    assert fit_reason("  closed\x00 ") != "closed\x00"
    assert "\x00" not in fit_reason("closed\x00")
