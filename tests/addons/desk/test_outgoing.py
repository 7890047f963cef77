"""Who is told of a report, and no more about the person than they need."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from addons.desk.outgoing import MAIL, WEBHOOK, Receivers, Reporter
from addons.desk.settings import MailSettings, WebhookSettings
from db.reports import Report
from policy.words import ReportKind
from tests.samples import shipped_policy

NAMED = Report(
    id="K7QF2M9T",
    organisation="",
    person="jane",
    kind=ReportKind.NOT_BLOCKED,
    host="bad.test",
    category=None,
    text="It came up by itself.\nI closed it. Jane",
    decision=None,
    at=datetime(2026, 3, 4, 12, 0, tzinfo=UTC),
    answered=None,
)
NAMELESS = replace(NAMED, person=None)
CHALLENGE = replace(NAMED, kind=ReportKind.WRONG_CATEGORY, category="gambling", text="A bakery.")
NOTE = replace(NAMED, kind=ReportKind.NOT_MEANT, person=None)

REPORTER = Reporter("Jane Doe", "manager@example.org")
MANAGER, DESK, LISTS = "manager@example.org", "desk@example.org", "lists@example.org"
WORDS, NAMES = "It came up by itself", ("jane", "Jane Doe")


def receivers(**mail: object) -> Receivers:
    given = {
        "host": "mail.test",
        "sender": "filter@example.org",
        "service_desk": DESK,
        "list_administrators": LISTS,
        **mail,
    }
    hook = WebhookSettings(url="https://tickets.test/hook", secret_file=Path("secret"))
    return Receivers(shipped_policy(), MailSettings.model_validate(given), hook)


def mailed(report: Report, reporter: Reporter = REPORTER, **mail: object) -> dict[str, str]:
    """The bodies, by who gets them."""
    outgoing = receivers(**mail).told_of(report, reporter)
    return {str(one.content["to"]): str(one.content["body"]) for one in outgoing if one.channel == MAIL}


def test_a_report_with_a_name_goes_to_the_manager_and_the_service_desk_by_name() -> None:
    bodies = mailed(NAMED)
    assert set(bodies) == {MANAGER, DESK, LISTS}
    for receiver in (MANAGER, DESK):
        assert "Jane Doe (jane)" in bodies[receiver]
        assert "> It came up by itself.\n> I closed it. Jane\n" in bodies[receiver]


def test_the_list_administrators_learn_the_site_and_nobodys_name() -> None:
    """Nor the person's own words where there is a name: they may hold it."""
    body = mailed(NAMED)[LISTS]
    assert "bad.test" in body
    assert WORDS not in body
    assert not any(name in body for name in NAMES)
    assert "sluicegate reports answer K7QF-2M9T" in body


@pytest.mark.parametrize("report", [NAMELESS, CHALLENGE], ids=["nameless", "challenge"])
def test_what_is_for_the_list_administrators_alone_names_nobody(report: Report) -> None:
    bodies = mailed(report)
    assert set(bodies) == {LISTS}
    assert report.text.splitlines()[0] in bodies[LISTS]
    assert not any(name in bodies[LISTS].replace(report.text, "") for name in ("Jane Doe", "(jane)"))


def test_a_note_beside_a_refusal_is_sent_to_nobody() -> None:
    assert receivers().told_of(NOTE, REPORTER) == ()


@pytest.mark.parametrize(
    "reporter",
    [
        pytest.param(Reporter(), id="not-in-the-register"),
        pytest.param(Reporter("Jane Doe", None), id="no-manager"),
        pytest.param(Reporter("Jane Doe", "manager@example.org\r\nBcc: x@example.org"), id="a-header"),
        pytest.param(Reporter("Jane Doe", "the manager"), id="no-address"),
    ],
)
def test_where_no_manager_can_be_told_the_service_desk_is_asked_to(reporter: Reporter) -> None:
    bodies = mailed(NAMED, reporter)
    assert set(bodies) == {DESK, LISTS}
    assert "no mail address of a line manager" in bodies[DESK]
    assert "no mail address of a line manager" not in mailed(NAMED)[DESK]


@pytest.mark.parametrize("report", [NAMED, NAMELESS, CHALLENGE], ids=["named", "nameless", "challenge"])
def test_a_subject_says_neither_who_nor_where(report: Report) -> None:
    """It is shown on locked screens."""
    for one in receivers().told_of(report, REPORTER):
        if one.channel == MAIL:
            subject = str(one.content["subject"])
            assert "K7QF-2M9T" in subject
            assert subject.isprintable()
            assert not any(word in subject for word in (*NAMES, "bad.test", WORDS))


def posted(report: Report) -> dict[str, object]:
    [message] = [one.content for one in receivers().told_of(report, REPORTER) if one.channel == WEBHOOK]
    assert (message["type"], message["timestamp"]) == ("report.created", report.at.isoformat())
    data = message["data"]
    assert isinstance(data, dict)
    return data


def test_the_webhook_gets_what_the_service_desk_gets_or_nobodys_name() -> None:
    assert posted(NAMED) == {
        "reference": "K7QF-2M9T",
        "kind": "not-blocked",
        "organisation": "",
        "host": "bad.test",
        "category": None,
        "person": "jane",
        "text": NAMED.text,
    }
    assert posted(NAMELESS)["person"] is None
    assert "person" not in posted(CHALLENGE)


def test_nothing_is_sent_where_nothing_is_set_up() -> None:
    nowhere = Receivers(shipped_policy(), MailSettings(), WebhookSettings())
    assert nowhere.told_of(NAMED, REPORTER) == ()
    assert set(mailed(NAMED, service_desk=None, list_administrators=None)) == {MANAGER}


@pytest.mark.parametrize(
    ("report", "reporter", "mail", "told"),
    [
        pytest.param(NAMED, REPORTER, {}, ("manager", "service-desk"), id="both"),
        pytest.param(NAMED, Reporter("Jane Doe"), {}, ("service-desk",), id="no-manager-is-known"),
        pytest.param(NAMED, REPORTER, {"service_desk": None}, ("manager", "service-desk"), id="by-webhook"),
        pytest.param(NAMED, REPORTER, {"host": None}, ("service-desk",), id="by-webhook-alone"),
        pytest.param(NAMELESS, REPORTER, {}, (), id="nameless"),
    ],
)
def test_who_reports_by_name_is_told_who_is_told(
    report: Report, reporter: Reporter, mail: dict[str, object], told: tuple[str, ...]
) -> None:
    assert receivers(**mail).whom(report, reporter) == told


def test_where_nothing_is_set_up_nobody_is_said_to_be_told() -> None:
    nothing = Receivers(shipped_policy(), MailSettings(), WebhookSettings())
    assert nothing.whom(NAMED, REPORTER) == ()
