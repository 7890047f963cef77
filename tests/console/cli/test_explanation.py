"""The order of judgement made visible: the judge's verdict, and what was found at each step."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.cli.explanation import REASONS, explain
from policy.judge import Asking, Evidence, judge_name
from policy.match import Match
from policy.registers import Exemption, GranteeKind, LocalEntry, TargetKind
from policy.words import Action, EntryKind, Reason, Verdict
from tests.policy.judgements import CLASSROOM, POLICY, TUTOR
from tests.samples import NOW, WHO, match, policy_with_authority, shipped_policy

HOST = "www.bet.example"
LOCAL = LocalEntry("L1", Action.ALLOW, TargetKind.HOST, HOST, None, "licensing visit", "desk")


def exemption(id_: str, target: str, grantee: GranteeKind = GranteeKind.PERSON) -> Exemption:
    return Exemption(
        id_,
        grantee,
        "AB1234",
        TargetKind.CATEGORY,
        target,
        NOW - timedelta(hours=1),
        NOW + timedelta(hours=1),
        "a study",
        "Inspector",
    )


CASES = [
    pytest.param(Evidence(HOST), 8, id="nothing-matched"),
    pytest.param(Evidence(HOST, (match("gambling", HOST),)), 7, id="listed"),
    pytest.param(Evidence(HOST, (match("webmail", HOST),)), 7, id="listed-and-allowed"),
    pytest.param(Evidence(HOST, (match("essential", HOST), match("gambling", HOST))), 0, id="essential"),
    pytest.param(Evidence(HOST, (match("malware", HOST),), LOCAL), 2, id="never-exempt-before-local"),
    pytest.param(
        Evidence(HOST, (match("gambling", HOST),), LOCAL, break_glass=True), 3, id="break-glass-before-local"
    ),
    pytest.param(Evidence(HOST, (match("gambling", HOST),), LOCAL), 4, id="local"),
    pytest.param(
        Evidence(HOST, (match("gambling", HOST),), exemptions=(exemption("E1", "gambling"),)),
        5,
        id="exempted",
    ),
    pytest.param(
        Evidence(HOST, (match("gambling", HOST),), exemptions=(exemption("E1", "games"),)),
        7,
        id="an-exemption-that-covers-nothing",
    ),
]


@pytest.mark.parametrize(("evidence", "step"), CASES)
def test_the_verdict_is_the_judges_and_one_step_decides(evidence: Evidence, step: int) -> None:
    policy = shipped_policy()
    found = explain(evidence, policy, NOW)
    assert found.judgement == judge_name(evidence, policy, NOW)
    assert [one.number for one in found.steps] == list(range(10))
    assert [one.number for one in found.steps if one.decides] == [step]
    assert found.steps[step].found


def test_what_did_not_decide_is_shown_all_the_same() -> None:
    evidence = Evidence(
        HOST, (match("malware", HOST), match("gambling", HOST)), LOCAL, (exemption("E1", "gambling"),)
    )
    found = explain(evidence, shipped_policy(), NOW)
    assert found.judgement.reason is Reason.NEVER_EXEMPT
    assert found.steps[4].found == ("allow www.bet.example: licensing visit (desk)",)
    assert found.steps[5].found == ("gambling for person AB1234: opens gambling (a study)",)
    assert len(found.steps[7].found) == 2


def test_what_an_exemption_opens_is_what_it_opens_of_this_very_url_for_who_asks() -> None:
    """Not of another site inside it, and also of what only a departure blocks."""
    inner = match("gambling", "casino.example", name="casino.example")
    to_host = replace(exemption("E1", HOST), kind=TargetKind.HOST)
    found = explain(
        Evidence(HOST, (match("chat", HOST), inner), exemptions=(to_host,)), shipped_policy(), NOW
    )
    assert found.judgement.verdict is Verdict.BLOCK
    assert found.steps[5].found == (f"{HOST} for person AB1234: opens chat (a study)",)
    evidence = Evidence(HOST, (match("webmail", HOST),), exemptions=(exemption("E1", "webmail"),))
    found = explain(evidence, POLICY, NOW, Asking(CLASSROOM))
    assert found.judgement.reason is Reason.EXEMPTED
    assert found.steps[5].found == ("webmail for person AB1234: opens webmail (a study)",)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(match("help", "help.example", name="help.example"), id="a-help-line-inside-the-url"),
        pytest.param(replace(match("games", "cheats", name=HOST), kind=EntryKind.SEARCH_TERM), id="a-search"),
    ],
)
def test_what_takes_no_part_is_not_said_to_have_been_found(found: Match) -> None:
    explained = explain(Evidence(HOST, (found,)), shipped_policy(), NOW)
    assert explained.judgement.reason is Reason.NOT_LISTED
    assert [step.number for step in explained.steps if step.found] == [8]


def test_an_exemption_for_a_role_does_not_open_what_needs_a_named_person() -> None:
    evidence = Evidence(
        HOST, (match("gambling", HOST),), exemptions=(exemption("E1", "gambling", GranteeKind.ROLE),)
    )
    found = explain(evidence, shipped_policy(), NOW)
    assert found.judgement.verdict is Verdict.BLOCK
    assert found.steps[5].found == ("gambling for role AB1234: opens nothing that matched here (a study)",)
    assert found.exemption is None


def test_of_a_restricted_exemption_only_that_it_opens_something_is_shown() -> None:
    """Covert work, or an adjustment for somebody's health: its approvers and an auditor may see whose."""
    restricted = replace(exemption("E1", "gambling"), restricted=True, purpose="covert", granted_by="DCI")
    evidence = Evidence(HOST, (match("gambling", HOST),), exemptions=(restricted,))
    found = explain(evidence, shipped_policy(), NOW)
    assert found.judgement.reason is Reason.EXEMPTED
    assert (found.exemption, found.exemptions) == (None, ())
    assert [line for line in found.steps[5].found if line.startswith("exempted: opens gambling")]
    shown = f"{found.steps} {found.why} {found.rule_reason}"
    assert not [word for word in ("AB1234", "covert", "DCI", "E1") if word in shown]


