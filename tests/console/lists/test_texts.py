"""Texts are kept as long as a decision may name a Ruleset of theirs, and no longer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from console.lists.texts import needless_texts
from db.ruleset_history import PastRuleset
from policy.document import SHIPPED, read_policy

POLICY = read_policy(SHIPPED)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
LONGEST = max(each.keep_days for each in POLICY.records.values()) + 31


def past(days: int, *texts: str) -> PastRuleset:
    lists = tuple({"name": text, "sha256": text} for text in texts)
    at = NOW - timedelta(days=days)
    return PastRuleset(UUID(int=days), at, "ann", "put", f"{days}", "3", lists, 1, None, None, "so")


@pytest.mark.parametrize(
    ("history", "wanted", "gone"),
    [
        pytest.param([past(LONGEST + 1, "a")], [], ["b"], id="in-force-since-long-ago-and-now"),
        pytest.param([past(9, "b"), past(LONGEST + 9, "a")], [], [], id="replaced-within-the-time"),
        pytest.param([past(LONGEST + 1, "b"), past(LONGEST + 9, "a")], [], ["a"], id="replaced-before-it"),
        pytest.param([past(LONGEST + 1, "b"), past(LONGEST + 9, "a")], ["a"], [], id="may-yet-be-in-force"),
        pytest.param([past(9, "b")], [], [], id="the-history-is-too-young-to-tell"),
        pytest.param([], [], [], id="no-history"),
    ],
)
def test_only_what_no_decision_can_name_may_go(
    history: list[PastRuleset], wanted: list[str], gone: list[str]
) -> None:
    old = NOW - timedelta(days=LONGEST + 20)
    texts = {"a": old, "b": old, "new": NOW}
    assert needless_texts(texts, wanted, history, POLICY, NOW) == gone
