"""
A subscription: which list is fetched from where, how often, and what proves that it is the publisher's.

Nothing here opens a connection. Where a list comes from decides what is blocked, so a URL that anybody on
the way could answer for (`http`) is refused unless the operator said that it may be, and one that carries
a password is always refused: it would lie in a file, stand in a process list and be shown.
"""

from datetime import datetime, timedelta
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from categories.feeds.minisign import read_public_key
from policy.text import storable

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(days=31)
DEFAULT_EVERY = timedelta(days=1)
_LONGEST_URL = 2000


def feed_url(url: str) -> str:
    """
    The same URL, if one may be fetched from it.

    Raises `ValueError` in words for the operator who gave it.
    """
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"not a URL: give one in ASCII, without spaces, of up to {_LONGEST_URL} characters")
    parts = urlsplit(url)  # itself a ValueError for a host or port that is none
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.port == 0:
        raise ValueError("not the URL of a feed: it begins with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a login in a URL would be kept and shown; ask the publisher for another way")
    if parts.fragment:
        raise ValueError("a URL with # in it: what follows is never sent; leave it out")
    return url


def shown_url(url: str) -> str:
    """The URL as it may be shown: a query may be somebody's licence key."""
    return storable(url.partition("?")[0], 200)


def _span(every: timedelta) -> timedelta:
    if not SHORTEST <= every <= LONGEST:
        raise ValueError("expected from 15 minutes to 31 days")
    return every


type FeedUrl = Annotated[str, AfterValidator(feed_url)]


class Subscription(BaseModel):
    """One feed, as `lists/feeds/<name>.json` holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")  # of the list
    category: str
    url: FeedUrl
    every: Annotated[timedelta, AfterValidator(_span)] = DEFAULT_EVERY
    checksum_url: FeedUrl | None = None  # a file with the digest of what `url` gives
    signature_url: FeedUrl | None = None  # a minisign signature of it; without this, `url` and ".minisig"
    public_key: str | None = None  # minisign, base64; with it nothing unsigned is taken
    inside: str = Field(default="", max_length=500)  # of an archive: the file or folder that is the list
    column: str = Field(default="", max_length=200)  # of a CSV or JSON list: where its entries are
    allow_http: bool = False
    subscribed_at: datetime

    @model_validator(mode="after")
    def _may_be_fetched(self) -> Self:
        if self.public_key is not None:
            read_public_key(self.public_key)
        elif self.signature_url is not None:
            raise ValueError("a signature proves nothing without the publisher's key: give both")
        for url in (self.url, self.checksum_url, self.signature_url):
            if url is not None and url.startswith("http:") and not self.allow_http:
                raise ValueError(
                    f"{shown_url(url)}: anybody on the way could change what comes over http; use https, "
                    "or say that you accept it with --allow-http"
                )
        return self

    @property
    def signature(self) -> str | None:
        """Where the signature is, if one is asked for."""
        if self.public_key is None:
            return None
        return self.signature_url or f"{self.url}.minisig"
