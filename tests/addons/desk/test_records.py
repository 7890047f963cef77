"""What is stored about somebody, as the pages are told it: bounded, and nothing of others."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from addons.desk.protocol import StoredClass, StoredNotice, StoredReview, write_answer
from addons.desk.records import MOST_SHOWN, pieces_of, record_of, requests_of
from db.exemption_rows import AccessRequest, RequestDecided, Waits
from db.my_record import NoticeRead, PersonalRecord, RefusedPiece, StatedPurpose, StoredDecisions
from db.reports import Answered, Report
from db.review.tellings import ReviewNotice
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import PersonHow, ReportKind, RequestOutcome, RetentionClass
from tests.samples import shipped_policy

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
REQUEST = AccessRequest(
    id="K7QF2M9T",
    organisation="",
    grantee_kind=GranteeKind.PERSON,
    grantee="jane",
    kind=TargetKind.HOST,
    target="a.test",
    category="messaging",
    purpose="my work",
    decision="M9TK7QF2",
    requested_by="jane",
    restricted=False,
    asked_of=None,
    joined=0,
    at=NOON,
    first=None,
    decided=None,
)
EXEMPTION = Exemption(
    id="E7QF2M9T",
    grantee_kind=GranteeKind.PERSON,
    grantee="jane",
    kind=TargetKind.HOST,
    target="a.test",
    start=NOON,
    until=LATER,
    purpose="my work",
    granted_by="anna",
)
REPORT = Report(
    "R7QF2M9T", "", "jane", ReportKind.WRONG_CATEGORY, "a.test", "gambling", "a bakery", None, NOON, None
)
NOBODY = PersonalRecord("", "jane", None, None, (), (), (), (), (), (), ())
EVERYTHING = replace(
    NOBODY,
    active_role="editor",
    devices=("D-77",),
    decisions=(StoredDecisions("refused", 3, date(2026, 1, 2), date(2026, 3, 4)),),
    notices=(NoticeRead("1", NOON, PersonHow.NEGOTIATE),),
    exemptions=(EXEMPTION,),
    requests=(REQUEST,),
    reports=(REPORT, replace(REPORT, answered=Answered(LATER, "anna", "put right"))),
    purposes=(StatedPurpose("a.test", "my work", NOON, LATER),),
    reviews=(
        ReviewNotice(
            UUID(int=1),
            "K7QF2M9T",
            "",
            "jane",
            NOON,
            {"reference": "K7QF2M9T", "paragraphs": ["Over."]},
            None,
        ),
    ),
)


def test_who_is_not_in_the_register_has_a_record_all_the_same() -> None:
    record = record_of(NOBODY, shipped_policy())
    assert (record.login, record.name, record.roles, record.classes) == ("jane", None, (), ())


def test_everything_that_is_stored_is_told() -> None:
    policy = shipped_policy()
    record = record_of(EVERYTHING, policy)
    keep = policy.records[RetentionClass.REFUSED].keep_days
    assert record.classes == (StoredClass("refused", 3, "2026-01-02", "2026-03-04", keep),)
    assert record.notices == (StoredNotice("1", NOON, "negotiate"),)
    assert [(one.target, one.purpose) for one in record.exemptions] == [("a.test", "my work")]
    assert [(one.state, one.answer) for one in record.reports] == [("open", ""), ("answered", "put right")]
    assert record.confirmations == (("a.test", LATER, "my work"),)
    assert record.reviews == (StoredReview("K7QF2M9T", NOON, ("Over.",)),)
    assert (record.active_role, record.devices) == ("editor", ("D-77",))


@pytest.mark.parametrize(
    ("request_", "state", "because"),
    [
        pytest.param(REQUEST, "waiting", "", id="waits"),
        pytest.param(replace(REQUEST, first=Waits("anna", NOON, {})), "second-office", "", id="half"),
        pytest.param(
            replace(REQUEST, decided=RequestDecided(RequestOutcome.GRANTED, LATER, "anna", "agreed")),
            "granted",
            "",
            id="granted",
        ),
        pytest.param(
            replace(REQUEST, decided=RequestDecided(RequestOutcome.REFUSED, LATER, "anna", "not for work")),
            "refused",
            "not for work",
            id="refused",
        ),
        pytest.param(
            replace(REQUEST, decided=RequestDecided(RequestOutcome.TAKEN_BACK, LATER, "jane", "done")),
            "taken-back",
            "",
            id="taken-back",
        ),
    ],
)
def test_a_request_says_what_became_of_it_and_of_a_refusal_why(
    request_: AccessRequest, state: str, because: str
) -> None:
    [shown] = requests_of([request_], shipped_policy()).requests
    assert (shown.state, shown.because) == (state, because)
    assert "anna" not in repr(shown), "an office decides, not a person"


def test_the_office_that_is_waited_for_is_the_policys() -> None:
    policy = shipped_policy()
    rule = policy.rules["messaging"]
    assert rule.second_office
    [waiting] = requests_of([REQUEST], policy).requests
    [half] = requests_of([replace(REQUEST, first=Waits("anna", NOON, {}))], policy).requests
    assert waiting.office == " or ".join(rule.granted_by)
    assert half.office == rule.second_office


def test_the_longest_record_fits_into_one_message() -> None:
    words = "ü" * 1000
    longest = replace(
        EVERYTHING,
        devices=("d" * 64,) * 1000,
        notices=EVERYTHING.notices * 1000,
        exemptions=(replace(EXEMPTION, purpose=words, target="a" * 253),) * 1000,
        requests=(
            replace(
                REQUEST,
                purpose=words,
                target="a" * 253,
                decided=RequestDecided(RequestOutcome.REFUSED, LATER, "anna", words),
            ),
        )
        * 1000,
        reports=(replace(REPORT, host="a" * 253, answered=Answered(LATER, "anna", words)),) * 1000,
        purposes=(StatedPurpose("a" * 253, words, NOON, LATER),) * 1000,
    )
    record = record_of(longest, shipped_policy())
    assert 10 < len(record.requests) == len(record.reports) < MOST_SHOWN
    assert write_answer(1, record)
    assert write_answer(1, requests_of(longest.requests, shipped_policy()))


def test_pieces_are_told_as_they_are_found() -> None:
    found = [RefusedPiece("a.test", "gambling", "K7QF2M9T"), RefusedPiece("b.test", None, "M9TK7QF2")]
    assert [one.host for one in pieces_of(found, told=True).pieces] == ["a.test", "b.test"]
    assert pieces_of([], told=False).told is False
