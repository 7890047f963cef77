"""Reading a page of metrics as Prometheus reads it: by its own client's parser."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

type Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(text: str) -> Mapping[Sample, float]:
    """Every sample by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    """The one sample with this name and these labels, None where there is none."""
    return samples(text).get((name, tuple(sorted(labels.items()))))


def total(text: str, name: str, **labels: str) -> float:
    """The sum of all samples with this name and at least these labels."""
    return sum(
        found
        for (called, has), found in samples(text).items()
        if called == name and labels.items() <= dict(has).items()
    )
