"""Authorities through the service: who asked, who decided, and every try of anybody else on record."""

from dataclasses import replace

import pytest

from console.review.authorities import state_of
from policy.errors import ReviewRefused
from policy.identifiers import show_reference
from policy.words import AuthorityOutcome
from tests.console.review.office import (
    AUDITOR,
    CHIEF,
    GRANTER,
    NOW,
    OPERATOR,
    REVIEWER,
    SUBJECT,
    TERMS,
    Office,
)


def test_one_asks_and_another_grants_and_both_are_named(office: Office) -> None:
    asked = office.by(REVIEWER).authorities.request(TERMS)
    assert (asked.requested_by, asked.decided) == (REVIEWER, None)
    granted = office.by(GRANTER).authorities.grant(show_reference(asked.id).lower(), "it is necessary")
    assert granted.decided is not None
    assert granted.decided.by == GRANTER
    assert granted.decided.office == "Chief Executive and Monitoring Officer"
    assert granted.in_force(office.made.parts.now())


@pytest.mark.parametrize("login", [REVIEWER, AUDITOR, OPERATOR, SUBJECT])
def test_nobody_else_grants_and_the_try_is_on_record(shared: Office, login: str) -> None:
    asked = shared.by(REVIEWER).authorities.request(TERMS)
    with pytest.raises(ReviewRefused):
        shared.by(login).authorities.grant(asked.id, "I say so")
    tried = shared.accesses("authority grant")[-1]
    assert tried.actor == login
    assert tried.result.startswith("refused: ")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"people": (REVIEWER,)}, "names you", id="about-oneself"),
        pytest.param({"people": (CHIEF,)}, "names your line manager", id="about-ones-line-manager"),
        pytest.param({"days": 29}, "1 to 28 days", id="too-long"),
        pytest.param({"necessity": ""}, "necessity", id="without-a-reason"),
        pytest.param({"organisation": "Another Force"}, "one's own organisation", id="of-others"),
        pytest.param({"renews": "K7QF2M9T"}, "K7QF-2M9T", id="renewing-what-there-is-not"),
        pytest.param({"renews": "no reference"}, "reference", id="renewing-nothing"),
    ],
)
def test_what_may_not_be_asked_for_is_refused_and_recorded(
    shared: Office, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(ReviewRefused, match=says):
        shared.by(REVIEWER).authorities.request(replace(TERMS, **changes))  # type: ignore[arg-type]  # by name
    tried = shared.accesses("authority request")[-1]
    assert tried.result.startswith("refused: ")


def test_what_was_asked_for_is_refused_taken_back_or_revoked_once(office: Office) -> None:
    mine, theirs = office.by(REVIEWER).authorities, office.by(GRANTER).authorities
    refused = theirs.refuse(mine.request(TERMS).id, "ask them first")
    taken_back = mine.take_back(mine.request(TERMS).id, "it is settled")
    revoked = theirs.revoke(office.granted().id, "it was withdrawn")
    now = office.made.parts.now()
    assert [state_of(one, now) for one in (refused, taken_back, revoked)] == ["refused", "refused", "over"]
    assert taken_back.decided is not None
    assert taken_back.decided.outcome is AuthorityOutcome.TAKEN_BACK
    with pytest.raises(ReviewRefused):
        theirs.grant(refused.id, "after all")
    with pytest.raises(ReviewRefused):
        theirs.revoke(revoked.id, "again")


def test_only_who_may_see_it_sees_it_and_each_sight_is_a_look(office: Office) -> None:
    authority = office.granted()
    for login in (REVIEWER, GRANTER, AUDITOR):
        assert office.by(login).authorities.show(authority.id).id == authority.id
        assert [one.id for one in office.by(login).authorities.list("all")] == [authority.id]
    for login in (SUBJECT, OPERATOR):
        with pytest.raises(ReviewRefused, match="there is no authority"):
            office.by(login).authorities.show(authority.id)
        assert office.by(login).authorities.list("all") == ()
    assert {one.actor for one in office.accesses("authority show")} == {
        *(REVIEWER, GRANTER, AUDITOR, SUBJECT, OPERATOR)
    }


def test_a_list_is_of_those_in_one_state(office: Office) -> None:
    waiting = office.by(REVIEWER).authorities.request(TERMS)
    granted = office.granted()
    review = office.by(GRANTER).authorities
    assert [one.id for one in review.list("waiting")] == [waiting.id]
    assert [one.id for one in review.list("in-force")] == [granted.id]
    assert review.list("over") == review.list("refused") == ()
    assert state_of(waiting, NOW) == "waiting"
