"""Whether a list has shrunk or grown beyond a bound."""

import pytest

from categories.plausibility.bystanders import LeftOut
from categories.plausibility.size import refuse_changed_size
from policy.errors import ListRefused


@pytest.mark.parametrize(
    ("before", "now", "refused"),
    [
        pytest.param(100_000, 100_000, "", id="the-same"),
        pytest.param(100_000, 50_000, "", id="half"),
        pytest.param(100_000, 49_999, "shrunk from 100,000 entries to 49,999, and may lose 50%", id="less"),
        pytest.param(100_000, 1, "shrunk", id="nothing-to-speak-of"),
        pytest.param(100_000, 300_000, "", id="three-times-as-many"),
        pytest.param(100_000, 300_001, "grown from 100,000 entries to 300,001, and may gain 200%", id="more"),
        pytest.param(12, 3, "", id="a-short-list-that-lost-nine"),
        pytest.param(12, 2, "shrunk", id="a-short-list-that-lost-ten"),
        pytest.param(2, 101, "", id="a-short-list-that-gained-99"),
        pytest.param(2, 102, "grown", id="a-short-list-that-gained-100"),
        pytest.param(None, 1, "", id="a-list-that-is-new"),
        pytest.param(None, 4_000_000, "", id="a-large-one-that-is-new"),
        pytest.param(0, 1_000, "grown", id="one-that-was-empty"),
    ],
)
def test_a_list_may_change_within_its_bounds(before: int | None, now: int, refused: str) -> None:
    known = {"steady": 5_000, "gone": 9} | ({} if before is None else {"gambling": before})
    lists = {"gambling": now, "steady": 5_000}
    if not refused:
        refuse_changed_size(lists, known, most_shrink=0.5, most_growth=2.0)
        return
    with pytest.raises(
        ListRefused, match=f"^gambling: has {refused}.* the one in force stays.*--accept-size"
    ):
        refuse_changed_size(lists, known, most_shrink=0.5, most_growth=2.0)


def test_the_bounds_are_those_given() -> None:
    refuse_changed_size({"a": 10}, {"a": 100}, most_shrink=0.9, most_growth=0)
    with pytest.raises(ListRefused, match="may lose 89%"):
        refuse_changed_size({"a": 10}, {"a": 100}, most_shrink=0.89, most_growth=0)
    with pytest.raises(ListRefused, match="may gain 0%"):
        refuse_changed_size({"a": 200}, {"a": 100}, most_shrink=0.9, most_growth=0)


@pytest.mark.parametrize(
    ("before", "out", "refused"),
    [
        pytest.param(200, LeftOut(100, 0), "", id="half"),
        pytest.param(200, LeftOut(101, 0), "from 200 entries to 99 besides 101 on", id="more"),
        pytest.param(200, LeftOut(1, 100), "from 200 entries to 99 besides 101 on", id="some-with-others"),
        pytest.param(None, LeftOut(200, 0), "", id="a-new-list-on-lines-of-their-own"),
        pytest.param(
            None, LeftOut(0, 101), "from 200 entries to 99 besides 101 on", id="a-new-list-with-others"
        ),
    ],
)
def test_what_is_left_out_is_gone(before: int | None, out: LeftOut, refused: str) -> None:
    known = {} if before is None else {"a": before}
    if not refused:
        refuse_changed_size({"a": 200}, known, most_shrink=0.5, most_growth=0, out={"a": out})
        return
    with pytest.raises(ListRefused, match=refused):
        refuse_changed_size({"a": 200}, known, most_shrink=0.5, most_growth=0, out={"a": out})
