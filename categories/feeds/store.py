"""
Where feeds are kept, beside the lists they become.

    lists/feeds/<name>.json           the subscription, as an operator gave it
    lists/feeds/state/<name>.json     what is known of it
    lists/feeds/copies/<sha256>       what its server sent, whole and proven
    lists/feeds/.lock                 held by whoever updates

Every file is whole or not there: it is written under another name and renamed, a copy before the state that
names it. So whatever is stopped, and when, a state names a copy that is there; what no state names is cleared
away by the next update. The lock is not the library's: while a server dawdles, lists may change.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ValidationError

from categories.durable import forgotten, sync, unfinished, write_whole
from categories.feeds.state import FeedState
from categories.feeds.subscription import Subscription
from policy.errors import ConfigurationError, ListRefused, ListsBusy

FOLDER = "feeds"


class FeedStore:
    """The feeds of the library below `lists`; nothing is created by naming it."""

    def __init__(self, lists: Path) -> None:
        self._root = lists / FOLDER
        self._states = self._root / "state"
        self.copies = self._root / "copies"

    def names(self) -> tuple[str, ...]:
        """Of every subscription, in order."""
        return tuple(sorted(path.stem for path in self._root.glob("*.json")))

    def subscription(self, name: str) -> Subscription:
        """The one of this name. Raises `ListRefused` where there is none, `ConfigurationError` for damage."""
        path = self._root / f"{name}.json"
        if name not in self.names():
            known = ", ".join(self.names()) or "none"
            raise ListRefused(f"{name}: no feed has this name (subscribed: {known})")
        return _read(path, Subscription, "subscribe again")

    def state(self, name: str) -> FeedState:
        """What is known of it. Raises `ConfigurationError` for damage."""
        path = self._states / f"{name}.json"
        return _read(path, FeedState, "remove this file") if path.exists() else FeedState()

    def copy(self, state: FeedState) -> Path | None:
        """What its server sent last, if it is there."""
        path = self.copies / state.copy_sha256 if state.copy_sha256 else None
        return path if path is not None and path.is_file() else None

    def put(self, feed: Subscription) -> None:
        """Subscribe, in place of one of this name; what is known of that begins anew."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._states / f"{feed.name}.json").unlink(missing_ok=True)
        write_whole(self._root / f"{feed.name}.json", feed.model_dump_json(indent=1).encode())

    def put_state(self, name: str, state: FeedState) -> None:
        """Remember it."""
        self._states.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._states / f"{name}.json", state.model_dump_json(indent=1).encode())

    def remove(self, name: str) -> None:
        """Unsubscribe; the list stays. Raises `ListRefused` where there is none."""
        if name not in self.names():
            self.subscription(name)
        (self._root / f"{name}.json").unlink(missing_ok=True)
        (self._states / f"{name}.json").unlink(missing_ok=True)
        sync(self._root)

    @contextmanager
    def updating(self) -> Iterator[None]:
        """
        The right to be the only one who fetches; clears away, before and after, what no state names.

        Raises `ListsBusy` where somebody else has it.
        """
        self.copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ListsBusy("another update of the feeds is running; try again when it is done") from None
            self._clear()
            try:
                yield
            finally:
                self._clear()
        finally:
            os.close(lock)

    def _clear(self) -> None:
        # Whoever subscribes does not wait for an update to end, and may be writing just now.
        for left in (*forgotten(self._root), *unfinished(self._states), *unfinished(self.copies)):
            left.unlink(missing_ok=True)
        named: set[str | None] = set()
        for name in self.names():
            try:
                named.add(self.state(name).copy_sha256)
            except ConfigurationError:
                return  # which copy is whose is not known now; whoever reads that state will say so
        for path in self.copies.iterdir():
            if path.name not in named:
                path.unlink(missing_ok=True)


def _read[M: BaseModel](path: Path, form: type[M], cure: str) -> M:
    try:
        return form.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"{path}: damaged; {cure}") from error
