"""The sample of ordinary URLs."""

from collections import Counter

from categories.plausibility.sample import sample
from categories.urls.normalise import normalise_host, normalise_target


def test_it_has_1200_hosts_each_with_its_front_page_and_one_target() -> None:
    urls = sample()
    by_host = Counter(host for host, _ in urls)
    assert len(by_host) >= 1_200
    assert set(by_host.values()) == {2}
    assert sum(target == "/" for _, target in urls) == len(by_host)


def test_its_targets_are_of_many_kinds_and_none_stands_out() -> None:
    """Or a term that hits one of them alone would hit much of the sample."""
    targets = Counter(target for _, target in sample() if target != "/")
    assert len(targets) >= 300
    assert max(targets.values()) <= 5


def test_everything_in_it_is_in_the_form_that_is_compared() -> None:
    for host, target in sample():
        assert normalise_host(host) == host
        assert normalise_target(target) == target
