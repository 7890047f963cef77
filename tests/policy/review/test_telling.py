"""Telling people afterwards: who decides on it, when it is asked again, and what people read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policy.errors import ReviewRefused
from policy.review.authority import Authority, Ended, Told
from policy.review.telling import ASK_AGAIN_DAYS, closed_at, fit_word, is_to_be_asked_again, letter
from policy.words import AuthorityOutcome, Purpose
from tests.policy.review.looks_table import AUTHORITIES, DAY, Word, reviewer
from tests.samples import policy_with_authority, shipped_policy

FILE = shipped_policy().file
RULES = FILE.review
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OVER = Word(("ann", "bob"), begins=9 * DAY, ends=2 * DAY).made("K7QF2M9T", NOW)
WITHHELD = Told(NOW - DAY, "chief", "It would warn them.", NOW + 89 * DAY)


@pytest.mark.parametrize(
    ("of", "closed"),
    [
        (OVER, NOW - 2 * DAY),
        (AUTHORITIES["AAAAAAAA"].made("A", NOW), NOW + 7 * DAY),
        (AUTHORITIES["REVKED00"].made("A", NOW), NOW - timedelta(minutes=30)),
        (replace(OVER, revoked=Ended(NOW, "chief", "No.")), NOW - 2 * DAY),
        (AUTHORITIES["WAXTNG00"].made("A", NOW), None),
        (AUTHORITIES["REFSED00"].made("A", NOW), None),
    ],
)
def test_when_an_authority_was_over(of: Authority, closed: datetime | None) -> None:
    assert closed_at(of) == closed


@pytest.mark.parametrize(
    ("who", "of", "why"),
    [
        pytest.param("chief", OVER, None, id="who-granted"),
        pytest.param("deputy", OVER, None, id="the-deputy"),
        pytest.param("chief", replace(OVER, told=WITHHELD), None, id="asked-again"),
        pytest.param("insp2", OVER, "is decided by Chief", id="who-asked"),
        pytest.param("audit", OVER, "is decided by Chief", id="the-auditor"),
        pytest.param("ann", OVER, "is decided by Chief", id="who-is-named"),
        pytest.param(
            "chief",
            replace(OVER, terms=replace(OVER.terms, organisation="city")),
            "is decided by",
            id="elsewhere",
        ),
        pytest.param("chief", AUTHORITIES["AAAAAAAA"].made("A" * 8, NOW), "is not over", id="in-force"),
        pytest.param("chief", AUTHORITIES["WAXTNG00"].made("A" * 8, NOW), "never granted", id="undecided"),
        pytest.param(
            "chief",
            Word(("ann",), outcome=AuthorityOutcome.REFUSED).made("A" * 8, NOW),
            "never granted",
            id="refused",
        ),
        pytest.param(
            "chief", replace(OVER, told=Told(NOW, "chief", None, None)), "have been told", id="told-before"
        ),
    ],
)
def test_who_decides_whether_they_are_told(who: str, of: Authority, why: str | None) -> None:
    by = reviewer(who, RULES)
    for withheld in (None, "It would warn them."):
        if why is None:
            expected = (None, None) if withheld is None else (withheld, NOW + timedelta(days=ASK_AGAIN_DAYS))
            assert fit_word(of, by, RULES, NOW, withheld) == expected
        else:
            with pytest.raises(ReviewRefused, match=why):
                fit_word(of, by, RULES, NOW, withheld)


def test_who_asked_for_it_does_not_decide_that_nobody_is_told_whatever_office_they_hold() -> None:
    asked = replace(OVER, requested_by="deputy")
    with pytest.raises(ReviewRefused, match="asked for"):
        fit_word(asked, reviewer("deputy", RULES), RULES, NOW, "It would warn them.")
    assert fit_word(asked, reviewer("deputy", RULES), RULES, NOW, None) == (None, None)


@pytest.mark.parametrize(("withheld", "why"), [("", "no reason"), (" \n", "no reason"), ("x" * 1001, "1000")])
def test_not_telling_takes_a_reason(withheld: str, why: str) -> None:
    with pytest.raises(ReviewRefused, match=why):
        fit_word(OVER, reviewer("chief", RULES), RULES, NOW, withheld)


def test_a_reason_is_kept_on_one_line_and_without_what_acts() -> None:
    assert fit_word(OVER, reviewer("chief", RULES), RULES, NOW, " It would\n\x1b[2Jwarn ")[0] == (
        "It would \\x1b[2Jwarn"
    )


@pytest.mark.parametrize(
    ("told", "again"),
    [
        (None, False),
        (Told(NOW, "chief", None, None), False),
        (WITHHELD, False),
        (replace(WITHHELD, ask_again=NOW), True),
        (replace(WITHHELD, ask_again=NOW - DAY), True),
    ],
)
def test_it_is_asked_again_when_its_time_has_come(told: Told | None, *, again: bool) -> None:
    assert is_to_be_asked_again(replace(OVER, told=told), NOW) is again


def test_a_letter_says_what_concerns_its_reader_and_nothing_of_anybody_else() -> None:
    said = letter(OVER, "ann", 3, policy_with_authority().file)
    text = "\n".join((said.subject, *said.paragraphs))
    for part in (
        "K7QF-2M9T",
        "From 11 November 2026 to 18 November 2026",
        "from 10 November 2026 to 18 November 2026",
        "It names you.",
        "granted by the Chief Executive and Monitoring Officer",
        "looked 3 times",
        "Information Commissioner",
    ):
        assert part in text
    for secret in ("bob", "insp", "PSD/26/117", OVER.terms.necessity, "complaint of games"):
        assert secret not in text
    assert "K7QF" not in said.subject, "it is shown on locked screens"
    assert said.plain() == {
        "reference": "K7QF2M9T",
        "subject": said.subject,
        "paragraphs": list(said.paragraphs),
    }


@pytest.mark.parametrize(
    ("of", "looks", "part"),
    [
        (OVER, 0, "Nobody looked."),
        (OVER, 1, "looked once."),
        (OVER, 1200, "looked 1,200 times."),
        (Word((), ("Licensing",), begins=9 * DAY, ends=DAY).made("A" * 8, NOW), 1, "a unit that you are in"),
        (
            Word(("ann",), categories=("games",), allowed_visits=True, ends=DAY).made("A" * 8, NOW),
            1,
            "pages of some kinds only, those that were allowed too",
        ),
        (OVER, 1, "pages of any kind, not those that you were let through to"),
    ],
)
def test_a_letter_says_how_far_it_went(of: Authority, looks: int, part: str) -> None:
    assert part in "\n".join(letter(of, "ann", looks, FILE).paragraphs)


@pytest.mark.parametrize("purpose", Purpose, ids=str)
def test_every_purpose_is_said_in_words(purpose: Purpose) -> None:
    of = replace(OVER, terms=replace(OVER.terms, purpose=purpose))
    assert f", for {purpose}" not in "\n".join(letter(of, "ann", 0, FILE).paragraphs)


def test_nobody_is_told_of_what_was_never_granted() -> None:
    with pytest.raises(ValueError, match="never granted"):
        letter(AUTHORITIES["WAXTNG00"].made("A" * 8, NOW), "ann", 0, FILE)
