"""One request judged before and after a change: what is a change, what is none, and what cannot be said."""

from datetime import timedelta

import pytest

from console.lists.replay import Change, Known, Left, Replayed
from db.replay import PastRequest
from policy.document import Policy
from policy.facts import Who
from policy.registers import LocalEntry, Registers, TargetKind
from policy.words import Action, ExemptionRule, Reason, Verdict
from tests.console.lists.replaying import ALLOWED, REFUSED, replay
from tests.policy.policies import policy_with
from tests.samples import NOW, shipped_policy

ALLOW, CONFIRM, BLOCK = Verdict.ALLOW, Verdict.CONFIRM, Verdict.BLOCK
NONE: dict[str, tuple[str, ...]] = {}
GAMBLING = {"bet.test": ("gambling",)}
NEWLY_BLOCKED = Change(ALLOW, BLOCK, "gambling", "gambling")
NEWLY_ALLOWED = Change(BLOCK, ALLOW, "gambling", "gambling")


def local(action: Action, target: str = "bet.test", minutes: int = 60) -> Registers:
    entry = LocalEntry(
        "L1", action, TargetKind.HOST, target, NOW + timedelta(minutes=minutes), "why", "admin"
    )
    return Registers.of(local=[entry])


def with_rule(category: str, **changes: object) -> Policy:
    policy = shipped_policy()
    rules = policy.file.category | {category: policy.rules[category].model_copy(update=changes)}
    file = policy.file.model_copy(update={"category": rules})
    return Policy(file=file, digest="0" * 64, source=policy.source)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        pytest.param(NONE, GAMBLING, NEWLY_BLOCKED, id="a-host-that-is-newly-listed"),
        pytest.param(GAMBLING, NONE, NEWLY_ALLOWED, id="a-host-that-is-listed-no-longer"),
        pytest.param(GAMBLING, GAMBLING, None, id="nothing-changes"),
        pytest.param(GAMBLING, {"bet.test": ("pornography",)}, None, id="blocked-as-something-else"),
        pytest.param(NONE, {"bet.test": ("webmail",)}, None, id="listed-in-what-is-allowed"),
        pytest.param(NONE, {"notbet.test": ("gambling",)}, None, id="another-host"),
        pytest.param(
            GAMBLING, {"bet.test": ("gambling", "essential")}, NEWLY_ALLOWED, id="newly-an-essential-host"
        ),
    ],
)
def test_a_change_of_lists_changes_a_request(
    before: dict[str, tuple[str, ...]], after: dict[str, tuple[str, ...]], change: Change | None
) -> None:
    recorded = REFUSED if before else ALLOWED
    known = Known.WHOLE if before else Known.HOST
    assert replay(before, after).request(recorded) == Replayed(known, change)


def test_the_two_sides_are_today_and_the_change_whatever_was_decided_then() -> None:
    """Allowed last week, listed since: that the next change keeps it blocked is no news."""
    assert replay(GAMBLING, GAMBLING).request(ALLOWED) == Replayed(Known.HOST, None)
    assert replay(GAMBLING, NONE).request(ALLOWED) == Replayed(Known.HOST, NEWLY_ALLOWED)


def test_a_change_of_the_policy_changes_a_request() -> None:
    asks = with_rule("gambling", action=Action.CONFIRM)
    assert replay(GAMBLING, GAMBLING, policy_after=asks).request(REFUSED) == Replayed(
        Known.WHOLE, Change(BLOCK, CONFIRM, "gambling", "gambling")
    )


def test_what_is_for_some_people_or_hours_takes_no_part_since_nobody_is_known_here() -> None:
    departs = policy_with(
        """
        [schedule.always]
        windows = ["mon-sun 00:00-24:00"]
        [[departure]]
        name = "one"
        categories = ["gambling"]
        schedule = "always"
        action = "allow"
        reason = "R."
        because = "B."
        """
    )
    assert departs.in_effect("gambling", Who(), NOW).action is Action.ALLOW
    assert replay(GAMBLING, GAMBLING, policy_after=departs).request(REFUSED) == Replayed(Known.WHOLE, None)


def test_what_the_default_of_the_policy_changes_has_no_list() -> None:
    policy = shipped_policy()
    default = policy.default.model_copy(update={"action": Action.BLOCK})
    strict = Policy(policy.file.model_copy(update={"default": default}), "0" * 64, policy.source)
    assert replay(NONE, NONE, policy_after=strict).request(ALLOWED) == Replayed(
        Known.HOST, Change(ALLOW, BLOCK, None, None)
    )


@pytest.mark.parametrize(
    ("registers", "after", "change"),
    [
        pytest.param(local(Action.ALLOW), GAMBLING, None, id="allowed-by-an-administrator"),
        pytest.param(local(Action.ALLOW, minutes=-1), GAMBLING, NEWLY_BLOCKED, id="allowed-until-just-now"),
        pytest.param(local(Action.ALLOW, "other.test"), GAMBLING, NEWLY_BLOCKED, id="another-is-allowed"),
        pytest.param(
            local(Action.ALLOW),
            {"bet.test": ("malware",)},
            Change(ALLOW, BLOCK, "malware", "malware"),
            id="allowed-but-now-in-a-category-that-nothing-opens",
        ),
        pytest.param(local(Action.BLOCK), GAMBLING, None, id="blocked-by-an-administrator-all-along"),
    ],
)
def test_the_local_entries_of_today_stand(
    registers: Registers, after: dict[str, tuple[str, ...]], change: Change | None
) -> None:
    assert replay(NONE, after, local=registers).request(ALLOWED) == Replayed(Known.HOST, change)


