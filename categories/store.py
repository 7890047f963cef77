"""
Compiled Rulesets, and the one that is in force.

    rulesets/<digest>/        a compiled folder, never changed
    rulesets/current          a symbolic link to one of them; put in force by renaming a new link over it
    rulesets/.lock            held by whoever builds, so that two builds do not clear away each other's work

A build writes into a folder of another name, which gets its own only when everything in it is on the
disk. So whatever is stopped, and when, every folder with a digest for a name is whole and `current` leads
to one. Removing a folder that a worker has mapped is harmless: its files live as long as the mapping.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from categories.confidential.key import NAME as KEY_FILE
from categories.durable import beside, put, sync, unfinished
from categories.ruleset import Ruleset
from policy.errors import ListRefused, ListsBusy

_log = logging.getLogger(__name__)


class RulesetStore:
    """The compiled Rulesets below `root`."""

    def __init__(self, root: Path, key_file: Path | None = None) -> None:
        """`key_file` has the key of the confidential lists; without it, that of the state folder around."""
        self.root = root
        self.key_file = key_file or root.parent / KEY_FILE
        self._current = root / "current"

    def folder(self, digest: str) -> Path:
        """Where the Ruleset of this digest is, or would be."""
        return self.root / digest

    def current_digest(self) -> str | None:
        """The digest of the Ruleset in force, if there is one."""
        try:
            return self._current.readlink().name
        except OSError:
            return None

    def renewed_at(self) -> int:
        """When the link was last put in place, in nanoseconds; 0 where there is none."""
        try:
            return self._current.lstat().st_mtime_ns
        except OSError:
            return 0

    def open_current(self) -> Ruleset:
        """The Ruleset in force. Raises `ListRefused` where there is none or it is damaged."""
        digest = self.current_digest()
        if digest is None:
            raise ListRefused(f"{self.root}: no Ruleset is in force; build one: sluicegate lists activate")
        return self.open(self.folder(digest))

    def open(self, folder: Path) -> Ruleset:
        """The Ruleset in a folder below `root`, finished or not. Raises `ListRefused`."""
        return Ruleset.open(folder, self.key_file)

    def opens(self, digest: str) -> bool:
        """Whether the Ruleset of this digest is here, whole, and of this engine."""
        try:
            self.open(self.folder(digest))
        except ListRefused:
            return False
        return True

    def put_in_force(self, digest: str) -> None:
        """
        Let every worker judge by this Ruleset.

        It is opened first: raises `ListRefused`, and changes nothing, where it does not open.
        """
        self.open(self.folder(digest))
        link = beside(self._current)
        link.symlink_to(digest)
        put(link, self._current)

    def put_back(self, former: str | None) -> None:
        """Put in force what was so before; None: nothing. Raises `ListRefused`."""
        if former is not None:
            self.put_in_force(former)
        else:
            self._current.unlink()
            sync(self.root)

    @contextmanager
    def building(self) -> Iterator[Path]:
        """
        An empty folder to build in, and the right to be the only one who builds.

        Raises `ListsBusy` where somebody else builds.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ListsBusy(f"{self.root}: another build is running; try again when it is done") from None
            for left in unfinished(self.root):
                _remove(left)
            temporary = beside(self.root / "building")
            temporary.mkdir()
            try:
                yield temporary
            finally:
                _remove(temporary)
        finally:
            os.close(lock)

    def adopt(self, temporary: Path, digest: str) -> None:
        """Give a finished folder its name. Only while `building`."""
        for path in temporary.iterdir():
            sync(path)
        sync(temporary)
        folder = self.folder(digest)
        if folder.exists():  # damaged, or it would not have been built again
            folder.rename(beside(folder))
        put(temporary, folder)

    def prune(self, keep: int = 2) -> None:
        """Remove all but the Ruleset in force and the `keep` newest others."""
        current = self.current_digest()
        others = [
            path
            for path in self.root.iterdir()
            if path.is_dir() and not path.is_symlink() and path.name != current and path.name[0] != "."
        ]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]:
            _remove(path)


class CurrentRuleset:
    """
    A worker's view of the Ruleset in force: `ruleset` is rebound when another one is.

    No lock: a request that took the old one finishes with it, which is what we want, since a Decision
    names one Ruleset.
    """

    def __init__(self, store: RulesetStore) -> None:
        """Raises `ListRefused` where there is no Ruleset that opens."""
        self._store = store
        self.ruleset = store.open_current()
        self._refused: tuple[str, int] | None = None

    def refresh(self) -> bool:
        """
        Open the Ruleset in force if it is another one; whether it was. Called twice a second by a thread.

        One that does not open changes nothing, is reported once, and is tried again when the link is
        renewed.
        """
        digest = self._store.current_digest()
        if digest is None or digest == self.ruleset.digest:
            return False
        renewed = self._store.renewed_at()
        if self._refused == (digest, renewed):
            return False
        try:
            self.ruleset = self._store.open(self._store.folder(digest))
        except ListRefused as error:
            self._refused = (digest, renewed)
            _log.error("the Ruleset in force stays %s: %s", self.ruleset.digest[:12], error)
            return False
        return True


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
