"""
Identifiers: UUIDv7 for rows, eight Crockford characters for people.

Both draw from `os.urandom`, which is safe after fork: two workers forked from one process never
share a stream, as a generator in user space would. (Python 3.14 brings `uuid.uuid7`; 3.13 has none.)
"""

import os
import time
from uuid import UUID, SafeUUID

from policy.errors import Refused

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Ten bits at a time: every request gets a reference.
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)

_VERSION_7_OF_RFC_9562 = 0x7 << 76 | 0x2 << 62
_RANDOM = (1 << 80) - 1 & ~(0xF << 76 | 0x3 << 62)

_NEW, _SET = object.__new__, object.__setattr__

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def uuid7() -> UUID:
    """A time-ordered random identifier (RFC 9562, section 5.7): 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(os.urandom(10)) & _RANDOM | _VERSION_7_OF_RFC_9562
    # As `UUID(int=value)`, past the questions it asks of what else it may have been given.
    made = _NEW(UUID)
    _SET(made, "int", value)
    _SET(made, "is_safe", SafeUUID.unknown)
    return made


def on_the_hour(id_: UUID) -> UUID:
    """
    The same identifier with the time in it cut back to the hour.

    For rows that may hold no more of the time than that: the identifier would tell it to the millisecond.
    """
    milliseconds = id_.int >> 80
    return UUID(int=(milliseconds - milliseconds % 3_600_000) << 80 | id_.int & ((1 << 80) - 1))


def new_reference() -> str:
    """
    Eight random Crockford base 32 characters, without the hyphen they are shown with (40 bits).

    Random and not counted: a reference that a person reads out says nothing about anybody else's.
    """
    return _crockford(int.from_bytes(os.urandom(5)))


def reference_of(id_: UUID) -> str:
    """
    The reference that goes with a row: 40 of the random bits of its identifier.

    As random as any, and without asking the kernel for more of it on the path of every request.
    """
    return _crockford(id_.int & ((1 << 40) - 1))


def _crockford(bits: int) -> str:
    return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]


def show_reference(reference: str) -> str:
    """`K7QF2M9T` as a person reads it: `K7QF-2M9T`."""
    return f"{reference[:4]}-{reference[4:]}"


def read_reference(text: str) -> str:
    """
    The reference a person typed, in any case, with or without hyphen, O for 0 and I or L for 1.

    Raises `Refused` when it is not one.
    """
    reference = text.strip().upper().translate(_READ_AS)
    if len(reference) != 8 or any(character not in _CROCKFORD for character in reference):
        raise Refused(f"{text[:40]!r} is not a reference: eight letters and digits such as K7QF-2M9T")
    return reference
