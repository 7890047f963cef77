"""
The records that wait for the database: copied beside a running gateway, put back for a restored one.

A record brings its own identifier and becomes a row once, however often it is sent. So a copy may hold too
much but never too little: what has been shipped is read *before* the segments, and whatever is shipped
meanwhile stands in both. A copy of the database that is made after the copy of the spool therefore lacks
nothing that an answer has left for.

A backup may lie for years. What comes back is held against the policy's days before it is put back.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from db.frames import frames, next_frame
from db.segments import SUFFIX, segments, slots
from db.spool_reader import read_position
from policy.decision import Decision, Outcome
from policy.document import Policy
from policy.errors import BackupRefused

# Twice what a worker puts into one, and then some (`db/spool.py`).
MOST_SEGMENT_BYTES = 64 << 20

type Keep = Callable[[Decision | Outcome], bool]


@dataclass(frozen=True, slots=True)
class WaitingSegment:
    """What one segment of a slot still holds for the database, whole records only."""

    name: str  # "slot-3/00000001-….spool"
    data: bytes


def waiting(root: Path) -> Iterator[WaitingSegment]:
    """Everything below a spool folder that waits, as it is now. Changes nothing. Raises `OSError`."""
    for _, folder in slots(root):
        shipped, offset = read_position(folder)
        for segment in segments(folder):
            try:
                data = segment.path.read_bytes()
            except FileNotFoundError:  # shipped since we looked
                continue
            whole = _whole(data, offset if segment.id == shipped else 0)
            if whole:
                yield WaitingSegment(f"{folder.name}/{segment.path.name}", whole)


def within_days(policy: Policy, now: datetime) -> Keep:
    """Whether the policy still keeps a record at `now`."""
    since = {
        retention: now - timedelta(days=record.keep_days) for retention, record in policy.records.items()
    }
    return lambda record: record.at >= since[record.retention_class]


def put_back(root: Path, name: str, data: bytes, keep: Keep) -> tuple[int, int]:
    """
    Make a segment of what `waiting` gave, without the records that are not to be kept.

    Returns how many records are there now, and how many were left out. Raises `BackupRefused` for what is no
    segment, or holds a record that this release cannot read, and so cannot date.
    """
    path = _place(root, name)
    kept: list[bytes] = []
    out = end = 0
    for frame in frames(data):
        try:
            record = frame.record()
        except ValueError as error:
            raise BackupRefused(f"{name}: {error}; restore with the release that made the backup") from error
        if record.at.tzinfo is None:
            raise BackupRefused(f"{name}: a record has a time without a zone, as none of ours has")
        end = frame.end
        if keep(record):
            kept.append(frame.data())
        else:
            out += 1
    if end != len(data):
        raise BackupRefused(f"{name}: not records of a spool from byte {end:,} on")
    if kept:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(b"".join(kept))
        path.chmod(0o600)
    return len(kept), out


def _whole(data: bytes, start: int) -> bytes:
    """The whole frames from `start` on, without damage and without a tail that is being written."""
    found: list[bytes] = []
    while (begin := next_frame(data, start)) is not None:
        for frame in frames(data, begin):
            start = frame.end
        found.append(data[begin:start])
    return b"".join(found)


def _place(root: Path, name: str) -> Path:
    slot, _, file = name.partition("/")
    number, _, identifier = file.removesuffix(SUFFIX).partition("-")
    try:
        fits = f"{int(number):08d}-{UUID(hex=identifier).hex}{SUFFIX}" == file
    except ValueError:
        fits = False
    if not fits or not re.fullmatch(r"slot-(0|[1-9][0-9]{0,3})", slot):
        raise BackupRefused(f"{name!r}: not the name of a spool's segment")
    return root / slot / file
