"""
What is known of a feed, and what follows from it: pure, in one place, and told the time.

A body that came whole and proven is a *copy*, named by its SHA-256; the list read from it is a *text*, named
by its own. A text is *offered* once: handed to the way in by which every change of lists goes. What becomes
of it there (in force, awaiting a second person, refused by one, rolled back later) is not this module's
business, and need not be: a text that was offered and is not the library's has been decided against, or is
about to be decided on, and is not offered again until the feed publishes another. So a rollback holds.

A text that could not be offered, since it is no list or not a plausible one, may have been refused for
something that changes (a bound, the policy, what is protected). It is tried again daily, and when somebody
asks for it. Until then the feed is not well, and grows stale like one whose server is away.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from categories.feeds.subscription import Subscription
from policy.text import storable

FIRST_RETRY = timedelta(minutes=5)
_REFUSED_AGAIN = timedelta(days=1)
_LONGEST_PROBLEM = 300
_STALE_AFTER = 3  # of its own spans: two failures are the internet, three are somebody's to look at
NEVER = datetime.min.replace(tzinfo=UTC)


class FeedState(BaseModel):
    """What is known of one feed, as `lists/feeds/state/<name>.json` holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validators: Mapping[str, str] = {}  # request headers that ask whether the copy is still the newest
    copy_sha256: str | None = None  # of the newest body that came whole and proven
    copy_bytes: int = 0
    copied_at: datetime | None = None
    text_sha256: str | None = None  # of the list in it, once read
    offered_sha256: str | None = None  # the text last handed on
    offered_at: datetime | None = None
    refused_at: datetime | None = None  # when the copy was found unfit; None: it was not
    well_at: datetime | None = None  # when its server last gave, or confirmed, what we have and took
    tried_at: datetime | None = None
    failures: int = 0  # in a row
    next_at: datetime = NEVER  # not before
    problem: str | None = None  # one line, without URL


class Standing(StrEnum):
    """How a feed is, in the words that are shown."""

    NEW = "new"  # never tried
    WELL = "well"
    FAILING = "failing"  # and not long enough to be stale
    STALE = "stale"


def fetched(
    state: FeedState, sha256: str, size: int, validators: Mapping[str, str], now: datetime
) -> FeedState:
    """A whole and proven body came. The same one as before is as good as `confirmed`."""
    if sha256 == state.copy_sha256:
        return state.model_copy(update={"validators": validators, "tried_at": now})
    return state.model_copy(
        update={
            "validators": validators,
            "copy_sha256": sha256,
            "copy_bytes": size,
            "copied_at": now,
            "text_sha256": None,
            "refused_at": None,
            "tried_at": now,
        }
    )


def to_be_read(state: FeedState, now: datetime, *, asked: bool) -> bool:
    """Whether the copy is to be read: not read yet, or refused a day ago, or now that somebody asks."""
    if state.copy_sha256 is None:
        return False
    if state.refused_at is not None:
        return asked or abs(now - state.refused_at) >= _REFUSED_AGAIN
    return state.text_sha256 is None or state.text_sha256 != state.offered_sha256


def to_be_offered(state: FeedState, text_sha256: str, library_sha256: str | None) -> bool:
    """Whether a text that was read is news: neither in the library nor decided on before."""
    return text_sha256 not in {state.offered_sha256, library_sha256}


def read(state: FeedState, text_sha256: str) -> FeedState:
    """The copy is a list with this text."""
    return state.model_copy(update={"text_sha256": text_sha256})


def offered(state: FeedState, text_sha256: str, now: datetime) -> FeedState:
    """The text was handed on, or is in the library already."""
    return state.model_copy(
        update={
            "text_sha256": text_sha256,
            "offered_sha256": text_sha256,
            "offered_at": now,
            "refused_at": None,
        }
    )


def well(state: FeedState, every: timedelta, now: datetime) -> FeedState:
    """Its server was heard, and what it has is what we have."""
    return state.model_copy(
        update={"well_at": now, "tried_at": now, "failures": 0, "next_at": now + every, "problem": None}
    )


def away(
    state: FeedState, problem: str, every: timedelta, now: datetime, retry_after: timedelta | None = None
) -> FeedState:
    """Its server did not give it: soon again, then less and less soon, at most at its own pace."""
    failures = state.failures + 1
    pause = min(FIRST_RETRY * 2 ** min(failures - 1, 16), every)
    return _failed(state, problem, failures, now + max(pause, retry_after or timedelta()), now)


def refused(state: FeedState, problem: str, every: timedelta, now: datetime, *, copy: bool) -> FeedState:
    """What came may not be taken (with `copy`: it came whole and was not fit); asking sooner is no help."""
    found = _failed(state, problem, state.failures + 1, now + every, now)
    return found.model_copy(update={"refused_at": now}) if copy else found


def due(state: FeedState, every: timedelta, now: datetime) -> bool:
    """
    Whether it is time. A little early is in time: a timer that comes hourly is seconds late or early.

    A feed that was tried in the future was tried by a clock that was wrong, and so was what followed from it.
    """
    if state.tried_at is not None and state.tried_at > now:
        return True
    early = min(every / 20, timedelta(minutes=10)) if not state.failures else timedelta()
    return now >= state.next_at - early if state.next_at > NEVER else True


def standing(
    state: FeedState, feed: Subscription, now: datetime, stale_after: timedelta | None = None
) -> Standing:
    """How it is; stale when it was not well for three of its own spans, or for `stale_after`."""
    # Of a clock that was wrong and went back nothing is known: a year ahead is as far away as a year ago.
    since = abs(now - (state.well_at or feed.subscribed_at))
    if since > (stale_after or _STALE_AFTER * feed.every):
        return Standing.STALE
    if state.problem is not None:
        return Standing.FAILING
    return Standing.WELL if state.well_at else Standing.NEW


def _failed(state: FeedState, problem: str, failures: int, next_at: datetime, now: datetime) -> FeedState:
    return state.model_copy(
        update={
            "tried_at": now,
            "failures": failures,
            "next_at": next_at,
            "problem": storable(problem, _LONGEST_PROBLEM),
        }
    )
