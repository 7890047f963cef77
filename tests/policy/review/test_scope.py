"""What one look may read: the table of who may see what, and what holds of every scope."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.errors import ReviewRefused
from policy.review.question import Cursor, Question
from policy.review.scope import bound
from policy.words import Resource, ReviewerRole, Verdict
from tests.policy.review.looks_table import AUTHORITIES, DAY, LOG, PEOPLE, TABLE, Asked, Word, reviewer
from tests.samples import shipped_policy

RULES = shipped_policy().file.review
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_the_table_is_whole() -> None:
    """A reader that skips rows must not pass; nor a table that only ever refuses."""
    assert len(TABLE) == 124
    assert len({row.name for row in TABLE}) == len(TABLE)
    assert sum(isinstance(row.shown, str) for row in TABLE) == 66
    shown = frozenset[str]().union(*(row.shown for row in TABLE if isinstance(row.shown, frozenset)))
    assert set(LOG) - shown == {"ann-before", "ann-after", "nobody-games", "no-organisation", "privileged"}
    assert {row.authority for row in TABLE} == set(AUTHORITIES)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_who_may_see_what_under_which_authority(row: Asked) -> None:
    authority = AUTHORITIES[row.authority].made(row.authority, NOW)
    who = reviewer(row.who, RULES)
    if isinstance(row.shown, str):
        with pytest.raises(ReviewRefused) as refused:
            bound(row.made(NOW), authority, who, RULES, NOW)
        assert row.shown in str(refused.value)
        assert "\n" not in str(refused.value)
    else:
        scope = bound(row.made(NOW), authority, who, RULES, NOW)
        seen = {name for name, each in LOG.items() if scope.holds(**each.facts(NOW)) and row.asks_for(each)}
        assert seen == row.shown


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        pytest.param(
            -timedelta(hours=1) - timedelta(microseconds=1), "begins on", id="a-moment-before-it-begins"
        ),
        pytest.param(-timedelta(hours=1), None, id="when-it-begins"),
        pytest.param(7 * DAY - timedelta(microseconds=1), None, id="a-moment-before-it-ends"),
        pytest.param(7 * DAY, "ended on", id="when-it-ends"),
    ],
)
def test_an_authority_holds_from_its_beginning_to_its_end(moment: timedelta, why: str | None) -> None:
    authority = AUTHORITIES["AAAAAAAA"].made("AAAAAAAA", NOW)
    asked = Question("AAAAAAAA", "a complaint")
    if why is None:
        assert bound(asked, authority, reviewer("insp", RULES), RULES, NOW + moment)
    else:
        with pytest.raises(ReviewRefused, match=why):
            bound(asked, authority, reviewer("insp", RULES), RULES, NOW + moment)


@pytest.mark.parametrize(("unit", "who"), [("standards", "insp"), ("executive", "both")])
def test_who_is_of_a_unit_that_it_names_or_whose_manager_is_does_not_look(unit: str, who: str) -> None:
    authority = Word((), (unit,), requested_by="grants").made("AAAAAAAA", NOW)
    with pytest.raises(ReviewRefused, match="not one that you may look within"):
        bound(Question("AAAAAAAA", "a complaint"), authority, reviewer(who, RULES), RULES, NOW)


def test_it_is_over_the_moment_it_is_revoked() -> None:
    authority = Word(("ann",), revoked=timedelta()).made("AAAAAAAA", NOW)
    asked, who = Question("AAAAAAAA", "a complaint"), reviewer("insp", RULES)
    assert bound(asked, authority, who, RULES, NOW - timedelta(microseconds=1))
    with pytest.raises(ReviewRefused, match="was revoked"):
        bound(asked, authority, who, RULES, NOW)


@pytest.mark.parametrize("which", ["since", "until", "after"])
def test_a_time_without_a_zone_is_refused(which: str) -> None:
    naive = datetime(2026, 11, 12)  # noqa: DTZ001 - that is what is tested
    value = Cursor(naive, UUID(int=1)) if which == "after" else naive
    asked = replace(Question("AAAAAAAA", "a complaint"), **{which: value})  # type: ignore[arg-type]  # by name
    with pytest.raises(ReviewRefused, match="without a zone"):
        bound(asked, AUTHORITIES["AAAAAAAA"].made("AAAAAAAA", NOW), reviewer("insp", RULES), RULES, NOW)


def test_another_zone_says_the_same_moment() -> None:
    authority = AUTHORITIES["AAAAAAAA"].made("AAAAAAAA", NOW)
    there = timezone(timedelta(hours=9))
    asked = replace(
        Question("AAAAAAAA", "a complaint"),
        since=authority.terms.since.astimezone(there),
        until=authority.terms.until.astimezone(there),
    )
    assert bound(asked, authority, reviewer("insp", RULES), RULES, NOW).since == authority.terms.since


def test_whose_role_ended_may_ask_for_nothing_more() -> None:
    """The reviewer is made anew for every question: an authority outlives no office."""
    who = replace(reviewer("insp", RULES), roles=frozenset(), offices=frozenset())
    with pytest.raises(ReviewRefused, match="not one that you may look within"):
        bound(
            Question("AAAAAAAA", "a complaint"),
            AUTHORITIES["AAAAAAAA"].made("AAAAAAAA", NOW),
            who,
            RULES,
            NOW,
        )


logins = st.sampled_from([*PEOPLE, "nemo", "ANN", ""])
units = st.sampled_from(["Licensing", "Events", "Standards", "licensing", ""])
some_categories = st.sampled_from(["games", "malware", "webmail", "privileged", "none"])
moments = st.integers(-1, 12).map(lambda days: NOW - days * DAY)
questions = st.builds(
    Question,
    authority=st.just("AAAAAAAA"),
    purpose=st.just("a complaint"),
    since=st.none() | moments,
    until=st.none() | moments,
    people=st.lists(logins, max_size=3).map(tuple),
    units=st.lists(units, max_size=2).map(tuple),
    categories=st.lists(some_categories, max_size=2).map(tuple),
)
words = st.builds(
    Word,
    people=st.lists(logins, max_size=3).map(tuple),
    units=st.lists(units, max_size=2).map(tuple),
    role=st.sampled_from(ReviewerRole),
    requested_by=st.sampled_from([*PEOPLE]),
    decided_by=st.sampled_from([*PEOPLE]),
    categories=st.lists(some_categories, max_size=2).map(tuple),
    allowed_visits=st.booleans(),
    organisation=st.sampled_from(["county", "city"]),
)


@given(questions, words, st.sampled_from([*PEOPLE]))
def test_no_question_at_all_shows_a_row_outside_the_authority(
    asked: Question, word: Word, login: str
) -> None:
    """Whatever is asked of whatever was granted: what is shown is the authority's, and never one's own."""
    authority, who = word.made("AAAAAAAA", NOW), reviewer(login, RULES)
    try:
        scope = bound(asked, authority, who, RULES, NOW)
    except ReviewRefused:
        return
    terms = authority.terms
    assert terms.role in who.roles
    assert word.decided_by != login
    for row in LOG.values():
        facts = row.facts(NOW)
        if not scope.holds(**facts):
            continue
        assert row.organisation == terms.organisation == who.organisation
        assert terms.since <= facts["at"] < terms.until
        assert row.person in terms.people or row.unit in terms.units
        assert row.person not in {login, who.manager}
        assert not terms.categories or row.category in terms.categories
        assert terms.allowed_visits or row.resource is not Resource.VISIT or row.verdict is not Verdict.ALLOW
        assert not asked.people or row.person in {name.lower() for name in asked.people}
        if terms.role is ReviewerRole.LINE_MANAGER:
            assert row.person in who.team
        if terms.role is ReviewerRole.INFORMATION_SECURITY:
            assert row.category in RULES.role.information_security.categories
