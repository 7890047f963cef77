"""What a Ruleset covers that the one in force does not."""

from pathlib import Path

import pytest

from categories.plausibility.newly import Newly
from tests.categories.compiled import compiled
from tests.categories.plausibility.beside import newly


@pytest.mark.parametrize(
    ("before", "found"),
    [
        pytest.param({}, True, id="nothing-before"),
        pytest.param({"gambling": "other.test"}, True, id="another-host"),
        pytest.param({"games": "www.shop.test"}, True, id="another-category"),
        pytest.param({"gambling": "a.www.shop.test"}, True, id="a-host-below"),
        pytest.param({"gambling": "www.shop.test/casino"}, True, id="a-part-of-it"),
        pytest.param({"gambling": "www.shop.test"}, False, id="the-same-entry"),
        pytest.param({"gambling": "www.shop.test/"}, False, id="the-same-in-other-words"),
        pytest.param({"gambling": "shop.test"}, False, id="a-host-above"),
        pytest.param({"gambling": "*shop*"}, False, id="a-pattern"),
        pytest.param({"gambling.other": "shop.test"}, False, id="another-list-of-the-category"),
    ],
)
def test_what_the_category_covered_before_is_not_new(
    tmp_path: Path, before: dict[str, str], *, found: bool
) -> None:
    beside = newly(tmp_path, {"gambling": "bet.test\nwww.shop.test"}, {"chat": "chat.test", **before})
    assert [match.entry for match in beside.matches("www.shop.test")] == ["www.shop.test"] * found


def test_only_categories_asked_for_are_found(tmp_path: Path) -> None:
    beside = newly(tmp_path, {"gambling": "shop.test", "games": "shop.test"})
    assert [match.list for match in beside.matches("shop.test")] == ["gambling", "games"]
    assert [match.list for match in beside.matches("shop.test", among={"games"})] == ["games"]


def test_a_list_that_is_in_force_brings_nothing_new_even_where_the_ruleset_cannot_be_opened(
    tmp_path: Path,
) -> None:
    """As after an update of the product, whose engine cannot open what the last release compiled."""
    candidate = compiled(tmp_path, {"gambling": "shop.test"})
    (info,) = candidate.lists
    assert Newly(candidate, None, [info]).matches("shop.test") == []
    for changed in (
        info.model_copy(update={"sha256": "0" * 64}),
        info.model_copy(update={"category": "games"}),
        info.model_copy(update={"name": "another"}),
        info.model_copy(update={"left_out": (2,)}),  # and now it is in
    ):
        assert len(Newly(candidate, None, [changed]).matches("shop.test")) == 1
    assert len(Newly(candidate, None, []).matches("shop.test")) == 1
    other = info.model_copy(update={"sha256": "0" * 64})
    assert Newly(candidate, None, [other, info]).matches("shop.test") == [], "in force now, or once"
