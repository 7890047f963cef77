"""
How one record lies in a spool segment.

    c1 53 | kind (1) | length (4, little-endian) | CRC-32 of kind and payload (4) | payload

The payload is MessagePack. Its first byte can never be c1, which MessagePack leaves unused, and a
frame is believed only when its checksum holds; so a reader that meets damage can look for the next
frame instead of giving up the rest of the segment. `kind` says what the record is and in which
version of its form; a form is never changed, a new one gets a new number.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any

import msgspec

from policy.decision import Decision, Outcome
from policy.text import storable

DECISION = 1
OUTCOME = 2

MAGIC = b"\xc1\x53"
HEADER = struct.Struct("<2sBII")
MAX_PAYLOAD = 512 * 1024  # a longer length is damage, not a record

# `policy/record.py` has bounded every field long before. This is the last door, and it must not be able
# to fail: a record that is larger than this, or does not encode, is cut to these, and then always fits.
_LARGE = 64 * 1024
_MOST_CHARACTERS = 512
_MOST_ITEMS = 16

_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoders: dict[int, msgspec.msgpack.Decoder[Decision] | msgspec.msgpack.Decoder[Outcome]] = {
    DECISION: msgspec.msgpack.Decoder(Decision),
    OUTCOME: msgspec.msgpack.Decoder(Outcome),
}


class UnknownRecord(ValueError):
    """A whole frame that this release cannot read: another release wrote it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole record: where its frame begins and ends, its kind and its payload."""

    start: int
    end: int
    kind: int
    payload: bytes

    def data(self) -> bytes:
        """The frame as it stands in the segment."""
        return _framed(self.kind, self.payload)

    def record(self) -> Decision | Outcome:
        """What was recorded. Raises `UnknownRecord`."""
        try:
            return _decoders[self.kind].decode(self.payload)
        except (KeyError, msgspec.DecodeError) as error:
            raise UnknownRecord(f"a record of kind {self.kind} that this release cannot read") from error


def encode(kind: int, item: Decision | Outcome) -> bytes:
    """The frame of one record; text that cannot be stored is escaped, text beyond all bounds cut."""
    try:
        payload = _encoder.encode(item)
    except UnicodeEncodeError:  # a lone surrogate
        payload = _encoder.encode(_bounded(item))
    if len(payload) > _LARGE:
        payload = _encoder.encode(_bounded(item))
    return _framed(kind, payload)


def frames(data: bytes, start: int = 0) -> Iterator[Frame]:
    """The whole frames that stand one after another from `start`; ends at the first that is not whole."""
    while (frame := _frame_at(data, start)) is not None:
        yield frame
        start = frame.end


def count_frames(data: bytes) -> tuple[int, int]:
    """How many frames stand one after another, by their headers only, and where the last ends."""
    count = end = 0
    while end + HEADER.size <= len(data):
        magic, _, length, _ = HEADER.unpack_from(data, end)
        if magic != MAGIC or end + HEADER.size + length > len(data):
            break
        count, end = count + 1, end + HEADER.size + length
    return count, end


def next_frame(data: bytes, start: int) -> int | None:
    """Where the next whole frame begins at or after `start`, behind whatever damage stands there."""
    while (start := data.find(MAGIC, start)) >= 0:
        if _frame_at(data, start) is not None:
            return start
        start += 1
    return None


def _framed(kind: int, payload: bytes) -> bytes:
    return HEADER.pack(MAGIC, kind, len(payload), zlib.crc32(payload, kind)) + payload


def _frame_at(data: bytes, start: int) -> Frame | None:
    begin = start + HEADER.size
    if begin > len(data):
        return None
    magic, kind, length, checksum = HEADER.unpack_from(data, start)
    end = begin + length
    if magic != MAGIC or end > len(data) or length > MAX_PAYLOAD:
        return None
    payload = data[begin:end]
    return Frame(start, end, kind, payload) if zlib.crc32(payload, kind) == checksum else None


def _bounded(value: Any) -> Any:
    """`value` with every text in it storable and cut, and every tuple short."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return storable(value, _MOST_CHARACTERS)
    if isinstance(value, tuple):
        return tuple(_bounded(part) for part in value[:_MOST_ITEMS])
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _bounded(getattr(value, field.name)) for field in fields(value)})
    return value
