"""What the policy asks for, by who asks and when: the rule, a departure, a trial, the allowance."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.effect import Effect, Effects
from policy.facts import Who
from policy.sections.departure import Departure
from policy.words import Action, Reason
from tests.policy.policies import policy_with

ALLOW, CONFIRM, BLOCK = Action.ALLOW, Action.CONFIRM, Action.BLOCK
NOON = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)  # a Wednesday
EVENING = datetime(2026, 3, 4, 19, 0, tzinfo=UTC)

LICENSING = Who(
    person="jane", organisation="", unit="Licensing", role="Enquiry Officer", client_ip="10.2.3.4"
)
PATROL = Who(person="john", organisation="", unit="Patrol", role="Constable", client_ip="10.9.3.4")
NOBODY = Who(client_ip="10.2.3.4")
MAPPED = Who(client_ip="::ffff:10.2.0.1")
KIOSK = Who(device="kiosk-1", client_ip="10.7.7.7")

POLICY = policy_with(
    """
    [schedule.breaks]
    windows = ["mon-fri 12:00-14:00"]

    [[departure]]
    name = "licensing"
    categories = ["social_media", "forums"]
    units = ["LICENSING"]
    action = "allow"
    reason = "Licensing reads social media for its work."
    clause = "S3.3.3"
    because = "A lasting part of the unit's work."

    [[departure]]
    name = "officers-at-noon"
    categories = ["social_media"]
    roles = ["Constable"]
    schedule = "breaks"
    action = "confirm"
    reason = "Constables state their purpose at noon."
    because = "Tried for three months."

    [[departure]]
    name = "enquiry-network"
    categories = ["webmail"]
    networks = ["10.2.0.0/16", "2001:db8:2::/48"]
    action = "block"
    reason = "No private mail where the public is served."
    clause = "S3.2.5"
    because = "The screens can be seen from the counter."

    [[departure]]
    name = "kiosks"
    categories = ["chat"]
    devices = ["kiosk-1"]
    action = "allow"
    reason = "The kiosk is for it."
    because = "Bought for it."

    [[departure]]
    name = "stricter-blogs"
    categories = ["blogs"]
    units = ["Patrol"]
    action = "block"
    reason = "Tried."
    because = "To see what it would do."
    trial = true

    [[departure]]
    name = "both-conditions"
    categories = ["file_sharing"]
    units = ["Patrol", "Licensing"]
    roles = ["Constable"]
    action = "block"
    reason = "Not for constables of these units."
    because = "An audit's finding."

    [[departure]]
    name = "tried-first"
    categories = ["ai_assistants"]
    units = ["Patrol"]
    action = "confirm"
    reason = "Tried."
    because = "To see what it would do."
    trial = true

    [[departure]]
    name = "holds-behind-a-trial"
    categories = ["ai_assistants"]
    units = ["Patrol"]
    action = "block"
    reason = "Not for patrols."
    because = "An audit's finding."

    [allowance]
    categories = ["games", "gambling", "social_media"]
    minutes_a_day = 30
    schedule = "breaks"
    """,
    video_conferencing={"action": "block", "trial": True},
)


@dataclass(frozen=True)
class Case:
    id: str
    category: str
    who: Who
    action: Action
    at: datetime = field(default=NOON)
    departure: str | None = None
    would_be: Action | None = None
    allowance: bool = False


CASES = [
    Case("no-condition-at-all", "malware", PATROL, BLOCK),
    Case("the-rule-of-everybody-else", "forums", PATROL, ALLOW),
    Case("a-unit-whatever-its-case", "social_media", LICENSING, ALLOW, departure="licensing"),
    Case("a-unit-in-the-evening-too", "social_media", LICENSING, ALLOW, EVENING, departure="licensing"),
    Case("a-unit-nobody-is-in", "social_media", NOBODY, BLOCK),
    Case("a-role-in-a-window", "social_media", PATROL, CONFIRM, departure="officers-at-noon"),
    Case("a-role-outside-its-window", "social_media", PATROL, BLOCK, EVENING),
    Case("a-role-without-a-person", "social_media", KIOSK, BLOCK),
    Case("a-network", "webmail", NOBODY, BLOCK, departure="enquiry-network"),
    Case("a-network-whoever-it-is", "webmail", LICENSING, BLOCK, departure="enquiry-network"),
    Case("another-network", "webmail", PATROL, ALLOW),
    Case("a-network-in-ipv6", "webmail", Who(client_ip="2001:db8:2::7"), BLOCK, departure="enquiry-network"),
    Case("in-the-clothes-of-ipv6", "webmail", MAPPED, BLOCK, departure="enquiry-network"),
    Case("beside-the-network", "webmail", Who(client_ip="10.3.0.0"), ALLOW),
    Case("no-address", "webmail", Who(person="jane"), ALLOW),
    Case("what-is-no-address", "webmail", Who(client_ip="@"), ALLOW),
    Case("a-device", "chat", KIOSK, ALLOW, departure="kiosks"),
    Case("another-device", "chat", Who(device="kiosk-10"), BLOCK),
    Case("a-departure-on-trial", "blogs", PATROL, ALLOW, would_be=BLOCK),
    Case("a-departure-on-trial-for-others", "blogs", LICENSING, ALLOW),
    Case("both-conditions-hold", "file_sharing", PATROL, BLOCK, departure="both-conditions"),
    Case("only-one-of-two-holds", "file_sharing", LICENSING, ALLOW),
    Case("after-a-trial", "ai_assistants", PATROL, BLOCK, departure="holds-behind-a-trial", would_be=CONFIRM),
    Case("a-rule-on-trial", "video_conferencing", PATROL, ALLOW, would_be=BLOCK),
    Case("the-allowance-in-its-window", "games", PATROL, ALLOW, allowance=True),
    Case("the-allowance-for-another-category", "gambling", LICENSING, ALLOW, allowance=True),
    Case("the-allowance-outside-its-window", "games", PATROL, BLOCK, EVENING),
    Case("the-allowance-is-nobody's", "games", NOBODY, BLOCK),
    Case("a-departure-before-the-allowance", "social_media", PATROL, CONFIRM, departure="officers-at-noon"),
    Case("the-allowance-where-no-departure-holds", "social_media", Who(person="ann"), ALLOW, allowance=True),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_who_asks_and_when_decide_what_is_asked_for(case: Case) -> None:
    effect = POLICY.in_effect(case.category, case.who, case.at)
    assert (effect.action, effect.departure, effect.would_be, effect.allowance) == (
        case.action,
        case.departure,
        case.would_be,
        case.allowance,
    )


def test_a_departure_is_quoted_with_its_own_words() -> None:
    effect = POLICY.in_effect("webmail", NOBODY, NOON)
    assert effect.reason == "No private mail where the public is served."
    assert effect.clause == "S3.2.5"
    assert POLICY.in_effect("webmail", PATROL, NOON) == Effect(
        ALLOW, POLICY.rules["webmail"].reason, POLICY.rules["webmail"].clause
    )


def test_what_departs_from_nothing_is_the_same_piece_of_data_for_everybody() -> None:
    assert POLICY.in_effect("malware", PATROL, NOON) is POLICY.in_effect("malware", NOBODY, EVENING)


def test_a_trial_that_asks_for_what_holds_anyway_is_nothing_to_note() -> None:
    policy = policy_with(
        """
        [[departure]]
        name = "the-same"
        categories = ["games"]
        units = ["Patrol"]
        action = "block"
        reason = "Tried."
        because = "A mistake."
        trial = true
        """
    )
    assert policy.in_effect("games", PATROL, NOON).would_be is None


def test_an_allowance_without_a_schedule_holds_at_any_time() -> None:
    policy = policy_with('[allowance]\ncategories = ["games"]\nminutes_a_day = 30')
    assert policy.in_effect("games", PATROL, EVENING).allowance
    assert not policy.in_effect("gambling", PATROL, EVENING).allowance


def test_a_category_without_a_rule_is_nobody_s_to_guess() -> None:
    with pytest.raises(KeyError):
        POLICY.in_effect("no_such", PATROL, NOON)


def test_the_shipped_policy_is_one_standard_for_everybody() -> None:
    """P3.1: nothing depends on who asks or when until the customer says so."""
    policy = policy_with()
    for category, rule in policy.rules.items():
        seen = {
            policy.in_effect(category, who, at)
            for who in (LICENSING, PATROL, NOBODY)
            for at in (NOON, EVENING)
        }
        assert seen == {Effect(rule.action, rule.reason, rule.clause)}


UNITS = st.sampled_from(["patrol", "licensing", "events"])
DEPARTURES = st.lists(
    st.builds(
        lambda units, action, trial, timed: Departure(
            name="one",
            categories=("games",),
            units=units,
            schedule="breaks" if timed else "",
            action=action,
            reason="R.",
            because="B.",
            trial=trial,
        ),
        st.lists(UNITS, min_size=1, max_size=2),
        st.sampled_from(list(Action)),
        st.booleans(),
        st.booleans(),
    ),
    max_size=5,
)


@given(DEPARTURES, st.none() | UNITS, st.sampled_from([NOON, EVENING]))
def test_the_first_that_holds_decides_and_a_trial_changes_nothing(
    departures: list[Departure], unit: str | None, at: datetime
) -> None:
    who = Who(person="jane", unit=unit)

    def effect(some: list[Departure]) -> Effect:
        return Effects.of(POLICY.rules, tuple(some), None, POLICY.schedules).effect("games", who, at)

    holding = [one for one in departures if unit in one.units and (not one.schedule or at == NOON)]
    deciding = next((one for one in holding if not one.trial), None)
    found = effect(departures)
    assert found.action is (deciding.action if deciding else BLOCK)
    assert found.action is effect([one for one in departures if not one.trial]).action
    before = holding[: holding.index(deciding)] if deciding else holding
    tried = before[0].action if before else None
    assert found.would_be is (tried if tried is not found.action else None)


def test_signing_up_is_quoted_by_the_rule_that_asks_and_all_else_by_what_is_in_effect() -> None:
    rule, effect = POLICY.rules["social_media"], POLICY.in_effect("social_media", PATROL, NOON)
    assert effect.departure is not None
    assert POLICY.behind(Reason.LISTED, "social_media", PATROL, NOON) == effect
    asked = POLICY.behind(Reason.SIGN_UP, "social_media", PATROL, NOON)
    assert (asked.reason, asked.clause, asked.departure) == (rule.reason, rule.clause, None)
