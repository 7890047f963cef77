"""Exemptions and requests, as people and programs read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.cli import exemptions_shown as shown
from db.exemption_rows import AccessRequest, RequestDecided, Waits
from db.exemptions import RegisteredExemption, Revoked
from db.grants import Grant
from policy.document import read_policy
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import RequestOutcome

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
EXEMPTION = Exemption(
    "K7QF2M9T", GranteeKind.PERSON, "jane", TargetKind.HOST, "a.test", NOW - HOUR, NOW + HOUR, "work", "bob"
)
REQUEST = AccessRequest(
    *("R1234567", "", GranteeKind.PERSON, "jane", TargetKind.HOST, "a.test", "games", "work", None, "jane"),
    *(False, None, 2, NOW, None, None),
)


@pytest.mark.parametrize(
    ("starts", "until", "revoked", "found"),
    [
        (-1, 1, False, "in force"),
        (1, 2, False, "to come"),
        (-2, -1, False, "ended"),
        (-2, 0, False, "ended"),
        (-1, 1, True, "revoked"),
    ],
)
def test_an_exemption_says_whether_it_is_in_force(
    starts: int, until: int, *, revoked: bool, found: str
) -> None:
    one = replace(EXEMPTION, start=NOW + starts * HOUR, until=NOW + until * HOUR)
    registered = RegisteredExemption(one, NOW, Revoked(NOW, "bob", "over") if revoked else None)
    assert shown.state(registered, NOW) == found
    assert shown.registered_record(registered, NOW)["state"] == found


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, "waiting"),
        ({"first": Waits("bob", NOW, {})}, "second office"),
        ({"decided": RequestDecided(RequestOutcome.REFUSED, NOW, "bob", "no")}, "refused"),
        ({"decided": RequestDecided(RequestOutcome.TAKEN_BACK, NOW, "jane", "no")}, "taken-back"),
    ],
)
def test_a_request_says_whose_word_it_waits_for(changes: dict[str, object], found: str) -> None:
    request = replace(REQUEST, **changes)  # type: ignore[arg-type]  # any field, of any type
    assert shown.request_state(request) == found
    assert shown.record_of(request)["state"] == found


def test_a_sentence_names_both_offices_and_whose_organisation() -> None:
    one = replace(EXEMPTION, second_by="sue", organisation="Kent")
    assert shown.granted_line(one).startswith("K7QF-2M9T: a.test opened for person jane of Kent from ")
    assert shown.granted_line(one).endswith("granted by bob, sue")


def test_tables_are_inert_and_say_what_is_restricted(capsys: pytest.CaptureFixture[str]) -> None:
    one = replace(EXEMPTION, purpose="a [/bold] \x1b[2Jwork", restricted=True, procedure="SOP-1", review=NOW)
    shown.print_exemptions([RegisteredExemption(one, NOW, None)], NOW)
    shown.print_requests([REQUEST], read_policy())
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "restricted: a [/bold]" in out
    assert "(SOP-1)" in out
    assert "R123-4567" in out


def test_a_request_names_the_office_whose_word_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    asked = replace(REQUEST, kind=TargetKind.CATEGORY, target="messaging", category=None)
    until = datetime(2026, 12, 1, tzinfo=UTC)
    grant = Grant(
        GranteeKind.PERSON, "jane", TargetKind.CATEGORY, "messaging", until=until, purpose="a pilot"
    )
    granted = replace(asked, first=Waits("bob", NOW, grant.plain()))
    gone = replace(asked, target="of-an-earlier-policy")
    decided = replace(asked, decided=RequestDecided(RequestOutcome.REFUSED, NOW, "bob", "no"))
    lines = {}
    for name, request in {"asked": asked, "granted": granted, "gone": gone, "decided": decided}.items():
        shown.print_requests([request], read_policy())
        lines[name] = capsys.readouterr().out
    assert "Information Security Officer" in lines["asked"]
    assert "Operational Security Officer: category messaging until 2026-1" in lines["granted"]
    assert "granted by bob" in lines["granted"]
    assert "Security Officer" not in lines["gone"] + lines["decided"]
