"""
Where a worker puts every Decision before its answer leaves.

One slot, one writer, one file that only grows: a record is framed (`db/frames.py`), handed to the
kernel with one `write`, and has then outlived this process. Nothing here knows SQL; the keeper reads
the same files and ships them (`db/spool_reader.py`, `db/shipper.py`).

A spool belongs to the slot and not to the process. Whoever opens a slot begins a segment of its own
and leaves its predecessor's as it is: complete records in it are shipped like any others, and a last
one that was cut off by a crash had not returned, so no answer left on it.

Shipped records are still in the file, in the order they came, and a file goes only once it has a
successor. So a thread begins another every few minutes if the present one holds anything: what is
shipped leaves the disk though nobody asks for anything, and the path of a request looks at no clock.

What can go wrong is taken back. A write that fails half-way (a full disk writes what still fits) is
cut off again before the next one, so that no torn frame ever stands between two whole ones. When the
disk has room again, the next record simply succeeds.

With durability "power", a record has also been synced; one `fdatasync` serves everybody who waits
(`db/group_sync.py`). Code on an event loop awaits `record_soon` there, or the loop would sync once a request.
"""

import asyncio
import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from db.frames import DECISION, OUTCOME, encode
from db.group_sync import GroupSync
from db.segments import FolderLock, new_segment, segments
from db.settings import Durability, SpoolSettings
from policy.decision import Decision, Outcome
from policy.errors import DecisionLogUnavailable

_SEGMENT_BYTES = 16 << 20
_SEGMENT_SECONDS = 600.0
# The keeper takes the lock for a moment when it clears a slot that nobody writes.
_LOCK_PATIENCE = 2.0


class SpoolWriter:
    """
    The writing end of one slot's spool. Thread-safe; make it after the fork.

    Raises `DecisionLogUnavailable` when another process writes this slot.
    """

    def __init__(self, folder: Path, settings: SpoolSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._segment_bytes = min(_SEGMENT_BYTES, settings.max_bytes // 8)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = FolderLock(folder, _LOCK_PATIENCE)
        self._mutex = threading.Lock()
        self._ended: list[int] = []  # segments that wait for their last sync
        self._fd = -1  # begun with the first record: a full disk must not keep a worker from starting
        self._length = 0  # of the segment being written
        self._held = sum(segment.size for segment in segments(folder))  # of all of them, at most
        self._sync = GroupSync(self._sync_now) if settings.durability is Durability.POWER else None
        self._closed = threading.Event()
        self._ageing = threading.Thread(target=self._end_old_segments, name="spool-age", daemon=True)
        self._ageing.start()

    def record(self, decision: Decision) -> None:
        """
        Take the Decision into keeping before returning, or raise `DecisionLogUnavailable`.

        With durability "power" this blocks until the disk has it.
        """
        self._append(encode(DECISION, decision))
        if self._sync is not None:
            _synced(self._sync.ask())

    async def record_soon(self, decision: Decision) -> None:
        """The same from an event loop: with durability "power" others are served while the disk works."""
        self._append(encode(DECISION, decision))
        if self._sync is not None:
            group = self._sync.ask()
            await asyncio.wait([asyncio.wrap_future(group)])
            _synced(group)

    def outcome(self, outcome: Outcome) -> None:
        """Take the Outcome into keeping, or raise `DecisionLogUnavailable`. Never waits for a sync."""
        self._append(encode(OUTCOME, outcome))

    def close(self) -> None:
        """Give the slot up. What was recorded stays."""
        self._closed.set()
        self._ageing.join()
        if self._sync is not None:
            self._sync.close()
        with self._mutex:
            self._end_segment()
            for fd in self._ended:
                os.close(fd)
        self._lock.release()

    def _append(self, frame: bytes) -> None:
        with self._mutex:
            if self._held + len(frame) > self._settings.max_bytes:
                self._look_again(len(frame))
            try:
                if self._fd < 0 or self._length >= self._segment_bytes:
                    self._begin_segment()
                written = os.write(self._fd, frame)
                while written < len(frame):
                    written += os.write(self._fd, frame[written:])
            except OSError as error:
                self._take_back()
                raise DecisionLogUnavailable(
                    f"{self._folder}: the decision cannot be recorded: {error.strerror}"
                ) from error
            self._length += len(frame)
            self._held += len(frame)

    def _look_again(self, wanted: int) -> None:
        """Segments that were shipped since are gone; if that is not enough, there is no room."""
        try:
            self._held = sum(segment.size for segment in segments(self._folder))
        except OSError as error:
            # Nothing of this record was written, so there is nothing to take back, and no reason to give up
            # a descriptor that may not be had again.
            raise DecisionLogUnavailable(
                f"{self._folder}: the spool cannot be looked at: {error.strerror}"
            ) from error
        if self._held + wanted > self._settings.max_bytes:
            raise DecisionLogUnavailable(
                f"{self._folder}: {self._held} bytes wait for the database, which is as much as is allowed "
                "(spool.max_bytes)"
            )

    def _begin_segment(self) -> None:
        self._end_segment()
        path = new_segment(self._folder).path
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._length = 0
        if self._sync is not None:
            _sync_folder(self._folder)

    def _end_old_segments(self) -> None:
        while not self._closed.wait(_SEGMENT_SECONDS):
            with self._mutex:
                if self._fd >= 0 and self._length > 0:
                    # On a full disk the next record says so, or finds room and begins one.
                    with suppress(OSError):
                        self._begin_segment()

    def _end_segment(self) -> None:
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        if self._sync is None:
            os.close(fd)
        else:
            self._ended.append(fd)  # somebody may still be waiting for what was appended to it

    def _take_back(self) -> None:
        """Cut off what was written of a record that failed."""
        if self._fd < 0:
            return
        torn = False
        try:
            os.ftruncate(self._fd, self._length)
        except OSError:
            torn = True
        # What comes next begins a segment of its own, so that this one can be removed once it is shipped:
        # on a full disk that may be all the room there is. An empty one is kept; they would heap up.
        if torn or self._length > 0:
            self._end_segment()

    def _sync_now(self) -> None:
        with self._mutex:
            # A copy of the descriptor, since the segment may be ended while the disk works.
            current = [os.dup(self._fd)] if self._fd >= 0 else []
            syncing, self._ended = [*self._ended, *current], []
        try:
            for fd in syncing:
                os.fdatasync(fd)
        except OSError:
            # The kernel has forgotten which pages it could not write: nothing more may rely on this segment.
            with self._mutex:
                self._end_segment()
            raise
        finally:
            for fd in syncing:
                os.close(fd)


def _synced(group: Future[None]) -> None:
    try:
        group.result()
    except OSError as error:
        raise DecisionLogUnavailable(
            f"the decision cannot be synced to the disk: {error.strerror}"
        ) from error


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
