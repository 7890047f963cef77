"""
The files of one slot's spool.

    spool/slot-3/
        lock                              held by the process that writes this slot
        00000001-<32 hex digits>.spool    segments, in the order they were begun
        position                          what has been shipped (`db/spool_reader.py`)

A segment's name is its number in the slot and an identifier that is its own in the whole world, so
that a batch can be named by segment and offset whatever gateway it comes from.
"""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from policy.errors import DecisionLogUnavailable
from policy.identifiers import uuid7

SUFFIX = ".spool"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One segment file of a slot; they sort in the order they were begun."""

    number: int
    id: UUID
    path: Path

    @property
    def size(self) -> int:
        """Bytes; 0 once it is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def segments(folder: Path) -> list[Segment]:
    """
    The segments of a slot, oldest first; none where there is no such folder.

    Raises `OSError` where it cannot be read.
    """
    return sorted(_segment(folder / name) for name in _names(folder) if name.endswith(SUFFIX) and "-" in name)


def new_segment(folder: Path) -> Segment:
    """The next segment's name; the file is the caller's to make. Raises `OSError`."""
    existing = segments(folder)
    number = existing[-1].number + 1 if existing else 1
    return _segment(folder / f"{number:08d}-{uuid7().hex}{SUFFIX}")


def _names(folder: Path) -> list[str]:
    """
    What lies in a folder. Not `Path.glob`, to which a folder that it may not open is an empty one: without
    a descriptor left, the next segment would be numbered as the first, and be shipped before its elders.
    """
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        return []


def _segment(path: Path) -> Segment:
    number, _, identifier = path.stem.partition("-")
    return Segment(int(number), UUID(hex=identifier), path)


def slots(root: Path) -> list[tuple[int, Path]]:
    """Every slot under `root` with its number; none where there is no such folder. Raises `OSError`."""
    found = [(name.removeprefix("slot-"), root / name) for name in _names(root) if name.startswith("slot-")]
    return sorted((int(number), path) for number, path in found if number.isdecimal())


def slot_folder(root: Path, slot: int) -> Path:
    """The folder of slot `slot`."""
    return root / f"slot-{slot}"


class FolderLock:
    """
    The right to write in a folder. The kernel takes it back when the process dies, however it dies.

    Raises `DecisionLogUnavailable` when another process keeps it for longer than `patience` seconds.
    """

    def __init__(self, folder: Path, patience: float = 0.0) -> None:
        self._fd = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(self._fd)
                    raise DecisionLogUnavailable(
                        f"{folder}: another process has this folder; stop it first"
                    ) from None
                time.sleep(0.01)

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._fd)
