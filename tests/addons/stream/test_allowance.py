"""A bucket with a hole: so much at once, so much a second."""

import pytest

from addons.stream.allowance import Allowance


def test_so_much_at_once_and_then_no_more() -> None:
    allowance = Allowance(3, 1, now=10.0)
    assert [allowance.take(10.0) for _ in range(5)] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("seconds", "more"),
    [
        pytest.param(0.4, 0, id="not-yet-one"),
        pytest.param(0.5, 1, id="one"),
        pytest.param(1.0, 2, id="two"),
        pytest.param(1e9, 3, id="never-more-than-at-once"),
        pytest.param(-5.0, 0, id="a-clock-that-goes-back"),
    ],
)
def test_what_was_taken_comes_back_in_time(seconds: float, more: int) -> None:
    allowance = Allowance(3, 2, now=0.0)
    while allowance.take(0.0):
        pass
    assert sum(allowance.take(seconds) for _ in range(10)) == more
