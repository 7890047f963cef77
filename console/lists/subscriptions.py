"""Subscribing to feeds and ending it, on the record like every change of lists; and how all of them are."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from categories.feeds.catalogue import known_feed
from categories.feeds.state import FeedState, Standing, standing
from categories.feeds.store import FeedStore
from categories.feeds.subscription import Subscription, shown_url
from categories.library_state import SHIPPED_PREFIX
from console.cli.storage import open_store
from console.cli.workplace import Workplace
from db.ruleset_history import RulesetHistory
from policy.errors import ConfigurationError, ListRefused


@dataclass(frozen=True, slots=True)
class FeedStanding:
    """How one feed is."""

    name: str
    category: str
    url: str  # without its query
    every_s: int
    standing: Standing
    well_at: datetime | None
    tried_at: datetime | None
    next_at: datetime | None
    failures: int
    problem: str | None


def subscribe(place: Workplace, feed: Subscription, *, because: str) -> Subscription | None:
    """
    Subscribe; the subscription of that name that there was before.

    Raises `ListRefused` for a category that the policy has not or a name no list may have, `DatabaseAway` or
    `RegisterRefused` where it cannot be recorded, and then nothing has changed.
    """
    if feed.category not in place.policy.rules:
        raise ListRefused(
            f"{feed.category}: the policy has no category of this name "
            f"(it has {', '.join(sorted(place.policy.rules))})"
        )
    if feed.name.startswith(SHIPPED_PREFIX):
        raise ListRefused(f"{feed.name}: lists that come with the product begin so; give another name")
    place.state.create()
    store = FeedStore(place.lists)
    before = _subscription(store, feed.name)
    recorded = open_store(RulesetHistory, place).changing(
        "subscribe", because=because, before=_told(before), after=_told(feed)
    )
    with _or_as_before(store, feed.name, before), recorded:
        store.put(feed)
    return before


def unsubscribe(place: Workplace, name: str, *, because: str) -> None:
    """End a feed; the list that it brought stays. Raises as `subscribe` does."""
    store = FeedStore(place.lists)
    before = store.subscription(name)
    recorded = open_store(RulesetHistory, place).changing(
        "unsubscribe", because=because, before=_told(before), after=None
    )
    with _or_as_before(store, name, before), recorded:
        store.remove(name)


@contextmanager
def _or_as_before(store: FeedStore, name: str, before: Subscription | None) -> Iterator[None]:
    """What cannot be recorded, at the commit at the latest, is undone."""
    try:
        yield
    except BaseException:
        if _subscription(store, name) != before:
            if before is None:
                store.remove(name)
            else:
                store.put(before)
        raise


def _subscription(store: FeedStore, name: str) -> Subscription | None:
    return store.subscription(name) if name in store.names() else None


def from_catalogue(name: str, now: datetime) -> Subscription:
    """The subscription to a feed of the catalogue. Raises `ListRefused` where it has none of this name."""
    known = known_feed(name).model_dump(
        include={"name", "category", "url", "checksum_url", "inside", "every"}
    )
    return Subscription(**known, subscribed_at=now)


def standings(
    place: Workplace, now: datetime, stale_after: timedelta | None = None
) -> Iterator[FeedStanding]:
    """Every feed, the stale ones first. Raises `ConfigurationError` where their files are damaged."""
    store = FeedStore(place.lists)
    found = []
    for name in store.names():
        feed, state = store.subscription(name), _state(store, name)
        found.append(_standing(feed, state, standing(state, feed, now, stale_after)))
    worst_first = [Standing.STALE, Standing.FAILING, Standing.NEW, Standing.WELL]
    yield from sorted(found, key=lambda one: (worst_first.index(one.standing), one.name))


def _state(store: FeedStore, name: str) -> FeedState:
    try:
        return store.state(name)
    except ConfigurationError as error:
        # Whoever watches is to hear of it as of any feed that is not well.
        return FeedState(problem=str(error))


def _standing(feed: Subscription, state: FeedState, its: Standing) -> FeedStanding:
    return FeedStanding(
        name=feed.name,
        category=feed.category,
        url=shown_url(feed.url),
        every_s=int(feed.every.total_seconds()),
        standing=its,
        well_at=state.well_at,
        tried_at=state.tried_at,
        next_at=state.next_at if state.tried_at else None,
        failures=state.failures,
        problem=state.problem,
    )


def _told(feed: Subscription | None) -> Mapping[str, object] | None:
    """As the change log has it: a query may be a licence key."""
    if feed is None:
        return None
    told = feed.model_dump(mode="json", exclude_defaults=True)
    return {key: shown_url(str(value)) if key.endswith("url") else value for key, value in told.items()}