@pytest.mark.parametrize(
    "reason", [Reason.MALFORMED, Reason.NO_PERSON, Reason.PORT, Reason.TOO_MUCH, Reason.UNDECIDABLE]
)
def test_what_no_list_decided_is_not_judged_again(reason: Reason) -> None:
    recorded = REFUSED._replace(reason=reason)
    assert replay(NONE, GAMBLING).request(recorded) is Left.NO_LIST


@pytest.mark.parametrize(
    ("recorded", "why"),
    [
        pytest.param(REFUSED._replace(host=None, path=None), Left.NO_HOST, id="no-host"),
        pytest.param(REFUSED._replace(reason=Reason.NAME_MISMATCH), Left.NAMES, id="several-names"),
        pytest.param(REFUSED._replace(host="a b"), Left.UNREADABLE, id="no-host-that-can-be-read"),
        pytest.param(REFUSED._replace(path="/a%2f..%2fb"), Left.UNREADABLE, id="a-path-of-two-readings"),
    ],
)
def test_what_the_row_does_not_hold_is_counted_and_not_guessed(recorded: PastRequest, why: Left) -> None:
    assert replay(NONE, GAMBLING).request(recorded) is why


@pytest.mark.parametrize(
    ("recorded", "known"),
    [
        pytest.param(REFUSED, Known.WHOLE, id="a-whole-row"),
        pytest.param(ALLOWED._replace(by_name=True), Known.WHOLE, id="a-tunnel-whose-name-was-judged"),
        pytest.param(ALLOWED, Known.HOST, id="no-path-kept"),
        pytest.param(ALLOWED._replace(path="/a/[cut]"), Known.PART, id="a-part-cut-out"),
    ],
)
def test_how_much_of_the_address_was_judged_again_is_said(recorded: PastRequest, known: Known) -> None:
    found = replay(GAMBLING, GAMBLING).request(recorded)
    assert isinstance(found, Replayed)
    assert found.known is known


@pytest.mark.parametrize("path", [None, "/[cut]", "/tips"])
def test_a_refusal_that_the_kept_part_does_not_explain_is_not_judged_again(path: str | None) -> None:
    """Its query, or a path that was not kept, was what a list has: removing that list is not seen here."""
    recorded = REFUSED._replace(path=path, replayable=False)
    assert replay({"bet.test/casino": ("gambling",)}, NONE).request(recorded) is Left.PART


def test_a_refusal_that_the_kept_part_explains_is_judged_again() -> None:
    recorded = REFUSED._replace(path="/tips", replayable=False)
    listed = {"www.bet.test/tips": ("gambling",)}
    assert replay(listed, NONE).request(recorded) == Replayed(Known.PART, NEWLY_ALLOWED)


def test_a_whole_row_needs_no_explanation() -> None:
    """Lists have let go of it since: both sides allow it, and nothing changes."""
    assert replay(NONE, NONE).request(REFUSED) == Replayed(Known.WHOLE, None)


OPENED = REFUSED._replace(verdict=ALLOW, reason=Reason.EXEMPTED)


@pytest.mark.parametrize("reason", [Reason.EXEMPTED, Reason.CONFIRMED])
@pytest.mark.parametrize(
    ("before", "after", "came_of_it"),
    [
        pytest.param(GAMBLING, GAMBLING, None, id="nothing-new-stands-against-it"),
        pytest.param(GAMBLING, NONE, None, id="it-needs-no-opening-any-more"),
        pytest.param({"bet.test": ("gambling", "pornography")}, GAMBLING, None, id="less-stands-against-it"),
        pytest.param(GAMBLING, {"bet.test": ("pornography",)}, Left.OPENED, id="something-new-does"),
        pytest.param(
            GAMBLING,
            {"bet.test": ("malware",)},
            Change(ALLOW, BLOCK, "malware", "malware"),
            id="something-that-nothing-opens",
        ),
    ],
)
def test_what_an_exemption_or_confirmation_opened_stays_open_where_nothing_new_is_against_it(
    reason: Reason,
    before: dict[str, tuple[str, ...]],
    after: dict[str, tuple[str, ...]],
    came_of_it: Change | Left | None,
) -> None:
    found = replay(before, after).request(OPENED._replace(reason=reason))
    assert found == (came_of_it if isinstance(came_of_it, Left) else Replayed(Known.WHOLE, came_of_it))


def test_what_was_opened_is_open_no_longer_for_sure_where_the_policy_admits_fewer_exemptions() -> None:
    social = {"bet.test": ("social_media",)}
    assert shipped_policy().rules["social_media"].exemption is ExemptionRule.WORK_PURPOSE
    stricter = with_rule("social_media", exemption=ExemptionRule.NAMED_PERSON)
    assert replay(social, social, policy_after=stricter).request(OPENED) is Left.OPENED
    assert replay(social, social).request(OPENED) == Replayed(Known.WHOLE, None)


def test_a_url_of_nobody_in_particular_is_judged_whole() -> None:
    asked = replay(NONE, {"bet.test/casino": ("gambling",)})
    assert asked.url("bet.test", "/casino") == NEWLY_BLOCKED
    assert asked.url("bet.test", "/") is None


def test_a_path_is_judged_as_the_gateway_would_and_not_as_it_was_written() -> None:
    recorded = REFUSED._replace(path="//Ti%70s")
    assert replay({"www.bet.test/tips": ("gambling",)}, NONE).request(recorded) == Replayed(
        Known.WHOLE, NEWLY_ALLOWED
    )
