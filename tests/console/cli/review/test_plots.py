"""Where the columns of a plot stand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.review.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Series, columns


def test_pieces_stand_on_top_of_each_other_and_are_as_high_as_they_say() -> None:
    plot = columns("p", "Visits", ["a"], [Series("blocked", "block", (3,)), Series("allowed", "allow", (1,))])
    blocked, allowed = plot.bars
    assert blocked.height == 3 * allowed.height
    assert blocked.y + blocked.height == HEIGHT - BOTTOM
    assert allowed.y + allowed.height == blocked.y
    assert allowed.y == TOP
    assert [tick.text for tick in plot.ticks] == ["0", "1", "2", "3", "4"]
    assert plot.says == "In all: 3 blocked, 1 allowed. The table has every number."


def test_nothing_is_drawn_of_nothing() -> None:
    assert columns("p", "Visits", [], [Series("allowed", "allow", ())]).bars == ()
    assert columns("p", "Visits", ["a"], [Series("allowed", "allow", (0,))]).bars == ()


def test_one_beside_a_million_can_be_seen() -> None:
    plot = columns("p", "Visits", ["a", "b"], [Series("allowed", "allow", (1_000_000, 1))])
    assert plot.bars[1].height == 1.0


@pytest.mark.parametrize(("most", "top"), [(1, "4"), (11, "12"), (412, "480"), (1001, "1,200"), (0, "4")])
def test_the_axis_ends_at_a_plain_number_that_is_not_far(most: int, top: str) -> None:
    assert columns("p", "Visits", ["a"], [Series("allowed", "allow", (most,))]).ticks[-1].text == top


@pytest.mark.parametrize("number", [1, 7, 9, 70, 96])
def test_no_two_labels_run_into_each_other(number: int) -> None:
    label = "21 Nov 05:00"
    plot = columns("p", "Visits", [label] * number, [Series("allowed", "allow", (1,) * number)])
    places = [each.at for each in plot.labels]
    assert places
    assert all(after - before > 7 * len(label) for before, after in pairwise(places))


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=400))
def test_everything_is_inside_the_picture(values: list[tuple[int, int]]) -> None:
    first, second = zip(*values, strict=True)
    plot = columns(
        "p",
        "Visits",
        [str(place) for place in range(len(values))],
        [Series("blocked", "block", first), Series("allowed", "allow", second)],
    )
    for bar in plot.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH - RIGHT + 0.05
        assert bar.y >= TOP - 1.5
        assert bar.y + bar.height <= HEIGHT - BOTTOM + 0.05
    assert 1 <= len(plot.labels) <= 10
