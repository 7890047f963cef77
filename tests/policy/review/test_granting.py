"""Who may ask for an authority, on what terms, and who decides it: hits beside misses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.errors import ReviewRefused
from policy.file import PolicyFile
from policy.review.authority import Authority, Decided, Ended, Terms
from policy.review.granting import (
    MOST_PEOPLE,
    fit_request,
    may_see,
    period,
    refuse_decision,
    refuse_opening,
    refuse_revocation,
    refuse_second_word,
    refuse_taking_back,
)
from policy.sections.review import Review
from policy.words import AuthorityOutcome, Purpose, ReviewerRole
from tests.policy.review.looks_table import AUTHORITIES, DAY, PEOPLE, Word, reviewer
from tests.samples import shipped_policy

FILE = shipped_policy().file
RULES = FILE.review
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LM, PS, IS = (
    ReviewerRole.LINE_MANAGER,
    ReviewerRole.PROFESSIONAL_STANDARDS,
    ReviewerRole.INFORMATION_SECURITY,
)
TERMS = Terms(
    organisation="county",
    role=PS,
    matter="PSD/26/117",
    purpose=Purpose.BREACH,
    necessity="A complaint of games on duty has to be looked into.",
    proportionality="Ten days, one person, and nothing that was allowed.",
    less_intrusive="They were asked first, and say that they know nothing of it.",
    people=("ann",),
    units=(),
    since=NOW - 10 * DAY,
    until=NOW - 2 * DAY,
    categories=(),
    allowed_visits=False,
    sealed=False,
    days=28,
    renews=None,
)


def with_rules(**changes: Any) -> PolicyFile:
    return FILE.model_copy(update={"review": RULES.model_copy(update=changes)})


@pytest.mark.parametrize(
    ("who", "changes", "why"),
    [
        pytest.param("insp", {}, None, id="professional-standards"),
        pytest.param("insp", {"people": ("ann", "bob", "ann")}, None, id="several-people"),
        pytest.param("insp", {"people": (), "units": ("Events",)}, None, id="a-unit"),
        pytest.param("lead", {"role": LM, "people": ("ann", "bob")}, None, id="ones-team"),
        pytest.param("isec", {"role": IS, "categories": ("malware",)}, None, id="security"),
        pytest.param("both", {"role": PS, "people": ("cat",)}, None, id="in-the-other-of-ones-roles"),
        pytest.param("insp", {"until": NOW + 28 * DAY}, None, id="as-long-as-it-holds"),
        pytest.param("insp", {"days": 1}, None, id="a-day"),
        pytest.param("insp", {"sealed": True}, None, id="with-sealed-parts"),
        # Who
        pytest.param("lead", {}, "gives you no office", id="a-role-one-has-not"),
        pytest.param("ann", {}, "gives you no office", id="nobody-in-particular"),
        pytest.param("chief", {}, "gives you no office", id="who-grants"),
        pytest.param("siro", {"role": ReviewerRole.STATISTICS}, "needs no authority", id="statistics"),
        pytest.param("audit", {"role": ReviewerRole.AUDITOR}, "needs no authority", id="the-auditor"),
        pytest.param("cityinsp", {}, "one's own organisation", id="from-elsewhere"),
        # Whom
        pytest.param("insp", {"people": ()}, "nobody is named", id="nobody"),
        pytest.param("insp", {"people": ("ann", " ")}, "an empty name", id="an-empty-login"),
        pytest.param("insp", {"units": ("",)}, "an empty name", id="an-empty-unit"),
        pytest.param("insp", {"people": ("INSP",)}, "it names you", id="oneself"),
        pytest.param("insp", {"people": ("ann", "head")}, "it names your line manager", id="ones-manager"),
        pytest.param("insp", {"units": ("standards",)}, "your own unit", id="ones-unit"),
        pytest.param("lead", {"role": LM, "people": ("lead",)}, "not of your team", id="oneself-as-a-team"),
        pytest.param("both", {"units": ("Executive",)}, "your line manager's unit", id="the-managers-unit"),
        pytest.param("lead", {"role": LM, "people": ("cat",)}, "cat is not of your team", id="another-team"),
        pytest.param(
            "lead", {"role": LM, "people": ("ann", "cat")}, "cat is not of your team", id="another-beside"
        ),
        pytest.param("lead", {"role": LM, "units": ("Licensing",)}, "and no units", id="a-managers-unit"),
        pytest.param(
            "insp", {"people": tuple(f"p{n}" for n in range(MOST_PEOPLE + 1))}, "at most 100", id="too-many"
        ),
        # What
        pytest.param("insp", {"categories": ("gardening",)}, "no category", id="no-such-category"),
        pytest.param("isec", {"role": IS, "categories": ("games",)}, "games is none of", id="not-securitys"),
        pytest.param(
            "isec", {"role": IS, "sealed": True}, "professional standards only", id="sealed-for-security"
        ),
        pytest.param(
            "lead", {"role": LM, "sealed": True}, "professional standards only", id="sealed-for-a-manager"
        ),
        # When
        pytest.param("insp", {"days": 0}, "1 to 28 days", id="no-day"),
        pytest.param("insp", {"days": 29}, "1 to 28 days", id="a-day-too-many"),
        pytest.param("insp", {"until": NOW - 10 * DAY}, "before it begins", id="no-period"),
        pytest.param(
            "insp", {"until": NOW + 28 * DAY + timedelta(seconds=1)}, "goes on after", id="past-its-end"
        ),
        pytest.param("insp", {"since": datetime(2026, 11, 1)}, "without a zone", id="no-zone"),  # noqa: DTZ001 - no zone on purpose
        # Why
        pytest.param("insp", {"matter": " "}, "matter", id="no-matter"),
        pytest.param("insp", {"necessity": "Because."}, "necessity: say why", id="hardly-a-reason"),
        pytest.param("insp", {"proportionality": " " * 40}, "proportionality: say", id="blanks"),
        pytest.param("insp", {"less_intrusive": "x" * 2001}, "20 to 2000", id="an-endless-reason"),
        pytest.param(
            "insp", {"proportionality": TERMS.necessity.upper()}, "same words", id="one-reason-for-two"
        ),
        pytest.param("insp", {"renews": "AAAAAAAA"}, "no authority of the reference", id="renews-nothing"),
    ],
)  # fmt: skip
def test_what_may_be_asked_for(who: str, changes: dict[str, Any], why: str | None) -> None:
    terms, by = replace(TERMS, **changes), reviewer(who, RULES)
    if why is None:
        fit = fit_request(terms, by, FILE, NOW)
        assert fit_request(fit, by, FILE, NOW) == fit, "what is fit stays as it is"
    else:
        with pytest.raises(ReviewRefused) as refused:
            fit_request(terms, by, FILE, NOW)
        assert why in str(refused.value)
        assert "\n" not in str(refused.value)


def test_terms_are_kept_folded_once_each_and_without_what_acts() -> None:
    terms = replace(
        TERMS,
        people=("BOB", "ann", " Ann "),
        units=(" Events ",),
        matter="A\x1b[2J",
        categories=("games",) * 2,
    )
    fit = fit_request(terms, reviewer("insp", RULES), FILE, NOW)
    assert (fit.people, fit.units, fit.matter) == (("ann", "bob"), ("Events",), "A\\x1b[2J")
    assert fit.categories == ("games",)


def test_security_asks_about_its_categories_where_it_names_none() -> None:
    """So that the database, which knows no policy, bounds it too."""
    fit = fit_request(replace(TERMS, role=IS), reviewer("isec", RULES), FILE, NOW)
    assert fit.categories == tuple(sorted(RULES.role.information_security.categories))


@pytest.mark.parametrize(
    ("rules", "changes", "why"),
    [
        ({"granted_by": "", "deputy": ""}, {}, "names no office that grants"),
        ({"granted_by": ""}, {}, None),
        ({"longest_days": 7}, {"days": 8}, "1 to 7 days"),
        ({"opened_by": ""}, {"sealed": True}, "names no office for opening"),
    ],
)
def test_the_policy_bounds_what_may_be_asked_for(
    rules: dict[str, Any], changes: dict[str, Any], why: str | None
) -> None:
    terms, by = replace(TERMS, **changes), reviewer("insp", RULES)
    if why is None:
        fit_request(terms, by, with_rules(**rules), NOW)
    else:
        with pytest.raises(ReviewRefused, match=why):
            fit_request(terms, by, with_rules(**rules), NOW)


def authority(**changes: Any) -> Authority:
    """One that nobody has decided yet, asked for by `insp`; or as the changes say."""
    return replace(Authority("AAAAAAAA", TERMS, "insp", NOW - HOUR), **changes)


HOUR = timedelta(hours=1)
GRANTED = authority(
    decided=Decided(AuthorityOutcome.GRANTED, NOW - HOUR, "chief", "Chief", "It is proportionate."),
    begins=NOW - HOUR,
    ends=NOW + 27 * DAY,
)
RENEWAL = replace(TERMS, renews="AAAAAAAA", necessity="Two people named a third, who is still to be heard.")


@pytest.mark.parametrize(
    ("before", "changes", "why"),
    [
        pytest.param(GRANTED, {}, None, id="with-a-new-reason"),
        pytest.param(replace(GRANTED, ends=NOW - DAY), {}, None, id="after-its-end"),
        pytest.param(GRANTED, {"necessity": TERMS.necessity}, "say why it must go on", id="the-same-reason"),
        pytest.param(GRANTED, {"necessity": f"  {TERMS.necessity} "}, "say why", id="the-same-with-blanks"),
        pytest.param(GRANTED, {"matter": "PSD/26/118"}, "another matter", id="another-matter"),
        pytest.param(GRANTED, {"people": ("ann", "bob")}, "does not name all", id="somebody-besides"),
        pytest.param(GRANTED, {"people": ("bob",)}, "does not name all", id="somebody-else"),
        pytest.param(GRANTED, {"units": ("Events",)}, "does not name all", id="a-unit-besides"),
        pytest.param(
            replace(GRANTED, terms=replace(TERMS, people=("ann", "bob"))), {}, None, id="fewer-people"
        ),
        pytest.param(authority(), {}, "never granted", id="not-decided"),
        pytest.param(None, {}, "no authority of the reference", id="none"),
        pytest.param(replace(GRANTED, id="BBBBBBBB"), {}, "no authority of the reference", id="another"),
        pytest.param(
            replace(GRANTED, terms=replace(TERMS, organisation="city")),
            {},
            "no authority of the reference",
            id="elsewhere",
        ),
        pytest.param(replace(GRANTED, revoked=Ended(NOW, "chief", "No.")), {}, "was revoked", id="revoked"),
    ],
)  # fmt: skip
def test_an_authority_is_renewed_with_a_new_reason(
    before: Authority | None, changes: dict[str, Any], why: str | None
) -> None:
    terms, by = replace(RENEWAL, **changes), reviewer("insp", RULES)
    if why is None:
        assert fit_request(terms, by, FILE, NOW, before).renews == "AAAAAAAA"
    else:
        with pytest.raises(ReviewRefused, match=why):
            fit_request(terms, by, FILE, NOW, before)


def about(**changes: Any) -> Authority:
    return authority(terms=replace(TERMS, **changes))


@pytest.mark.parametrize(
    ("who", "of", "office_or_why"),
    [
        pytest.param("chief", authority(), "Chief Executive and Monitoring Officer", id="who-grants"),
        pytest.param("deputy", authority(), "Deputy Monitoring Officer", id="the-deputy"),
        pytest.param("grants", authority(), "Deputy Monitoring Officer", id="who-reviews-besides"),
        pytest.param("insp", authority(), "gives you no such role", id="who-asked"),
        pytest.param("insp2", authority(), "gives you no such role", id="a-colleague"),
        pytest.param("siro", authority(), "gives you no such role", id="another-office"),
        pytest.param("grants", authority(requested_by="grants"), "your own request", id="ones-own"),
        pytest.param("deputy", about(people=("ann", "deputy")), "it names you", id="about-oneself"),
        pytest.param("deputy", about(people=("chief",)), "your line manager", id="about-ones-manager"),
        pytest.param("chief", about(people=("head",)), "Chief Executive", id="about-who-reports-to-one"),
        pytest.param("chief", about(units=("executive",)), "your own unit", id="about-ones-unit"),
        pytest.param("chief", about(organisation="city"), "gives you no such role", id="elsewhere"),
        pytest.param("chief", GRANTED, "decided before: granted", id="twice"),
        pytest.param(
            "chief",
            authority(decided=Decided(AuthorityOutcome.TAKEN_BACK, NOW, "insp", "", "No.")),
            "decided before: taken back",
            id="what-was-taken-back",
        ),
    ],
)
def test_who_decides(who: str, of: Authority, office_or_why: str) -> None:
    by = reviewer(who, RULES)
    try:
        said = refuse_decision(of, by, RULES, "It is proportionate.")
    except ReviewRefused as refused:
        assert office_or_why in str(refused)
    else:
        assert office_or_why in said
        assert said in RULES.granting
        with pytest.raises(ReviewRefused, match="no reason is given"):
            refuse_decision(of, by, RULES, " ")
        with pytest.raises(ReviewRefused, match="more than 1000"):
            refuse_decision(of, by, RULES, "x" * 1001)


def test_a_policy_without_granting_offices_has_nobody_who_decides() -> None:
    with pytest.raises(ReviewRefused, match=r"review\.granted_by"):
        refuse_decision(authority(), reviewer("chief", RULES), Review(), "Yes.")


@pytest.mark.parametrize(
    ("who", "of", "why"),
    [
        ("insp", authority(), None),
        ("insp2", authority(), "somebody else's request"),
        ("chief", authority(), "somebody else's request"),
        ("insp", about(organisation="city"), "somebody else's request"),
        ("insp", GRANTED, "decided before"),
    ],
)
def test_only_who_asked_takes_a_request_back(who: str, of: Authority, why: str | None) -> None:
    if why is None:
        refuse_taking_back(of, reviewer(who, RULES), "No more need.")
        with pytest.raises(ReviewRefused, match="no reason"):
            refuse_taking_back(of, reviewer(who, RULES), "")
    else:
        with pytest.raises(ReviewRefused, match=why):
            refuse_taking_back(of, reviewer(who, RULES), "No more need.")


@pytest.mark.parametrize(
    ("who", "of", "office_or_why"),
    [
        ("chief", GRANTED, "Chief Executive and Monitoring Officer"),
        ("deputy", GRANTED, "Deputy Monitoring Officer"),
        ("insp", GRANTED, "requester"),
        ("insp2", GRANTED, "is revoked by"),
        ("audit", GRANTED, "is revoked by"),
        ("cityinsp", GRANTED, "not one that you may decide"),
        ("deputy", replace(GRANTED, terms=replace(TERMS, people=("deputy",))), "names you"),
        ("deputy", replace(GRANTED, terms=replace(TERMS, people=("chief",))), "your line manager"),
        ("chief", replace(GRANTED, terms=replace(TERMS, units=("executive",))), "your own unit"),
        ("insp", replace(GRANTED, terms=replace(TERMS, units=("standards",))), "requester"),
        ("chief", authority(), "not in force"),
        ("chief", replace(GRANTED, ends=NOW), "not in force"),
        ("chief", replace(GRANTED, revoked=Ended(NOW, "insp", "Done.")), "not in force"),
    ],
)
def test_who_ends_it(who: str, of: Authority, office_or_why: str) -> None:
    try:
        said = refuse_revocation(of, reviewer(who, RULES), RULES, NOW, "No more need.")
    except ReviewRefused as refused:
        said = str(refused)
    assert office_or_why in said


SEES = {
    "AAAAAAAA": {"insp2", "insp", "both", "grants", "chief", "deputy", "audit", "dpo"},
    "TEAM0000": {"lead", "chief", "deputy", "grants", "audit", "dpo"},
    "SEC00000": {"isec", "chief", "deputy", "grants", "audit", "dpo"},
    # Whom it names, and whoever has such a one for a line manager, does not learn that there is one.
    "NAMES000": {"insp2", "both", "grants", "chief", "deputy", "audit", "dpo"},
    "NAMES001": {"insp2", "both", "grants", "chief", "deputy", "audit", "dpo"},
    "C1TY0000": {"cityinsp"},
    "WAXTNG00": {"insp2", "insp", "both", "grants", "chief", "deputy", "audit", "dpo"},
}


@pytest.mark.parametrize("reference", SEES)
def test_who_sees_that_there_is_one(reference: str) -> None:
    of = AUTHORITIES[reference].made(reference, NOW)
    assert {who for who in PEOPLE if may_see(of, reviewer(who, RULES), RULES)} == SEES[reference]


def test_who_is_named_does_not_see_it_even_in_office() -> None:
    of = Word(("deputy", "audit", "dpo")).made("AAAAAAAA", NOW)
    seen_by = {who for who in PEOPLE if may_see(of, reviewer(who, RULES), RULES)}
    assert seen_by == {"insp2", "insp", "both", "grants", "chief"}


def test_who_is_of_a_unit_that_it_names_does_not_see_it_even_in_office() -> None:
    of = Word((), ("executive",)).made("AAAAAAAA", NOW)
    seen_by = {who for who in PEOPLE if may_see(of, reviewer(who, RULES), RULES)}
    assert seen_by == {"insp2", "insp", "audit"}


def test_it_holds_for_its_days() -> None:
    held = period(replace(TERMS, days=7), NOW)
    assert (held.begins, held.ends) == (NOW, NOW + 7 * DAY)


SEALED = replace(GRANTED, terms=replace(TERMS, sealed=True))


@pytest.mark.parametrize(
    ("of", "rules", "why"),
    [
        (SEALED, RULES, None),
        (GRANTED, RULES, "no sealed parts"),
        (SEALED, Review(granted_by="X"), "names no office"),
        (replace(SEALED, ends=NOW), RULES, "ended on"),
        (replace(SEALED, terms=replace(TERMS, sealed=True, people=("insp",))), RULES, "not one that you may"),
    ],
)
def test_what_may_be_opened(of: Authority, rules: Review, why: str | None) -> None:
    if why is None:
        refuse_opening(of, reviewer("insp", RULES), rules, NOW)
    else:
        with pytest.raises(ReviewRefused, match=why):
            refuse_opening(of, reviewer("insp", RULES), rules, NOW)


@pytest.mark.parametrize(
    ("who", "asked", "of", "office_or_why"),
    [
        ("siro", "insp2", SEALED, "Senior Information Risk Owner"),
        ("chief", "insp2", SEALED, "needs the word of Senior"),
        ("insp", "insp2", SEALED, "needs the word of Senior"),
        ("siro", "siro", SEALED, "asked for it yourself"),
        ("siro", "insp2", replace(SEALED, requested_by="siro"), "asked for authority AAAA-AAAA yourself"),
        ("siro", "insp2", replace(SEALED, terms=replace(SEALED.terms, people=("siro",))), "names you"),
        ("siro", "insp2", replace(SEALED, terms=replace(SEALED.terms, people=("chief",))), "line manager"),
        ("siro", "insp2", about(organisation="city"), "needs the word"),
    ],
)  # fmt: skip
def test_who_says_the_second_word(who: str, asked: str, of: Authority, office_or_why: str) -> None:
    try:
        said = refuse_second_word(of, asked, reviewer(who, RULES), RULES)
    except ReviewRefused as refused:
        said = str(refused)
    assert office_or_why in said


logins = st.sampled_from([*PEOPLE])
some_units = st.sampled_from(["Licensing", "EVENTS", "executive", "Standards", "Audit"])


@given(st.lists(logins, max_size=3), st.lists(some_units, max_size=2), logins, logins)
def test_nobody_asks_or_decides_about_themselves_their_manager_or_their_own_request(
    people: list[str], units: list[str], asks: str, decides: str
) -> None:
    """Whoever asks and decides, whatever is named: what gets through names neither, nor their managers."""
    for role in (LM, PS, IS):
        by = reviewer(asks, RULES)
        terms = replace(TERMS, role=role, people=tuple(people), units=tuple(units))
        try:
            fit = fit_request(terms, by, FILE, NOW)
        except ReviewRefused:
            continue
        names_nobody_of(fit, asks)
        assert role is not LM or set(fit.people) <= by.team
        try:
            refuse_decision(authority(terms=fit, requested_by=asks), reviewer(decides, RULES), RULES, "Yes.")
        except ReviewRefused:
            continue
        names_nobody_of(fit, decides)
        assert decides != asks


def names_nobody_of(terms: Terms, login: str) -> None:
    me = PEOPLE[login]
    assert login not in terms.people
    assert me.manager not in terms.people
    units = {unit.casefold() for unit in terms.units}
    assert me.unit.casefold() not in units
    assert me.manager is None or PEOPLE[me.manager].unit.casefold() not in units
