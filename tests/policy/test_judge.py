"""The order of judgement, by the table of `judgements.py`, and what the table cannot show."""

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import judge as judge_module
from policy.document import Policy
from policy.facts import Who
from policy.judge import Asking, Evidence, accept_tunnel, judge, judge_name, refuse
from policy.registers import GranteeKind
from policy.sections.part import clauses_of
from policy.words import Action, CategoryKind, EntryKind, ExemptionRule, Reason, Verdict
from tests.policy.judgements import (
    ALLOW,
    BLOCK,
    BOTH,
    CLASSROOM,
    EVENING,
    HOST,
    KIOSK,
    LICENSING,
    NIGHT,
    OLD_NOTICE,
    POLICY,
    ROWS,
    STEPS,
    TO_HOST,
    TRIAL,
    TUTOR,
    UNREAD,
    Row,
    confirmed,
    exemption,
    local,
)
from tests.samples import NOW, WHO, match, shipped_policy

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ROWS)
def test_the_order_of_judgement(name: str) -> None:
    row, judgement = ROWS[name], ROWS[name].judgement
    assert (judgement.verdict, judgement.reason, judgement.category) == (
        row.verdict,
        row.reason,
        row.category,
    )
    assert (judgement.privileged, judgement.would_be, judgement.allowance) == (
        row.privileged,
        row.would_be,
        row.allowance,
    )
    assert (judgement.local_entry is not None) == (
        judgement.reason in {Reason.LOCAL_ALLOW, Reason.LOCAL_BLOCK}
    )
    assert (judgement.exemption is not None) == (judgement.reason is Reason.EXEMPTED)
    assert (judgement.confirmation is not None) == (judgement.reason is Reason.CONFIRMED)
    if judgement.category is not None:
        assert judgement.matches[0].category == judgement.category
    # What passes while break-glass is open is not said to have been anything, nor what the notice keeps back.
    if judgement.reason in {Reason.BREAK_GLASS, Reason.NOTICE}:
        assert judgement.matches == ()
    else:
        assert {match.category for match in judgement.matches} >= set(row.categories)


def test_the_table_has_as_many_rows_as_were_written_and_no_step_without_one() -> None:
    assert len(ROWS) == sum(map(len, STEPS.values())) == 161
    assert {step[0] for step in STEPS} == set("0123456789")


def test_every_row_has_a_clause_that_the_documentation_knows() -> None:
    """And where a category decided, it is one that the policy quotes for it, in that very situation."""
    page = (ROOT / "docs" / "policy-clauses.md").read_text()
    documented = set(re.findall(r"\b[PS]\d+(?:\.\d+)+", page))
    for name, row in ROWS.items():
        assert row.clause in documented, name
        if row.reason in {Reason.LISTED, Reason.NEVER_EXEMPT} and row.verdict is not ALLOW:
            assert row.category is not None
            quoted = POLICY.in_effect(row.category, row.who, row.at).clause
            assert row.clause in clauses_of(quoted) or row.clause in BY_THE_WAY, name


# Clauses about who asks: a category quotes what it is for, and these what it depended on.
BY_THE_WAY = {"S3.4.4"}


def test_the_order_is_written_where_it_is_carried_out_and_where_people_read_it() -> None:
    """The essay at the top of the module numbers its steps from 0 to 9, and so does the page."""
    assert judge_module.__doc__ is not None
    steps = [
        line.strip() for line in judge_module.__doc__.splitlines() if line.strip()[:2].rstrip(".").isdigit()
    ]
    assert [step[0] for step in steps] == list("0123456789")
    page = (ROOT / "docs" / "judging.md").read_text().partition("## The order")[2].partition("\n## ")[0]
    assert [line[0] for line in page.splitlines() if line[:1].isdigit()] == list("0123456789")


def test_within_one_list_the_most_specific_entry_is_the_deciding_one() -> None:
    parent = match("gambling", "bet.example", line=1, specificity=1)
    child = match("gambling", HOST, line=2, specificity=2)
    for order in ((parent, child), (child, parent)):
        judgement = judge_name(Evidence(HOST, order), shipped_policy(), NOW)
        assert judgement.deciding_match == child


def site(host: str) -> str:
    return ".".join(host.split(".")[-2:])


def names(*pairs: tuple[str, str | None]) -> list[Evidence]:
    return [Evidence(host, (match(category, host),) if category else ()) for host, category in pairs]


