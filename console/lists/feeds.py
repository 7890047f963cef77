"""
Updating feeds: fetched apart from each other, read, and offered together.

    1. every feed that is due is fetched, each in a process of its own; nothing else waits for that, and the
       lists may be changed meanwhile
    2. what came is read, one list after another; what is no list ends here, and only its own feed
    3. all that is new goes the one way in which lists change (`enact.py`) as one change, built once; where
       that is refused, each by itself, so that one implausible list keeps no other out

What a step found out is on the disk before the next begins, so an update that is stopped, at any point and in
any way, is taken up where it was: nothing is fetched twice that is here, and nothing is half in force.
`categories/feeds/state.py` says what is offered, and when a feed is asked again.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from categories.feeds import state as feed_state
from categories.feeds.fetching import Job, Outcome, fetch_all
from categories.feeds.state import FeedState
from categories.feeds.store import FeedStore
from categories.feeds.subscription import Subscription
from categories.library import SourceList
from categories.list_change import ListChange, Put, Update
from console.cli.progress import Say, progress
from console.cli.workplace import Workplace
from console.lists.enact import Enacted, enact
from policy.errors import Away, ConfigurationError, ListRefused, ListsBusy, Refused, SluicegateError
from policy.text import storable
from policy.words import CategoryKind

BECAUSE = "its feed published another list"
# Another command builds for a minute; a list of millions for two.
_PATIENCE = timedelta(minutes=10)
_AGAIN_SECONDS = 2.0


class Result(StrEnum):
    """What became of a feed, in the words that are shown and scripts read."""

    UNCHANGED = "unchanged"
    IN_FORCE = "in force"
    PROPOSED = "proposed"  # waits for a second person
    NOT_TAKEN = "not taken"  # the text was offered before: it waits, was refused, or was rolled back
    REFUSED = "refused"  # what came may not be taken; the last good list stays
    AWAY = "away"  # nothing came; the last good list stays


FAILED = frozenset({Result.REFUSED, Result.AWAY})


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one feed."""

    name: str
    result: Result
    because: str = ""
    entries: int | None = None
    held: int = 0  # entries that stay out until somebody has looked
    proposal: str | None = None
    ruleset: str | None = None


def update(
    place: Workplace, names: Collection[str] = (), *, everything: bool = False, accept_size: bool = False
) -> tuple[Told, ...]:
    """
    Update the feeds that are due, or the named ones now, or with `everything` all of them now.

    Raises `ListRefused` where another update runs or a name is no feed's, `ConfigurationError` for a damaged
    library. What goes wrong with one feed is told of that feed.
    """
    store = FeedStore(place.lists)
    for name in names:
        store.subscription(name)
    if not store.names():
        return ()
    with store.updating():
        return tuple(_Update(place, store, accept_size, asked=everything or bool(names)).run(names))


def fetched(place: Workplace, name: str) -> SourceList:
    """
    Fetch a feed now and read what came, and offer nothing: for a preview.

    Raises `ListRefused` where there is nothing new, or nothing that may be offered, and as `update` does.
    """
    store = FeedStore(place.lists)
    store.subscription(name)
    with store.updating():
        (news,) = _Update(place, store, accept_size=True, asked=True).news([name])
    if isinstance(news, Told):
        raise ListRefused(f"{name}: {news.result}" + (f": {news.because}" if news.because else ""))
    return news


def next_due(store: FeedStore, now: datetime) -> datetime | None:
    """When the first of the feeds is due; None where there is none that reads."""
    times = []
    for name in store.names():
        try:
            state = store.state(name)
        except ConfigurationError:
            continue
        times.append(max(now, state.next_at))
    return min(times, default=None)


