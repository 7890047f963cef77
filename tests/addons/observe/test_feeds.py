"""Feeds are counted by how they are, and never named."""

from datetime import timedelta
from pathlib import Path

from addons.observe.feeds import look_at_feeds
from categories.feeds.state import FeedState, Standing
from categories.feeds.store import FeedStore
from tests.addons.observe.samples import NOW
from tests.categories.feeds.test_subscription import subscription


def test_feeds_are_counted_by_how_they_are(tmp_path: Path) -> None:
    store = FeedStore(tmp_path)
    for name, state in {
        "well": FeedState(well_at=NOW),
        "stale": FeedState(well_at=NOW - timedelta(days=4)),
        "new": FeedState(),
        "damaged": FeedState(),
    }.items():
        store.put(subscription(name=name, subscribed_at=NOW - timedelta(hours=1)))
        store.put_state(name, state)
    (tmp_path / "feeds/damaged.json").write_text("{")
    found = look_at_feeds(tmp_path, NOW)
    assert found.standing == {Standing.WELL: 1, Standing.STALE: 1, Standing.NEW: 1, Standing.FAILING: 1}
    assert found.oldest == NOW - timedelta(days=4)
    assert found.well_at == {"well": NOW, "stale": NOW - timedelta(days=4)}


def test_where_nobody_subscribed_there_are_none(tmp_path: Path) -> None:
    found = look_at_feeds(tmp_path, NOW)
    assert set(found.standing.values()) == {0}
    assert found.oldest is None
