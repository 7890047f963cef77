"""The catalogue names feeds that can be subscribed to, with figures that were measured."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from categories.feeds.catalogue import known_feed, read_catalogue
from categories.feeds.subscription import Subscription
from categories.packed import list_blocks
from categories.readers import read_blocks
from categories.readers.blocks import Blocks
from policy.document import SHIPPED, read_policy
from policy.errors import ListRefused


def test_every_feed_can_be_subscribed_to_and_is_for_a_category_there_is() -> None:
    feeds = read_catalogue()
    assert len(feeds) >= 30
    assert max(Counter(feed.name for feed in feeds).values()) == 1
    rules = read_policy(SHIPPED).rules
    for feed in feeds:
        assert feed.category in rules
        given = feed.model_dump(include={"name", "category", "url", "checksum_url", "inside", "every"})
        subscribed = Subscription(**given, subscribed_at=datetime.now(UTC))
        assert subscribed.url.startswith("https://")


def test_what_is_recommended_was_measured() -> None:
    for feed in read_catalogue():
        told = feed.measured
        if feed.recommended:
            assert told is not None
        if told is not None:
            assert told.entries > 0
            assert 0 <= told.benign <= 7376
            assert (told.found is None) == (told.of is None)
            assert (told.found or 0) <= (told.of or 0)


def test_a_recommended_feed_covers_fewer_benign_hosts_for_what_it_finds_than_what_is_not() -> None:
    """Where others labelled hosts of its category at all."""
    for feed in read_catalogue():
        told = feed.measured
        if feed.recommended and told is not None and told.found:
            assert told.benign < told.found


def test_the_catalogue_tells_what_it_has_not() -> None:
    assert known_feed("hagezi-gambling").category == "gambling"
    with pytest.raises(ListRefused, match="the catalogue has no feed of this name"):
        known_feed("nothing")


@pytest.mark.real_data
def test_the_figures_are_those_of_the_copies_they_were_measured_on(
    real_data: Path,
) -> None:
    """Two small ones; `benchmarks/run catalogue` measures all of them."""
    for name, copy in (("hagezi-doh", "hagezi-2026-03/wildcard/doh.txt"), ("ut1-ai", "ut1/ai")):
        told = known_feed(name).measured
        assert told is not None
        path = real_data / "lists" / copy
        read = read_blocks(Blocks(partial(list_blocks, path)), copy)
        assert sum(1 for _ in read.entries) == told.entries
        assert sum(map(len, list_blocks(path))) == told.size