def test_the_notice_and_what_is_tried_are_shown_at_their_steps() -> None:
    unread = Asking(replace(WHO, notice=None), document=True)
    found = explain(Evidence(HOST), POLICY, NOW, unread)
    assert [step.number for step in found.steps if step.decides] == [9]
    assert found.steps[9].found == ("version 2 is shown before anything that would be allowed",)
    tried = explain(Evidence(HOST, (match("astrology", HOST),)), POLICY, NOW, Asking(WHO))
    assert tried.steps[7].found[0].startswith("allow, on trial: would be block: astrology")
    departed = explain(Evidence(HOST, (match("chat", HOST),)), POLICY, NOW, Asking(TUTOR))
    assert departed.steps[7].found[0].startswith("confirm by departure tutors: chat")
    assert (departed.departure, departed.rule_reason) == ("tutors", "Tutors state their purpose.")


def test_the_rule_is_quoted_in_words_with_its_document() -> None:
    found = explain(Evidence(HOST, (match("gambling", HOST),)), shipped_policy(), NOW)
    assert found.rule == "Gambling"
    assert "online gambling" in found.rule_reason
    assert found.clauses == ("Use of Communications Policy, version 5.0 (April 2020), clause 3.2",)


def test_the_granted_things_that_decided_are_given_whole() -> None:
    granted = exemption("E1", "gambling")
    opened = explain(Evidence(HOST, (match("gambling", HOST),), exemptions=(granted,)), shipped_policy(), NOW)
    local = explain(Evidence(HOST, (match("gambling", HOST),), LOCAL), shipped_policy(), NOW)
    assert (opened.exemption, opened.local_entry) == (granted, None)
    assert (local.exemption, local.local_entry) == (None, LOCAL)


def test_what_a_visit_would_leave_follows_the_standing_authority() -> None:
    evidence = Evidence(HOST, (match("gambling", HOST),))
    without = explain(evidence, shipped_policy(), NOW, Asking(WHO))
    with_one = explain(evidence, policy_with_authority(), NOW, Asking(WHO))
    unread = explain(evidence, policy_with_authority(), NOW, Asking(replace(WHO, notified=False)))
    assert unread.record == "anonymous"
    assert (without.record, without.retention, without.keep_days) == ("anonymous", "refused", 365)
    assert with_one.record == "full"


def test_while_break_glass_is_open_a_visit_would_leave_neither_person_nor_site() -> None:
    evidence = Evidence(HOST, (match("gambling", HOST),), break_glass=True)
    found = explain(evidence, policy_with_authority(), NOW)
    assert (found.record, found.retention) == ("category", "privileged")
    assert found.rule_reason == "", "no rule decided"


def test_a_category_without_a_rule_is_shown_as_such() -> None:
    found = explain(Evidence(HOST, (match("newer", HOST),)), shipped_policy(), NOW)
    assert found.judgement.reason is Reason.UNDECIDABLE
    assert found.steps[7].found == ("no rule in the policy: newer: www.bet.example (newer, line 7)",)


def test_every_reason_a_judgement_can_have_is_in_words() -> None:
    judged = {Reason.ESSENTIAL, Reason.NEVER_EXEMPT, Reason.LOCAL_ALLOW, Reason.LOCAL_BLOCK, Reason.EXEMPTED}
    judged |= {Reason.ALLOWANCE, Reason.SIGN_UP, Reason.NOTICE}
    judged |= {Reason.CONFIRMED, Reason.LISTED, Reason.NOT_LISTED, Reason.UNDECIDABLE, Reason.BREAK_GLASS}
    assert set(REASONS) == judged


def test_an_essential_host_inside_the_url_is_not_shown_as_the_hosts_own() -> None:
    inside = match("essential", "updates.example", name="updates.example")
    found = explain(Evidence(HOST, (match("gambling", HOST), inside)), shipped_policy(), NOW)
    assert found.steps[0].found == ()
    assert found.judgement.verdict is Verdict.BLOCK
