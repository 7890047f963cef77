"""Counting how long things take."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.observe.histogram import BOUNDS, Histogram, cumulated


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        pytest.param(0.0, 0, id="nothing"),
        pytest.param(0.0001, 0, id="exactly-a-bound-belongs-to-it"),
        pytest.param(0.00011, 1, id="just-above"),
        pytest.param(2.5, len(BOUNDS) - 1, id="the-last-bound"),
        pytest.param(60.0, len(BOUNDS), id="longer-than-any"),
    ],
)
def test_each_duration_is_counted_in_one_place(seconds: float, bucket: int) -> None:
    histogram = Histogram()
    histogram.observe(seconds)
    counted = histogram.counted()
    assert counted.counts.index(1) == bucket
    assert sum(counted.counts) == 1
    assert counted.sum_s == seconds


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_the_last_bucket_holds_all_and_none_holds_fewer_than_the_one_before(durations: list[float]) -> None:
    histogram = Histogram()
    for seconds in durations:
        histogram.observe(seconds)
    buckets = cumulated(histogram.counted().counts)
    assert buckets[-1] == ("+Inf", len(durations))
    values = [count for _, count in buckets]
    assert values == sorted(values)
    assert [float(bound) for bound, _ in buckets] == [*BOUNDS, math.inf]
    assert values[0] == sum(seconds <= BOUNDS[0] for seconds in durations)