@dataclass
class _Update:
    """One update while it runs."""

    place: Workplace
    store: FeedStore
    accept_size: bool
    asked: bool  # somebody asks for these feeds now
    feeds: dict[str, Subscription] = field(default_factory=dict)

    def run(self, names: Collection[str]) -> Iterator[Told]:
        offers: list[SourceList] = []
        for news in self.news(names):
            if isinstance(news, Told):
                yield news
            else:
                offers.append(news)
        for group in self._groups(offers):
            yield from self._offer(group)

    def news(self, names: Collection[str]) -> Iterator[SourceList | Told]:
        """Fetch and read: each list that is to be offered, and of the others what became of them."""
        yield from self._choose(names)
        heard = list[str]()
        with progress() as say:
            for job, outcome in fetch_all(map(self._job, self.feeds.values()), _received(say)):
                told = self._after_fetch(job.feed, outcome)
                if told is None:
                    heard.append(job.feed.name)
                else:
                    yield told
            for name in sorted(heard):
                yield self._read(self.feeds[name], say)

    # 1. Fetched ----------------------------------------------------------------------------------

    def _choose(self, names: Collection[str]) -> Iterator[Told]:
        """Sets `feeds`. One whose files are damaged is told of, and stops no other."""
        now = datetime.now(UTC)
        for name in sorted(names or self.store.names()):
            try:
                feed, state = self.store.subscription(name), self.store.state(name)
            except SluicegateError as error:
                yield Told(name, Result.REFUSED, str(error))
                continue
            if self.asked or feed_state.due(state, feed.every, now):
                self.feeds[name] = feed

    def _job(self, feed: Subscription) -> Job:
        settings, state = self.place.settings, self.store.state(feed.name)
        proxy = settings.categories.feed_proxy
        return Job(
            feed=feed,
            # Without the copy "not changed" would leave us with nothing.
            validators=state.validators if self.store.copy(state) else {},
            copies=self.store.copies,
            proxy=proxy.get_secret_value() if proxy else None,
            ca_file=settings.destinations.ca_file,
        )

    def _after_fetch(self, feed: Subscription, outcome: Outcome) -> Told | None:
        """What is known now; None where its server was heard and the copy is to be looked at."""
        now, state = datetime.now(UTC), self.store.state(feed.name)
        if outcome.problem is not None:
            if outcome.refused:
                state = feed_state.refused(state, outcome.problem, feed.every, now, copy=False)
            else:
                state = feed_state.away(state, outcome.problem, feed.every, now, outcome.retry_after)
            self.store.put_state(feed.name, state)
            return Told(feed.name, Result.REFUSED if outcome.refused else Result.AWAY, outcome.problem)
        if (copy := outcome.copied) is not None:
            state = feed_state.fetched(state, copy.sha256, copy.size, copy.validators, now)
            self.store.put_state(feed.name, state)
        return None

    # 2. Read -------------------------------------------------------------------------------------

    def _read(self, feed: Subscription, say: Say) -> SourceList | Told:
        """The list to be offered, or why there is none."""
        now, state = datetime.now(UTC), self.store.state(feed.name)
        copy = self.store.copy(state)
        if copy is None:
            return self._away(feed, "its copy is gone from the disk; it is fetched again")
        if feed.name in self.place.library.files.state().disabled:
            # Putting it would enable it, which is for whoever disabled it to say.
            self.store.put_state(feed.name, feed_state.well(state, feed.every, now))
            return Told(feed.name, Result.NOT_TAKEN, "its list is disabled")
        if not feed_state.to_be_read(state, now, asked=self.asked):
            if state.refused_at is not None:
                return self._refused(feed, state.problem or "refused before", again=False)
            return self._nothing_new(feed, state)
        try:
            source = self.place.library.read_in(
                feed.name,
                feed.category,
                copy,
                lambda done: say(f"reading {feed.name}", done, state.copy_bytes),
                given=feed.name,
                inside=feed.inside,
                column=feed.column,
            )
        except ListRefused as error:
            return self._refused(feed, str(error))
        except OSError as error:
            return self._away(feed, f"its text cannot be kept: {error.strerror or error}")
        state = feed_state.read(state, source.record.sha256)
        self.store.put_state(feed.name, state)
        if feed_state.to_be_offered(state, source.record.sha256, self._in_library(feed.name)):
            return source
        return self._nothing_new(feed, state)

    def _nothing_new(self, feed: Subscription, state: FeedState) -> Told:
        text, now = state.text_sha256 or "", datetime.now(UTC)
        taken = self._in_library(feed.name) == text
        if taken:
            state = feed_state.offered(state, text, state.offered_at or now)
        self.store.put_state(feed.name, feed_state.well(state, feed.every, now))
        if taken:
            return Told(feed.name, Result.UNCHANGED)
        return Told(
            feed.name,
            Result.NOT_TAKEN,
            "offered before: it waits for a second person, was refused, rolled back or removed; the next list"
            " that is published is offered",
        )

    def _in_library(self, name: str) -> str | None:
        record = self.place.library.files.state().records.get(name)
        return record.sha256 if record else None

    # 3. Offered ----------------------------------------------------------------------------------

    def _groups(self, offers: Iterable[SourceList]) -> Iterator[Sequence[SourceList]]:
        """All at once, but for those that a second person is asked about: no other list waits for that."""
        together = []
        for source in offers:
            rule = self.place.policy.rules.get(source.category)
            if rule is not None and rule.kind is CategoryKind.ORDINARY:
                together.append(source)
            else:
                yield (source,)
        if together:
            yield together

    def _offer(self, sources: Sequence[SourceList]) -> Iterator[Told]:
        puts = tuple(Put(record=source.record) for source in sources)
        change = puts[0] if len(puts) == 1 else Update(puts=puts)
        try:
            done = _patiently(lambda: self._enact(change))
        except (Refused, ConfigurationError) as error:
            if len(sources) > 1:
                for source in sources:
                    yield from self._offer((source,))
            else:
                yield self._refused(self.feeds[sources[0].name], str(error))
            return
        except (Away, OSError) as error:
            for source in sources:
                yield self._away(self.feeds[source.name], f"fetched, and not put in force yet: {error}")
            return
        for source in sources:
            yield self._taken(source, done)

    def _enact(self, change: ListChange) -> Enacted:
        return enact(self.place, change, because=BECAUSE, accept_size=self.accept_size)

    def _taken(self, source: SourceList, done: Enacted) -> Told:
        feed, now = self.feeds[source.name], datetime.now(UTC)
        state = feed_state.offered(self.store.state(feed.name), source.record.sha256, now)
        self.store.put_state(feed.name, feed_state.well(state, feed.every, now))
        told = Told(
            feed.name,
            Result.IN_FORCE,
            entries=source.record.entries,
            held=sum(held.list == feed.name for held in done.held),
            ruleset=done.digest,
        )
        if done.proposal is None:
            return told
        return replace(told, result=Result.PROPOSED, proposal=done.proposal, ruleset=None)

    # What is remembered of a failure ---------------------------------------------------------------

    def _away(self, feed: Subscription, problem: str) -> Told:
        state = feed_state.away(self.store.state(feed.name), problem, feed.every, datetime.now(UTC))
        self.store.put_state(feed.name, state)
        return Told(feed.name, Result.AWAY, storable(problem, 300))

    def _refused(self, feed: Subscription, problem: str, *, again: bool = True) -> Told:
        state, now = self.store.state(feed.name), datetime.now(UTC)
        problem = problem.removeprefix(f"{feed.name}: ")
        self.store.put_state(feed.name, feed_state.refused(state, problem, feed.every, now, copy=again))
        return Told(feed.name, Result.REFUSED, storable(problem, 300))


def _received(say: Say) -> Callable[[Job, int, int], None]:
    return lambda job, received, total: say(f"fetching {job.feed.name}", received, total)


def _patiently[T](do: Callable[[], T]) -> T:
    """Do it once nobody else changes the lists; after some minutes `ListsBusy` is raised after all."""
    until = time.monotonic() + _PATIENCE.total_seconds()
    while True:
        try:
            return do()
        except ListsBusy as error:
            if time.monotonic() > until:
                raise Away(str(error)) from error
            time.sleep(_AGAIN_SECONDS)
