"""`sluicegate lists update`: fetch what is due and put it in force, once or for as long as it runs."""

import signal
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Annotated

import typer

from categories.feeds.store import FeedStore
from console.cli import show
from console.cli.lists.feeds import span_of
from console.cli.times import show_moment
from console.cli.workplace import workplace
from console.lists.feeds import FAILED, Result, Told, next_due
from console.lists.feeds import update as update_feeds
from policy.errors import SluicegateError
from policy.identifiers import show_reference

REFUSED, AWAY = 1, 4
_SHORTEST = timedelta(minutes=1)


def update(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="These feeds, now; without, what is due.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="All feeds, due or not.")] = False,
    every: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Go on, and look this often: 6h; until SIGTERM.")
    ] = None,
    accept_size: Annotated[
        bool, typer.Option("--accept-size", help="The lists may have shrunk or grown beyond the bounds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a feed and line.")] = False,
) -> int:
    """
    Fetch the feeds that are due, and put what is new in force, together.

    Each feed by itself: one that fails, or sends what is no list, keeps its
    last good list and stops no other. What was rolled back is not taken again
    until another list is published. Exit code 1 where a list was refused, 4
    where a server was away.

    From a timer, hourly, or in a container with --every, which survives every
    error and ends at once on SIGTERM.

    Examples:
      sluicegate lists update
      sluicegate lists update hagezi-gambling --accept-size
      sluicegate lists update --every 6h
    """
    pause = span_of("--every", every)
    if pause is not None and pause < _SHORTEST:
        raise typer.BadParameter("--every: expected a minute or more")
    with _ended_by_a_signal():
        if pause is not None:
            _keep_updating(pause, as_json=as_json)
        told = update_feeds(workplace(), names or (), everything=now, accept_size=accept_size)
    _show(told, as_json=as_json)
    if not told and not as_json:
        _say_when_next()
    results = {one.result for one in told}
    if Result.REFUSED in results:
        return REFUSED
    return AWAY if Result.AWAY in results else 0


def _keep_updating(pause: timedelta, *, as_json: bool) -> None:
    """Until a signal ends it. Settings and policy are read again each time: they may have changed."""
    while True:
        wait = pause
        try:
            place = workplace()
            _show(update_feeds(place), as_json=as_json)
            now = datetime.now(UTC)
            due = next_due(FeedStore(place.lists), now)
            if due is not None:
                # One that failed is tried again sooner; never more often than once a minute.
                wait = min(pause, max(due - now, _SHORTEST))
        except (SluicegateError, OSError) as error:
            show.note(f"{error}; trying again in a minute")
            wait = _SHORTEST
        except Exception:  # noqa: BLE001 - a bug shows itself as one, and lists still have to be kept current
            traceback.print_exc()
        time.sleep(wait.total_seconds())


def _show(told: Iterable[Told], *, as_json: bool) -> None:
    for one in told:
        if as_json:
            show.json_line(asdict(one))
        else:
            show.line(_line(one))


def _line(told: Told) -> str:
    parts = [f"{show.plain(told.name)}: {told.result}"]
    if told.entries is not None:
        parts.append(f"{told.entries:,} entries")
    if told.held:
        parts.append(f"{told.held:,} of them held back, see: sluicegate lists pending")
    if told.proposal:
        parts.append(f"approve: sluicegate lists approve {show_reference(told.proposal)}")
    if told.because:
        parts.append(show.plain(told.because, 300))
    return ", ".join(parts) if told.result not in FAILED else f"{parts[0]}: {parts[-1]}"


def _say_when_next() -> None:
    store = FeedStore(workplace().lists)
    due = next_due(store, datetime.now(UTC))
    if due is None:
        show.line("no feed is subscribed; see: sluicegate lists catalogue")
    else:
        show.line(f"nothing is due until {show_moment(due)}; all of them now: sluicegate lists update --now")


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """
    SIGTERM is like Ctrl-C: whatever is going on is undone or finished, and its processes are ended.

    The first process of a container has no default for it: without this it would be killed after a while.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