@pytest.mark.parametrize(
    ("evidence", "verdict", "reason"),
    [
        pytest.param(
            names(("a.example", None), ("b.example", None)), ALLOW, Reason.NOT_LISTED, id="both-free"
        ),
        pytest.param(
            names(("a.example", None), ("bet.test", "gambling")),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="one-is-a-disguise",
        ),
        pytest.param(
            names(("bet.test", "gambling"), ("a.example", None)),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="the-other-way",
        ),
        pytest.param(
            names(("a.example", "webmail"), ("b.test", "essential")), ALLOW, Reason.LISTED, id="both-allowed"
        ),
        pytest.param(
            names(("x.bet.test", None), ("bet.test", "gambling")),
            BLOCK,
            Reason.LISTED,
            id="same-site-strictest",
        ),
        pytest.param(
            names(("u.test", "essential"), ("bet.test", "malware")),
            BLOCK,
            Reason.NEVER_EXEMPT,
            id="essential-does-not-cover-another-name-of-the-site",
        ),
        pytest.param(
            names(("u.example", "essential"), ("bet.test", "malware")),
            BLOCK,
            Reason.NAME_MISMATCH,
            id="essential-is-no-disguise",
        ),
        pytest.param(
            names(("a.test", "games"), ("bet.example", "gambling")), BLOCK, Reason.LISTED, id="both-blocked"
        ),
    ],
)
def test_the_strictest_of_several_names_holds(
    evidence: list[Evidence], verdict: Verdict, reason: Reason
) -> None:
    same_site = {"u.test": "bet.test"}
    judgement = judge(evidence, shipped_policy(), NOW, lambda host: same_site.get(host, site(host)))
    assert (judgement.verdict, judgement.reason) == (verdict, reason)


def test_one_privileged_name_makes_the_exchange_privileged() -> None:
    judgement = judge(
        names(("a.example", None), ("union.example", "privileged")), shipped_policy(), NOW, lambda _: "x"
    )
    assert judgement.privileged


def test_an_exchange_without_a_name_is_a_bug_and_says_so() -> None:
    with pytest.raises(ValueError, match="without a name"):
        judge([], shipped_policy(), NOW, site)


def test_refusals_before_any_list_block_and_tunnels_are_not_verdicts_on_a_site() -> None:
    assert refuse(Reason.PORT, "x").verdict is BLOCK
    tunnel = accept_tunnel("x", privileged=True)
    assert (tunnel.verdict, tunnel.reason, tunnel.category, tunnel.privileged) == (
        ALLOW,
        Reason.TUNNEL,
        None,
        True,
    )


SITUATIONS = st.builds(
    Row,
    name=st.just("any"),
    clause=st.just(""),
    categories=st.lists(st.sampled_from(sorted(POLICY.rules)), max_size=4).map(tuple),
    inner=st.lists(st.sampled_from(sorted(POLICY.rules)), max_size=2).map(tuple),
    verdict=st.just(ALLOW),
    reason=st.just(Reason.LISTED),
    local=st.sampled_from(
        [None, None, local(Action.ALLOW), local(Action.BLOCK), local(Action.ALLOW, minutes=0)]
    ),
    exemptions=st.lists(
        st.builds(
            exemption,
            st.sampled_from(sorted(POLICY.rules)),
            to=st.sampled_from(GranteeKind),
            until_minutes=st.sampled_from([0, 60]),
        )
        | st.just(TO_HOST),
        max_size=3,
    ).map(tuple),
    confirmation=st.sampled_from([None, confirmed(), confirmed(0)]),
    break_glass=st.booleans(),
    who=st.sampled_from([Who(), WHO, LICENSING, TUTOR, BOTH, CLASSROOM, KIOSK, TRIAL, UNREAD, OLD_NOTICE]),
    at=st.sampled_from([NOW, NIGHT, EVENING]),
    document=st.booleans(),
    sign_up=st.booleans(),
    used_up=st.booleans(),
)


@given(SITUATIONS, st.randoms())
def test_whatever_comes_together_the_promises_hold(row: Row, random: Random) -> None:
    judgement, own = row.judgement, {POLICY.rules[category].kind for category in row.categories}
    ordinary = [c for c in (*row.categories, *row.inner) if POLICY.rules[c].kind is CategoryKind.ORDINARY]
    never = any(POLICY.rules[category].exemption is ExemptionRule.NEVER for category in ordinary)
    # Essential always opens, never-exempt never does.
    if CategoryKind.ESSENTIAL in own:
        assert (judgement.verdict, judgement.reason) == (ALLOW, Reason.ESSENTIAL)
    elif never:
        assert (judgement.verdict, judgement.reason) == (BLOCK, Reason.NEVER_EXEMPT)
    elif row.break_glass:
        assert (judgement.verdict, judgement.reason) == (ALLOW, Reason.BREAK_GLASS)
    else:
        # Nobody looks at anything before the notice, but help and advice.
        protected = own & {CategoryKind.PRIVILEGED, CategoryKind.HELP}
        assert judgement.privileged == bool(protected)
        if row.who in {UNREAD, OLD_NOTICE} and row.document and not protected:
            assert judgement.verdict is not ALLOW
    # What says who opened it says so if and only if it was opened by that.
    assert (judgement.exemption is not None) == (judgement.reason is Reason.EXEMPTED)
    assert (judgement.confirmation is not None) == (judgement.reason is Reason.CONFIRMED)
    assert judgement.would_be is not judgement.verdict
    assert not judgement.allowance or (judgement.verdict is ALLOW and row.who.person is not None)
    # The order that matches arrive in changes nothing.
    matches = list(row.evidence.matches)
    random.shuffle(matches)
    asking = Asking(row.who, row.document, row.sign_up, row.used_up)
    again = judge((replace(row.evidence, matches=tuple(matches)),), POLICY, row.at, str, asking)
    assert (again.verdict, again.reason, again.category, again.would_be) == (
        judgement.verdict,
        judgement.reason,
        judgement.category,
        judgement.would_be,
    )


