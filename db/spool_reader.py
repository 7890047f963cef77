"""
The reading end of one slot's spool: what is there after the position that was kept.

The last segment may be growing under us, so there an unfinished frame means "not yet". A segment with
a successor is finished: nobody writes it any more, and a tail that is not a whole frame is a record
that a crash cut off before it returned. Damage with whole frames behind it (a disk that lost a block)
is stepped over, counted, and the segment kept beside the others as `.damaged` for whoever looks.

The position is kept by writing it beside and renaming. It may be older than the truth, never newer:
a row that is there already is left alone (`db/shipper.py`), so losing the file loses and doubles nothing.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec

from db.frames import MAGIC, Frame, UnknownRecord, count_frames, frames, next_frame
from db.segments import FolderLock, Segment, segments
from policy.errors import DecisionLogUnavailable

_READ_BYTES = 8 << 20
# Of what waits, to find out since when.
_LOOKED_AT_BYTES = 64 << 10
_LOOKED_AT = 64
_POSITION = "position"


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one segment that stand one after another from the kept position to `end`."""

    segment: UUID
    end: int
    frames: Sequence[Frame]


@dataclass(frozen=True, slots=True)
class Pending:
    """What a slot still holds for the database."""

    records: int
    bytes: int


class _Position(msgspec.Struct):
    """Everything of this segment before the offset is shipped, and every older segment."""

    segment: UUID
    offset: Annotated[int, msgspec.Meta(ge=0)]


class SpoolReader:
    """Reads one slot in order. One at a time a slot: the keeper."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._position_file = folder / _POSITION
        self._segment, self._offset = read_position(folder)
        self._counted: dict[UUID, tuple[int, int]] = {}  # by segment: counted up to here, so many wait
        self.damaged_bytes = 0  # stepped over since this reader was made

    def next_batch(self, most: int) -> Batch | None:
        """Up to `most` records after the position, or None when there is nothing whole to read now."""
        while (left := segments(self._folder)) != []:
            segment, finished = left[0], len(left) > 1
            offset = self._offset_in(segment)
            data = _read(segment.path, offset, _READ_BYTES)
            found = list(islice(frames(data), most))
            if found:
                return Batch(segment.id, offset + found[-1].end, found)
            if not finished:
                return None
            self._step_over(segment, offset)
        return None

    def following(self, batch: Batch, most: int) -> Batch | None:
        """
        What stands behind `batch` in its segment: to be made ready while that one is on its way.

        Up to `most` records; None where none is whole there. The next one, once `batch` is advanced over.
        """
        path = next((one.path for one in segments(self._folder) if one.id == batch.segment), None)
        if path is None:
            return None
        found = list(islice(frames(_read(path, batch.end, _READ_BYTES)), most))
        return Batch(batch.segment, batch.end + found[-1].end, found) if found else None

    def advance(self, batch: Batch) -> None:
        """All of `batch` is in the database."""
        upto, waiting = self._counted.get(batch.segment, (0, 0))
        counted = upto >= batch.end
        self._counted[batch.segment] = (upto, waiting - len(batch.frames)) if counted else (batch.end, 0)
        self._keep_position(batch.segment, batch.end)

    def clear(self) -> None:
        """Remove the last segment too when all of it is shipped and nobody writes this slot."""
        left = segments(self._folder)
        if len(left) != 1 or self._offset_in(left[0]) == 0:
            return
        try:
            lock = FolderLock(self._folder)
        except DecisionLogUnavailable:
            return
        try:
            # Looked at under the lock: nobody can append between this look and the removal.
            rest = _read(left[0].path, self._offset, _READ_BYTES)
            if segments(self._folder) == left and next_frame(rest, 0) is None:
                left[0].path.unlink()
        finally:
            lock.release()

    def pending(self) -> Pending:
        """What waits; cheap, since only what was appended since the last call is looked at."""
        records = held = 0
        counted: dict[UUID, tuple[int, int]] = {}
        for segment in segments(self._folder):
            offset = self._offset_in(segment)
            upto, waiting = self._counted.get(segment.id, (offset, 0))
            with suppress(FileNotFoundError):
                while (data := _read(segment.path, upto, _READ_BYTES)) and (more := count_frames(data))[0]:
                    upto, waiting = upto + more[1], waiting + more[0]
            counted[segment.id] = (upto, waiting)
            records += waiting
            held += max(segment.size - offset, 0)
        self._counted = counted
        return Pending(records, held)

    def oldest(self) -> datetime | None:
        """
        When the record was made that has waited longest; None where none waits.

        Of what is kept by the hour alone no more is known than the hour, so the first record that says more
        is looked for among the next few. Where none does, its segment began no earlier than it says.
        """
        for segment in segments(self._folder):
            with suppress(FileNotFoundError):
                data = _read(segment.path, self._offset_in(segment), _LOOKED_AT_BYTES)
                made = [
                    at for frame in islice(frames(data), _LOOKED_AT) if (at := _made_at(frame)) is not None
                ]
                exact = (at for at in made if at.replace(minute=0, second=0, microsecond=0) != at)
                if (found := next(exact, None)) is not None:
                    return found
                if made:
                    return max(made[0], datetime.fromtimestamp((segment.id.int >> 80) / 1000, UTC))
        return None

    def _offset_in(self, segment: Segment) -> int:
        return self._offset if segment.id == self._segment else 0

    def _step_over(self, segment: Segment, offset: int) -> None:
        """No whole frame stands at `offset` of a finished segment: go on behind the damage, or end it."""
        rest = _read(segment.path, offset, segment.size)
        following = next_frame(rest, 0)
        # What begins like a frame and is the last is a record that a crash cut off; all else is damage.
        if following is not None or not rest.startswith(MAGIC[: len(rest)]):
            self.damaged_bytes += len(rest) if following is None else following
            with suppress(FileExistsError):
                segment.path.with_suffix(".damaged").hardlink_to(segment.path)
        if following is None:
            segment.path.unlink()
        else:
            self._keep_position(segment.id, offset + following)

    def _keep_position(self, segment: UUID, offset: int) -> None:
        self._segment, self._offset = segment, offset
        beside = self._position_file.with_suffix(".new")
        # A full disk must not keep us from shipping, which is what makes room on it.
        with suppress(OSError):
            beside.write_bytes(msgspec.json.encode(_Position(segment, offset)))
            beside.replace(self._position_file)


def read_position(folder: Path) -> tuple[UUID | None, int]:
    """Up to where, and in which segment, a slot is known to be shipped; None where nothing is known."""
    try:
        kept = msgspec.json.decode((folder / _POSITION).read_bytes(), type=_Position)
    except (OSError, msgspec.DecodeError):
        return None, 0
    return kept.segment, kept.offset


def _made_at(frame: Frame) -> datetime | None:
    try:
        return frame.record().at
    except UnknownRecord:
        return None


def _read(path: Path, offset: int, most: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        return file.read(most) or b""
