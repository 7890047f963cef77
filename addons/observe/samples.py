"""
Families of samples under our one prefix, made by prometheus-client.

That package reads its environment and `/proc` when it is imported. So this module and those that import it
are imported by the observer alone, when it has been forked.
"""

from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from addons.observe.histogram import Counted, cumulated

PREFIX = "sluicegate_"

type Labels = tuple[str, ...]


def gauge(name: str, says: str, value: float | None) -> Metric:
    """What goes up and down; no sample where nobody knows."""
    return gauges(name, says, (), [((), value)])


def gauges(
    name: str, says: str, labels: Labels, values: Iterable[tuple[Labels, float | None]]
) -> GaugeMetricFamily:
    """The same by labels."""
    family = GaugeMetricFamily(PREFIX + name, says, labels=labels)
    for key, value in values:
        if value is not None:
            family.add_metric(key, value)
    return family


def counters(
    name: str, says: str, labels: Labels, values: Iterable[tuple[Labels, float]]
) -> CounterMetricFamily:
    """What only goes up, by labels; Prometheus' name for it ends in `_total`."""
    family = CounterMetricFamily(PREFIX + name, says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def histograms(name: str, says: str, counted: Mapping[int, Counted]) -> HistogramMetricFamily:
    """Durations, by worker."""
    family = HistogramMetricFamily(PREFIX + name, says, labels=("worker",))
    for slot, one in counted.items():
        family.add_metric((str(slot),), cumulated(one.counts), one.sum_s)
    return family