def strictness(row: Row) -> int:
    """Of the verdict, the notice aside: that is for who is allowed something."""
    return replace(row, who=replace(row.who, notice="2")).judgement.verdict.strictness


@given(SITUATIONS)
def test_what_is_granted_never_closes_anything_and_what_is_over_changes_nothing(row: Row) -> None:
    assert strictness(row) <= strictness(replace(row, exemptions=()))
    assert strictness(row) <= strictness(replace(row, confirmation=None))
    assert strictness(replace(row, used_up=False)) <= strictness(replace(row, used_up=True))
    assert strictness(replace(row, sign_up=False)) <= strictness(replace(row, sign_up=True))
    in_force = tuple(one for one in row.exemptions if one.holds(row.at))
    assert replace(row, exemptions=in_force).judgement == row.judgement
    if row.confirmation is not None and row.confirmation.until <= row.at:
        assert replace(row, confirmation=None).judgement == row.judgement


@pytest.mark.parametrize(
    ("category", "name", "verdict", "privileged"),
    [
        pytest.param("essential", HOST, ALLOW, False, id="the-host-is-essential"),
        pytest.param("essential", "updates.example", BLOCK, False, id="an-essential-host-inside-its-url"),
        pytest.param("privileged", HOST, BLOCK, True, id="the-host-is-privileged"),
        pytest.param("privileged", "union.example", BLOCK, False, id="a-privileged-host-inside-its-url"),
        pytest.param("help", "helpline.example", BLOCK, False, id="a-help-line-inside-its-url"),
    ],
)
def test_a_url_inside_a_url_lends_its_host_no_protection(
    category: str, name: str, verdict: Verdict, *, privileged: bool
) -> None:
    evidence = Evidence(HOST, (match("gambling", HOST), match(category, name)))
    judged = judge_name(evidence, shipped_policy(), NOW)
    assert (judged.verdict, judged.privileged) == (verdict, privileged)


@pytest.mark.parametrize("protected", ["essential", "privileged", "help"])
def test_a_protected_host_inside_a_url_lends_the_page_nothing(protected: str) -> None:
    """Else `?u=https://help.example/` would open a casino, or hide a visit to any page from the record."""
    inner = match(protected, "help.example", name="help.example")
    allowed = judge_name(Evidence(HOST, (inner,)), shipped_policy(), NOW)
    assert (allowed.verdict, allowed.reason, allowed.category) == (ALLOW, Reason.NOT_LISTED, None)
    assert not allowed.privileged
    assert not allowed.matches
    blocked = judge_name(Evidence(HOST, (inner, match("gambling", HOST))), shipped_policy(), NOW)
    assert (blocked.verdict, blocked.category, blocked.privileged) == (BLOCK, "gambling", False)


def test_what_cannot_be_decided_names_no_protected_host_inside_the_url() -> None:
    matches = match("numerology", HOST), match("help", "help.example", name="help.example")
    judgement = judge_name(Evidence(HOST, matches), shipped_policy(), NOW)
    assert (judgement.reason, judgement.privileged) == (Reason.UNDECIDABLE, False)
    assert [found.category for found in judgement.matches] == ["numerology"]


def test_an_exemption_for_a_host_opens_nothing_that_its_urls_lead_to() -> None:
    """A translator opened for somebody's work does not open every casino to them."""
    inner = match("gambling", "casino.example", name="casino.example")
    evidence = Evidence(HOST, (match("social_media", HOST), inner), exemptions=(TO_HOST,))
    assert judge_name(evidence, shipped_policy(), NOW).category == "gambling"
    both = replace(evidence, exemptions=(TO_HOST, exemption("gambling", id_="E2")))
    assert judge_name(both, shipped_policy(), NOW).verdict is ALLOW


@pytest.mark.parametrize(
    ("looks", "verdict", "reason"),
    [(False, Verdict.ALLOW, Reason.NOT_LISTED), (True, Verdict.BLOCK, Reason.LISTED)],
)
def test_what_was_searched_for_takes_part_only_where_the_policy_says_so(
    looks: bool, verdict: Verdict, reason: Reason
) -> None:
    shipped = shipped_policy()
    policy = Policy(shipped.file.model_copy(update={"search_terms": looks}), "0", shipped.source)
    searched = replace(match("games", "fake plates", name="www.google.test"), kind=EntryKind.SEARCH_TERM)
    judgement = judge_name(Evidence("www.google.test", (searched,)), policy, NOW)
    assert (judgement.verdict, judgement.reason) == (verdict, reason)
    assert judgement.matches == ((searched,) if looks else ())
