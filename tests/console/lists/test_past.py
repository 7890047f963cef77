"""Which earlier Ruleset somebody means, and what bringing it back brings back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from console.lists.past import earlier, lists_of, restoring
from db.ruleset_history import PastRuleset
from policy.errors import ListRefused

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def past(digest: str, age: int, *names: str) -> PastRuleset:
    lists = tuple(
        {
            "name": name,
            "category": "games",
            "format": "hosts",
            "entries": 1,
            "bad_lines": 0,
            "lines": 1,
            "sha256": "a" * 64,
        }
        for name in names
    )
    at = NOW - timedelta(days=age)
    return PastRuleset(UUID(int=age), at, "ann", "put", digest * 8, "3", lists, 1, None, None, "so")


HISTORY = [
    past("aaaabbbb", 0, "own", "shipped.new"),
    past("aaaabbbb", 1, "own", "shipped.new"),
    past("ccccdddd", 2, "own"),
    past("aaaaeeee", 3, "own", "shipped.games"),
]


@pytest.mark.parametrize(
    ("digest", "found"),
    [
        pytest.param(None, "ccccdddd", id="what-was-in-force-before"),
        pytest.param("aaaabb", "aaaabbbb", id="in-force-twice-is-one"),
        pytest.param(" CCCCDD", "ccccdddd", id="as-people-type-it"),
    ],
)
def test_an_earlier_ruleset_is_found_by_how_its_digest_begins(digest: str | None, found: str) -> None:
    assert earlier(HISTORY, digest).digest == found * 8


@pytest.mark.parametrize(
    ("history", "digest", "says"),
    [
        pytest.param(HISTORY, "aaaa", "at least 6 digits", id="too-short"),
        pytest.param(HISTORY, "123456", "none on the record", id="none"),
        pytest.param([past("aaaabb11", 0), past("aaaabb22", 1)], "aaaabb", "2 of them", id="two"),
        pytest.param(HISTORY[:2], None, "no other Ruleset", id="nothing-before"),
        pytest.param([], None, "no other Ruleset", id="nothing-at-all"),
    ],
)
def test_what_is_not_one_is_refused(history: list[PastRuleset], digest: str | None, says: str) -> None:
    with pytest.raises(ListRefused, match=says):
        earlier(history, digest)


def test_a_shipped_list_that_had_no_part_was_disabled_unless_it_is_newer() -> None:
    shipped = frozenset({"shipped.games", "shipped.new"})
    change = restoring(HISTORY, HISTORY[2], shipped)
    assert change.disabled == ("shipped.games",)
    assert change.lists == lists_of(HISTORY[2])
    assert restoring(HISTORY, HISTORY[3], shipped).disabled == ()
