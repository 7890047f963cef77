"""
The catalogue: public feeds we know, with licence, size, and what each blocks that it should not, measured.

The data is `catalogue.toml`, in our own words and figures. No feed is fetched because it stands here; an
operator subscribes. The figures are of one day: `benchmarks/run catalogue` measures them again.
"""

import tomllib
from datetime import date, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from categories.feeds.subscription import FeedUrl
from policy.errors import ListRefused

SHIPPED = Path(__file__).with_name("catalogue.toml")


class Measured(BaseModel):
    """What was found in one copy of a feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date  # when it was measured
    entries: int
    size: int  # bytes of its text, unpacked
    popular: int  # of the 100,000 hosts most looked up, how many it covers, rightly or not
    benign: int  # of 7,376 hosts that other hands call benign: the over-blocking
    found: int | None = None  # of `of` hosts that other hands put into its category
    of: int | None = None


class KnownFeed(BaseModel):
    """One public feed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    category: str
    title: str
    url: FeedUrl
    checksum_url: FeedUrl | None = None
    inside: str = ""
    every: timedelta
    licence: str
    homepage: FeedUrl
    recommended: bool = False
    note: str = ""
    measured: Measured | None = None


def read_catalogue(path: Path = SHIPPED) -> tuple[KnownFeed, ...]:
    """Every feed of the catalogue, by category and name."""
    feeds = TypeAdapter(tuple[KnownFeed, ...]).validate_python(tomllib.loads(path.read_text("utf-8"))["feed"])
    return tuple(sorted(feeds, key=lambda feed: (feed.category, feed.name)))


def known_feed(name: str) -> KnownFeed:
    """The feed of this name. Raises `ListRefused` where the catalogue has none."""
    for feed in read_catalogue():
        if feed.name == name:
            return feed
    raise ListRefused(
        f"{name}: the catalogue has no feed of this name; see them: sluicegate lists catalogue, "
        "or say where it is with --url and --category"
    )
