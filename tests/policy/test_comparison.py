"""Two policies side by side."""

from policy.comparison import Difference, compare, notice_says_otherwise
from policy.document import Policy
from policy.sections.about import About
from tests.policy.policies import policy_with

DEPARTURE = """
[[departure]]
name = "{name}"
categories = ["webmail"]
units = ["Patrol"]
action = "block"
reason = "Because."
because = "Decided."
"""


def test_a_policy_is_no_different_from_itself() -> None:
    assert compare(policy_with(), policy_with()) == []


def test_a_changed_rule_is_named_by_its_key() -> None:
    changed = policy_with(games={"action": "allow"})
    assert compare(policy_with(), changed) == [Difference("category.games.action", "block", "allow")]


def test_a_departure_that_came_is_told_whole_and_one_that_moved_by_the_order() -> None:
    one, other = DEPARTURE.format(name="one"), DEPARTURE.format(name="other")
    came = compare(policy_with(one), policy_with(one + other))
    assert {difference.key for difference in came} >= {
        "departure.other.action",
        "departure.other.units",
        "departure (order)",
    }
    assert all(difference.before is None for difference in came if "other." in difference.key)
    assert compare(policy_with(one + other), policy_with(other + one)) == [
        Difference("departure (order)", ["one", "other"], ["other", "one"])
    ]


def test_another_order_of_categories_is_a_change_since_the_first_of_equals_decides() -> None:
    policy = policy_with()
    turned = dict(reversed(policy.file.category.items()))
    other = Policy(policy.file.model_copy(update={"category": turned}), "0", policy.source)
    assert [difference.key for difference in compare(policy, other)] == ["category (order)"]


def with_file(policy: Policy, **update: object) -> Policy:
    return Policy(policy.file.model_copy(update=update), "0", policy.source)


def test_a_notice_that_says_otherwise_under_its_old_version_is_found() -> None:
    policy = policy_with()
    section = policy.file.notice
    assert section is not None
    text = section.text.model_copy(update={"rights": ("None.",)})
    reworded = with_file(policy, notice=section.model_copy(update={"text": text}))
    renewed = with_file(policy, notice=section.model_copy(update={"text": text, "version": "3"}))
    without = with_file(policy, notice=None)
    assert notice_says_otherwise(policy, reworded)
    assert not notice_says_otherwise(policy, policy)
    assert not notice_says_otherwise(policy, renewed)
    assert not notice_says_otherwise(policy, without)
    assert not notice_says_otherwise(without, policy)


def test_a_period_that_the_notice_says_changes_the_notice() -> None:
    policy = policy_with()
    longer = with_file(policy, keep=policy.keep.model_copy(update={"notice_days": 3000}))
    assert notice_says_otherwise(policy, longer)
    about = About(title="Another", version="9", organisation="", owner="", service_desk="")
    assert not notice_says_otherwise(policy, with_file(policy, about=about))
