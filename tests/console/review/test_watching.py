"""What the auditor sees: every look of their organisation's people with what came of it, and no decision."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.review.accesses import AccessQuestion, Looked
from policy.errors import ReviewRefused
from policy.identifiers import show_reference
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
    question,
)
from tests.db.examples import decision

SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


def test_a_look_and_what_came_of_it_are_one(office: Office) -> None:
    office.record(decision(organisation=None, person="sam", at=NOW - timedelta(minutes=5), host="seen.test"))
    authority = office.granted()
    office.by(REVIEWER).reviewing.search(question(authority))
    found = office.by(AUDITOR).watching.looks(AccessQuestion(SINCE, UNTIL, actor="RITA"))
    (one,) = [each for each in found.rows if each.what == "review search"]
    assert (one.actor, one.authority, one.rows_seen, one.result) == (REVIEWER, authority.id, 1, "shown")
    assert one.scope is not None
    assert "seen.test" not in repr(found)


def test_of_one_authority_only_its_looks_are_shown_a_page_at_a_time(office: Office) -> None:
    first, second = office.granted(), office.granted()
    for authority in (first, second, first, first):
        office.by(REVIEWER).reviewing.report(question(authority))
    review, after = office.by(AUDITOR).watching, None
    seen: list[Looked] = []
    while True:
        asked = AccessQuestion(SINCE, UNTIL, authority=first.id, after=after, size=2)
        found = review.looks(asked)
        seen += found.rows
        if (after := found.after) is None:
            break
    assert [(one.what, one.authority) for one in seen] == [("review report", first.id)] * 3
    assert len({one.id for one in seen}) == 3


@pytest.mark.parametrize("login", [REVIEWER, GRANTER, OPERATOR])
def test_nobody_but_an_auditor_watches(shared: Office, login: str) -> None:
    watching = shared.by(login).watching
    for ask in (lambda: watching.looks(AccessQuestion(SINCE, UNTIL)), watching.withheld):
        with pytest.raises(ReviewRefused, match="this is for auditor"):
            ask()
    assert [one.actor for one in shared.accesses() if one.result][-2:] == [login, login]


@pytest.mark.parametrize("size", [0, 201])
def test_a_page_has_its_bounds(shared: Office, size: int) -> None:
    with pytest.raises(ReviewRefused, match="1 to 200"):
        shared.by(AUDITOR).watching.looks(AccessQuestion(SINCE, UNTIL, size=size))


def test_what_people_were_not_told_is_listed(office: Office) -> None:
    authority = office.granted()
    office.by(GRANTER).authorities.revoke(authority.id, "it is over")
    office.by(GRANTER).authorities.tell(authority.id, "a prosecution is being prepared, and would be harmed")
    (one,) = office.by(AUDITOR).watching.withheld()
    assert (one.authority, one.by, one.matter) == (authority.id, GRANTER, "PSD/7")
    assert "prosecution" in one.because
    assert one.ask_again is not None


def test_an_auditor_who_is_looked_into_does_not_see_that_here(office: Office) -> None:
    """Neither the looks nor that nobody was told of them; another's looks they see all the same."""
    hers, others = office.granted(people=(AUDITOR,)), office.granted()
    for authority in (hers, others):
        office.by(REVIEWER).reviewing.search(question(authority))
        office.by(GRANTER).authorities.revoke(authority.id, "it is done")
        office.by(GRANTER).authorities.tell(authority.id, "it would warn them")
    watching = office.by(AUDITOR).watching
    rows = watching.looks(AccessQuestion(SINCE, UNTIL)).rows
    assert {row.authority for row in rows if row.authority is not None} == {others.id}
    assert hers.id not in repr(rows)
    assert [one.authority for one in watching.withheld()] == [others.id]


def test_an_auditor_who_is_looked_into_is_not_told_by_what_others_ask_of_it(office: Office) -> None:
    """Nor by the tries of who might not: but what was shown to anybody is never hidden by whom it names."""
    hers = office.granted(people=(AUDITOR,))
    office.by(GRANTER).authorities.show(show_reference(hers.id).lower())
    for people in ((GRANTER, AUDITOR), (CHIEF,)):  # the auditor's own line manager
        with pytest.raises(ReviewRefused):
            office.by(GRANTER).authorities.request(replace(TERMS, people=people))
    with pytest.raises(ReviewRefused):
        office.by(SUBJECT).authorities.grant(hers.id, "I would")
    with pytest.raises(ReviewRefused):
        office.by(GRANTER).sealed.request(hers.id, "to see more")
    with pytest.raises(ReviewRefused):  # who granted it does not look; and typed as people write it
        office.by(GRANTER).reviewing.search(replace(question(hers), authority=show_reference(hers.id)))
    seen = office.by(AUDITOR).watching.looks(AccessQuestion(SINCE, UNTIL))
    assert [row.what for row in seen.rows] == ["audit looks"]
