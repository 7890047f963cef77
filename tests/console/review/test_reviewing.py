"""Questions about people: recorded and answered within an authority, and otherwise refused on record."""

from datetime import timedelta
from typing import Any

import pytest

from console.review.reviewing import understood
from policy.errors import ReviewRefused
from policy.identifiers import show_reference
from policy.review.question import Question
from policy.words import Replayed, Resource, Verdict
from tests.console.review.office import (
    AUDITOR,
    CHIEF,
    GRANTER,
    NOW,
    OPERATOR,
    OTHER,
    REVIEWER,
    STATISTICIAN,
    SUBJECT,
    Office,
    question,
)
from tests.db.examples import decision


def row(minutes: float = 5, **changes: Any) -> Any:
    given: dict[str, Any] = {"organisation": None, "person": SUBJECT, "at": NOW - timedelta(minutes=minutes)}
    return decision(**{**given, **changes})


def test_what_is_within_the_authority_is_shown_and_nothing_else(office: Office) -> None:
    office.record(
        row(host="theirs.test"),
        row(6, host="another.test", person=OTHER),
        row(7, host="mine.test", person=REVIEWER),
        row(8, host="boss.test", person=CHIEF),
        row(60 * 24 * 5, host="before.test"),
        row(9, host="elsewhere.test", organisation="Another Force"),
    )
    found = office.by(REVIEWER).reviewing.search(question(office.granted()))
    assert [one.visit.host for one in found.answer.visits] == ["theirs.test"]
    assert found.answer.rest == ()
    assert found.bounds.scope.people == {SUBJECT}


def test_the_question_is_committed_with_its_bounds_before_and_answered_after(office: Office) -> None:
    office.record(row(), row(6))
    authority = office.granted()
    found = office.by(REVIEWER).reviewing.search(question(authority, host="WWW.Bet.TEST."))
    asked, answer = office.accesses("review search")
    assert asked.id == found.bounds.access
    assert (asked.actor, asked.organisation, asked.authority) == (REVIEWER, "", authority.id)
    assert asked.purpose == "matter PSD/7"
    assert asked.question == {"host": "WWW.Bet.TEST."}  # as it was asked
    assert asked.scope["people"] == [SUBJECT]
    assert (answer.answers, answer.rows_seen, answer.result) == (asked.id, 2, "shown")


@pytest.mark.parametrize(
    ("login", "more", "says"),
    [
        pytest.param(GRANTER, {}, "not one that you may look within", id="who-granted-it"),
        pytest.param(AUDITOR, {}, "not one that you may look within", id="an-auditor"),
        pytest.param(OPERATOR, {}, "not one that you may look within", id="an-operator"),
        pytest.param(STATISTICIAN, {}, "not one that you may look within", id="a-statistician"),
        pytest.param(SUBJECT, {}, "not one that you may look within", id="whom-it-names"),
        pytest.param(REVIEWER, {"people": (OTHER,)}, "does not name una", id="somebody-it-does-not-name"),
        pytest.param(REVIEWER, {"people": (REVIEWER,)}, "about themselves", id="oneself"),
        pytest.param(REVIEWER, {"people": (CHIEF,)}, "line manager", id="ones-line-manager"),
        pytest.param(
            REVIEWER, {"since": NOW - timedelta(days=4)}, "and not for all of", id="before-its-period"
        ),
        pytest.param(REVIEWER, {"until": NOW + timedelta(days=2)}, "and not for all of", id="after-it"),
        pytest.param(REVIEWER, {"size": 0}, "1 to 200 rows", id="no-rows"),
        pytest.param(REVIEWER, {"size": 10_000}, "1 to 200 rows", id="too-many-rows"),
        pytest.param(REVIEWER, {"host": "a b"}, "this is no host", id="no-host"),
        pytest.param(REVIEWER, {"reference": "nothing"}, "reference", id="no-reference"),
    ],
)
def test_outside_its_bounds_it_is_refused_with_the_reason_and_recorded(
    shared: Office, login: str, more: dict[str, Any], says: str
) -> None:
    authority = shared.granted()
    with pytest.raises(ReviewRefused, match=says):
        shared.by(login).reviewing.search(question(authority, **more))
    refused = shared.accesses("review search")[-1]
    assert (refused.actor, refused.rows_seen, refused.authority) == (login, 0, authority.id)
    assert says in refused.result
    assert refused.result.startswith("refused: ")


def test_an_authority_that_there_is_not_is_refused_and_recorded(office: Office) -> None:
    with pytest.raises(ReviewRefused, match="K7QF-2M9T"):
        office.by(REVIEWER).reviewing.search(Question("k7qf-2m9t", "matter 7"))
    with pytest.raises(ReviewRefused, match="reference"):
        office.by(REVIEWER).reviewing.search(Question("no reference at all", "matter 7"))
    assert len(office.accesses("review search")) == 2


def test_pages_follow_one_another_without_a_gap_and_each_is_a_look(office: Office) -> None:
    office.record(*(row(minutes, host=f"h{minutes}.test") for minutes in range(1, 8)))
    review, authority = office.by(REVIEWER), office.granted()
    seen, after = [], None
    while True:
        found = review.reviewing.search(question(authority, size=3, after=after)).answer
        seen += [one.visit.host for one in found.visits]
        if (after := found.after) is None:
            break
    assert seen == [f"h{minutes}.test" for minutes in range(1, 8)]
    assert [one.rows_seen for one in office.accesses("review search")] == [None, 3, None, 3, None, 1]


def test_a_timeline_is_of_one_person_however_their_login_is_written(office: Office) -> None:
    office.record(row(), row(6, person=OTHER))
    found = office.by(REVIEWER).reviewing.timeline(question(office.granted()), f" {SUBJECT.upper()} ")
    assert found.answer.person == SUBJECT
    assert found.answer.found.rows == 1
    assert found.bounds.scope.people == {SUBJECT}


def test_a_report_counts_and_says_that_it_counted(office: Office) -> None:
    office.record(row(), row(6), row(7, resource=Resource.EMBEDDED, verdict=Verdict.ALLOW))
    found = office.by(REVIEWER).reviewing.report(question(office.granted()))
    assert (found.answer.total.visits, found.answer.total.other) == (2, 1)
    assert office.accesses("review report")[-1].result == "counted"


def test_a_decision_is_explained_by_its_reference(office: Office) -> None:
    made = row()
    office.record(made, row(6, person=OTHER, reference="AAAAAAAA"))
    review, authority = office.by(REVIEWER), office.granted()
    found = review.reviewing.explain(question(authority), show_reference(made.reference).lower())
    assert found.answer.decision.id == made.id
    assert found.answer.replayed in set(Replayed)
    with pytest.raises(ReviewRefused, match="AAAA-AAAA: no decision within this authority"):
        review.reviewing.explain(question(authority), "AAAA-AAAA")


def test_a_question_is_understood_as_the_log_is_written() -> None:
    people = ("SAM", " sam", "Una")
    found = understood(Question("k7qf-2m9t", "p", people=people, host="Bücher.TEST", reference="aaaa-aaaa"))
    assert (found.authority, found.people) == ("K7QF2M9T", ("sam", "una"))
    assert (found.host, found.reference) == ("xn--bcher-kva.test", "AAAAAAAA")
