"""Families of samples under our prefix."""

from prometheus_client.metrics_core import Metric

from addons.observe.histogram import Histogram
from addons.observe.samples import counters, gauge, gauges, histograms


def shown(family: Metric) -> list[tuple[str, dict[str, str], float]]:
    return [(sample.name, sample.labels, sample.value) for sample in family.samples]


def test_what_nobody_knows_has_no_sample() -> None:
    assert shown(gauge("ready", "x", None)) == []
    assert shown(gauge("ready", "x", 0)) == [("sluicegate_ready", {}, 0)]
    assert shown(gauges("open", "x", ("role",), [(("a",), 1), (("b",), None)])) == [
        ("sluicegate_open", {"role": "a"}, 1)
    ]


def test_what_only_goes_up_is_named_so() -> None:
    assert shown(counters("requests", "x", ("worker",), [(("0",), 7)])) == [
        ("sluicegate_requests_total", {"worker": "0"}, 7)
    ]


def test_durations_are_cumulated_with_their_sum() -> None:
    histogram = Histogram()
    for seconds in (0.0002, 0.002, 9.0):
        histogram.observe(seconds)
    found = shown(histograms("added_seconds", "x", {3: histogram.counted()}))
    buckets = {labels["le"]: value for name, labels, value in found if name.endswith("_bucket")}
    assert (buckets["0.0001"], buckets["0.00025"], buckets["0.0025"], buckets["+Inf"]) == (0, 1, 2, 3)
    assert ("sluicegate_added_seconds_count", {"worker": "3"}, 3) in found
    assert ("sluicegate_added_seconds_sum", {"worker": "3"}, 9.0022) in found
