"""Subscribing is a change of lists: refused where it cannot be meant, and on the record with its reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from categories.feeds.state import FeedState, Standing
from categories.feeds.store import FeedStore
from console.cli.storage import open_store
from console.cli.workplace import Workplace
from console.lists.subscriptions import from_catalogue, standings, subscribe, unsubscribe
from db.changes import ListChanges
from policy.errors import DatabaseAway, ListRefused, RegisterRefused
from tests.categories.feeds.test_subscription import subscription
from tests.console.lists.test_feeds import _database, place

__all__ = ["_database", "place"]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_who_subscribed_to_what_and_why_is_kept_without_its_query(place: Workplace) -> None:
    feed = subscription(url="https://lists.example/a?license=secret")
    assert subscribe(place, feed, because="ticket 4711") is None
    assert subscribe(place, feed.model_copy(update={"category": "games"}), because="ticket 4712") == feed
    unsubscribe(place, "bets", because="ticket 4713")
    assert FeedStore(place.lists).names() == ()
    told = [(one.what, one.because) for one in open_store(ListChanges, place).recent()]
    assert told == [
        ("list unsubscribe", "ticket 4713"),
        ("list subscribe", "ticket 4712"),
        ("list subscribe", "ticket 4711"),
    ]
    newest = open_store(ListChanges, place).recent()[1]
    assert newest.before is not None
    assert newest.before["category"] == "gambling"
    assert newest.after is not None
    assert newest.after["url"] == "https://lists.example/a"
    assert "secret" not in str(open_store(ListChanges, place).recent())


def test_what_cannot_be_meant_changes_nothing(place: Workplace) -> None:
    with pytest.raises(ListRefused, match="the policy has no category of this name"):
        subscribe(place, subscription(category="bets"), because="ticket 4711")
    with pytest.raises(ListRefused, match="come with the product"):
        subscribe(place, subscription(name="shipped.bets"), because="ticket 4711")
    with pytest.raises(RegisterRefused):
        subscribe(place, subscription(), because="")
    with pytest.raises(ListRefused, match="no feed has this name"):
        unsubscribe(place, "bets", because="ticket 4711")
    assert FeedStore(place.lists).names() == ()
    assert not open_store(ListChanges, place).recent()


def test_what_cannot_be_recorded_at_the_end_is_undone(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes away between the file and the commit."""
    store, feed = FeedStore(place.lists), subscription()

    def and_then_the_database_goes(step: Callable[..., None]) -> Callable[..., None]:
        def once(*arguments: object) -> None:
            step(*arguments)
            raise DatabaseAway("the database: went away at the commit")

        return once

    with monkeypatch.context() as patch, pytest.raises(DatabaseAway):
        patch.setattr(FeedStore, "put", and_then_the_database_goes(FeedStore.put))
        subscribe(place, feed, because="ticket 4711")
    assert store.names() == ()
    store.put(feed)
    with monkeypatch.context() as patch, pytest.raises(DatabaseAway):
        patch.setattr(FeedStore, "remove", and_then_the_database_goes(FeedStore.remove))
        unsubscribe(place, feed.name, because="ticket 4712")
    assert store.subscription(feed.name) == feed


def test_a_feed_of_the_catalogue_is_subscribed_to_by_its_name() -> None:
    feed = from_catalogue("ut1-gambling", NOW)
    assert (feed.category, feed.inside, feed.every) == ("gambling", "gambling", timedelta(days=1))
    assert feed.checksum_url is not None
    with pytest.raises(ListRefused, match="the catalogue has no feed"):
        from_catalogue("nobody", NOW)


def test_the_worst_come_first_and_a_damaged_one_is_not_well(place: Workplace, tmp_path: Path) -> None:
    store = FeedStore(place.lists)
    states = {
        "well": FeedState(well_at=NOW, tried_at=NOW, next_at=NOW),
        "failing": FeedState(well_at=NOW, problem="500", failures=2),
        "stale": FeedState(well_at=NOW - timedelta(days=4)),
        "new": FeedState(),
        "damaged": FeedState(),
    }
    for name, state in states.items():
        store.put(subscription(name=name, subscribed_at=NOW, url="https://lists.example/a?license=secret"))
        store.put_state(name, state)
    (tmp_path / "lists/feeds/state/damaged.json").write_text("{")
    found = {one.name: one for one in standings(place, NOW)}
    assert list(found) == ["stale", "damaged", "failing", "new", "well"]
    assert found["damaged"].standing is Standing.FAILING
    assert "damaged; remove this file" in (found["damaged"].problem or "")
    assert (found["failing"].failures, found["well"].next_at, found["new"].next_at) == (2, NOW, None)
    assert {one.url for one in found.values()} == {"https://lists.example/a"}
    later = standings(place, NOW + timedelta(hours=2), timedelta(hours=1))
    assert {one.standing for one in later} == {Standing.STALE}
