"""The hosts that people here visit most."""

from pathlib import Path

import pytest

from categories.plausibility.visited import newly_over_visited_hosts
from tests.categories.plausibility.beside import AGAINST, newly, told

VISITED = ["intranet.test", "www.shop.test"]


@pytest.mark.parametrize(
    ("entry", "waits"),
    [
        pytest.param("www.shop.test", True, id="the-host"),
        pytest.param("shop.test", True, id="above-it"),
        pytest.param("shop.test/", True, id="a-prefix-of-all-of-it"),
        pytest.param("*shop*", True, id="a-pattern"),
        pytest.param("shop.test/casino", False, id="a-part-of-it"),
        pytest.param("a.www.shop.test", False, id="below-it"),
        pytest.param("notshop.test", False, id="only-the-same-ending"),
    ],
)
def test_an_entry_that_newly_covers_a_visited_host_waits(tmp_path: Path, entry: str, *, waits: bool) -> None:
    beside = newly(tmp_path, {"gambling": f"bet.test\n{entry}"}, {"gambling": "bet.test"})
    held = list(newly_over_visited_hosts(beside, VISITED, AGAINST))
    assert [(each.line, each.why.value, each.host) for each in held] == [
        (3, "waiting", "www.shop.test")
    ] * waits
    assert all("number 2 of the hosts visited most" in each.because for each in held)


def test_it_does_not_wait_where_its_category_covered_the_host_before_or_restricts_nobody(
    tmp_path: Path,
) -> None:
    lists = {"gambling": "shop.test", "games": "shop.test", "forums": "shop.test"}
    beside = newly(tmp_path, lists, {"games.another": "www.shop.test"})
    assert told(newly_over_visited_hosts(beside, VISITED, AGAINST)) == [("gambling", "shop.test", "waiting")]


def test_without_a_ruleset_to_compare_with_nothing_waits(tmp_path: Path) -> None:
    """Or a gateway that lost its Rulesets would come back without its lists."""
    beside = newly(tmp_path, {"gambling": "shop.test"})
    assert told(newly_over_visited_hosts(beside, VISITED, AGAINST)) == []
