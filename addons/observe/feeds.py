"""
How the feeds are: how many are well, how many are not, and since when the worst is not.

Counted and never named: a feed's name is its operator's to choose, and may be the host it comes from.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from categories.feeds.state import Standing, standing
from categories.feeds.store import FeedStore
from policy.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds of one library."""

    standing: Mapping[Standing, int]  # how many are so; all of them, also those of which there is none
    oldest: datetime | None  # when the one that has not been well longest was well, or was subscribed to
    well_at: Mapping[str, datetime]  # by list: when its server last gave, or confirmed, what we have


def look_at_feeds(lists: Path, now: datetime) -> Feeds:
    """Those of the library below `lists`. One whose files do not read is failing."""
    store = FeedStore(lists)
    counts = Counter(dict.fromkeys(Standing, 0))
    well_at: dict[str, datetime] = {}
    since = []
    for name in store.names():
        try:
            feed, state = store.subscription(name), store.state(name)
        except (ConfigurationError, OSError):
            counts[Standing.FAILING] += 1
            continue
        counts[standing(state, feed, now)] += 1
        since.append(state.well_at or feed.subscribed_at)
        if state.well_at is not None:
            well_at[name] = state.well_at
    return Feeds(counts, min(since, default=None), well_at)
