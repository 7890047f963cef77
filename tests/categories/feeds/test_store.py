"""What is kept of feeds is whole or not there, and nobody else's copies are cleared away."""

from pathlib import Path

import pytest

from categories.durable import beside
from categories.feeds.state import FeedState
from categories.feeds.store import FeedStore
from policy.errors import ConfigurationError, ListRefused
from tests.categories.feeds.test_subscription import subscription


@pytest.fixture
def store(tmp_path: Path) -> FeedStore:
    return FeedStore(tmp_path)


def test_naming_it_makes_nothing(store: FeedStore, tmp_path: Path) -> None:
    assert store.names() == ()
    assert store.state("bets") == FeedState()
    assert not list(tmp_path.iterdir())


def test_a_feed_comes_back_as_it_was_put(store: FeedStore) -> None:
    for name in ("two", "one"):
        store.put(subscription(name=name))
    store.put_state("one", FeedState(failures=3))
    assert store.names() == ("one", "two")
    assert store.subscription("one") == subscription(name="one")
    assert (store.state("one").failures, store.state("two").failures) == (3, 0)


def test_who_subscribes_again_begins_anew(store: FeedStore) -> None:
    store.put(subscription())
    store.put_state("bets", FeedState(failures=3))
    store.put(subscription(url="https://other.example/"))
    assert store.state("bets") == FeedState()


def test_a_name_nobody_gave_is_refused_with_those_there_are(store: FeedStore) -> None:
    store.put(subscription())
    for name in ("nobody", "../feeds/bets", "state"):
        with pytest.raises(ListRefused, match="subscribed: bets"):
            store.subscription(name)
        with pytest.raises(ListRefused, match="subscribed: bets"):
            store.remove(name)


def test_what_is_removed_is_gone_and_its_copy_at_the_next_update(store: FeedStore) -> None:
    store.put(subscription())
    with store.updating():
        (store.copies / "c1").write_bytes(b"x")
        store.put_state("bets", FeedState(copy_sha256="c1"))
    assert store.copy(store.state("bets")) == store.copies / "c1"
    store.remove("bets")
    assert store.names() == ()
    with store.updating():
        assert not list(store.copies.iterdir())


def test_a_copy_that_is_gone_is_none(store: FeedStore) -> None:
    assert store.copy(FeedState(copy_sha256="c1")) is None
    assert store.copy(FeedState()) is None


def test_an_update_clears_away_what_no_state_names_and_nothing_else(store: FeedStore) -> None:
    store.put(subscription())
    store.copies.mkdir()
    for name in ("named", "superseded"):
        (store.copies / name).write_bytes(b"x")
    beside(store.copies / "x").write_bytes(b"half")
    store.put_state("bets", FeedState(copy_sha256="named"))
    with store.updating():
        assert [path.name for path in store.copies.iterdir()] == ["named"]
        (store.copies / "newer").write_bytes(b"y")
        store.put_state("bets", FeedState(copy_sha256="newer"))
    assert [path.name for path in store.copies.iterdir()] == ["newer"]


def test_while_a_state_is_damaged_every_copy_stays(store: FeedStore, tmp_path: Path) -> None:
    store.put(subscription())
    store.put_state("bets", FeedState())
    (tmp_path / "feeds/state/bets.json").write_text("{")
    store.copies.mkdir()
    (store.copies / "c1").write_bytes(b"x")
    with store.updating():
        assert (store.copies / "c1").exists()
    with pytest.raises(ConfigurationError, match=r"bets\.json: damaged; remove this file"):
        store.state("bets")


def test_two_do_not_update_at_once(store: FeedStore) -> None:
    with (
        store.updating(),
        pytest.raises(ListRefused, match="another update of the feeds is running"),
        store.updating(),
    ):
        pass
    with store.updating():
        pass


def test_nobody_else_may_read_what_is_subscribed(store: FeedStore, tmp_path: Path) -> None:
    """A URL may hold a licence key."""
    store.put(subscription())
    assert (tmp_path / "feeds").stat().st_mode & 0o077 == 0
