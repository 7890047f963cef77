"""Authorities as people and programs read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.cli import authorities_shown as shown
from policy.review.authority import Authority, Decided, Ended, Terms, Told
from policy.words import AuthorityOutcome, Purpose, ReviewerRole

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(
    organisation="Example",
    role=ReviewerRole.PROFESSIONAL_STANDARDS,
    matter="PSD-1",
    purpose=Purpose.BREACH,
    necessity="why this must be looked at",
    proportionality="why no more than this",
    less_intrusive="what less was considered",
    people=("alice",),
    units=("CID",),
    since=NOW - 14 * DAY,
    until=NOW,
    categories=("gambling",),
    allowed_visits=False,
    sealed=False,
    days=14,
    renews=None,
)
ASKED = Authority("K7QF2M9T", TERMS, "olga", NOW - DAY)
DECIDED = Decided(AuthorityOutcome.GRANTED, NOW, "gerda", "Chief Executive", "necessary")
GRANTED = replace(ASKED, decided=DECIDED, begins=NOW, ends=NOW + 14 * DAY)


@pytest.mark.parametrize(
    ("one", "after", "state"),
    [
        pytest.param(ASKED, 0, "waiting", id="waiting"),
        pytest.param(GRANTED, 0, "in force", id="in-force"),
        pytest.param(GRANTED, 14, "over", id="over"),
        pytest.param(replace(GRANTED, revoked=Ended(NOW, "gerda", "over")), 0, "revoked", id="revoked"),
        pytest.param(
            replace(ASKED, decided=replace(DECIDED, outcome=AuthorityOutcome.REFUSED)),
            0,
            "refused",
            id="refused",
        ),
        pytest.param(
            replace(ASKED, decided=replace(DECIDED, outcome=AuthorityOutcome.TAKEN_BACK)),
            0,
            "taken-back",
            id="taken-back",
        ),
    ],
)
def test_an_authority_says_what_has_become_of_it(one: Authority, after: int, state: str) -> None:
    assert shown.state(one, NOW + after * DAY) == state
    assert shown.record(one, NOW + after * DAY)["state"] == state


def test_whoever_decides_reads_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    shown.print_one(replace(ASKED, terms=replace(TERMS, sealed=True, renews="7XW401ZN")), NOW)
    out = capsys.readouterr().out
    for wanted in (
        *("K7QF-2M9T: waiting", "PSD-1", "breach", "professional-standards", "alice, unit CID", "gambling"),
        *("are not in it", "may be opened", "14 days", "7XW4-01ZN", "olga"),
        *(TERMS.necessity, TERMS.proportionality, TERMS.less_intrusive),
    ):
        assert wanted in out


def test_every_word_on_it_says_whose_it_was_and_why() -> None:
    told = Told(NOW, "gerda", "an inquiry is open", NOW + 90 * DAY)
    lines = dict(shown.lines(replace(GRANTED, revoked=Ended(NOW, "gerda", "no longer needed"), told=told)))
    assert lines["granted"].endswith("by gerda as Chief Executive: necessary")
    assert lines["revoked"].endswith("by gerda: no longer needed")
    assert lines["people named"].startswith("not told")
    assert "an inquiry is open; asked again 2027-02-21" in lines["people named"]
    lines = dict(shown.lines(replace(GRANTED, told=Told(NOW, "gerda", None, None))))
    assert lines["people named"].startswith("told, ")


def test_what_became_of_it_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    current = datetime.now(UTC)
    shown.say(replace(GRANTED, begins=current - DAY, ends=current + DAY), as_json=False)
    assert "K7QF-2M9T: in force, until " in capsys.readouterr().out
    shown.say(replace(ASKED, told=Told(NOW, "gerda", "why", None)), as_json=False)
    assert "the people named are not told yet" in capsys.readouterr().out


def test_tables_are_inert(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = replace(TERMS, matter="a [/bold] \x1b[2J", people=("\u202ealice",))
    shown.print_list([replace(ASKED, terms=hostile)], NOW)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[/bold]" in out


@pytest.mark.parametrize(
    ("told", "days", "says"),
    [
        (None, 91, ""),
        (Told(NOW, "gerda", None, None), 91, "told"),
        (Told(NOW, "gerda", "it would warn them", NOW + 90 * DAY), 89, "not told"),
        (Told(NOW, "gerda", "it would warn them", NOW + 90 * DAY), 90, "not told: say anew why not"),
    ],
)
def test_the_list_asks_again_for_the_reason_why_nobody_is_told(
    capsys: pytest.CaptureFixture[str], told: Told | None, days: int, says: str
) -> None:
    shown.print_list([replace(GRANTED, told=told)], NOW + days * DAY)
    lines = capsys.readouterr().out.splitlines()
    heading, line = (next(one for one in lines if part in one) for part in ("people named", "K7QF-2M9T"))
    assert line[heading.index("people named") :].strip() == says
