"""
Whether this machine's clock is right, as the kernel knows it (adjtimex(2)).

Every Decision carries the time, and exemptions and disposal go by it. Whoever keeps the clock (chrony,
ntpd, systemd-timesyncd) tells the kernel how far off it may be, and the kernel lets that grow until it is
told again; so nobody needs to be asked over the network.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

_TIME_ERROR = 5  # the return value while the clock is not synchronised
_STA_UNSYNC = 0x0040
_STA_NANO = 0x2000


@dataclass(frozen=True, slots=True)
class Clock:
    """What the kernel says of its clock."""

    synchronised: bool
    offset_s: float  # what is still to be corrected
    max_error_s: float  # how far off it may be at most


class Timex(ctypes.Structure):
    """`struct timex` of linux/timex.h, up to what is read here, with room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),  # microseconds
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


type Adjtimex = Callable[[Timex], int]


def read_clock(adjtimex: Adjtimex | None = None) -> Clock | None:
    """The clock as it is; None where the kernel does not say."""
    answer = Timex()  # modes 0: nothing is changed, and no right is needed
    try:
        state = (adjtimex or _adjtimex)(answer)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    unit = 1e-9 if answer.status & _STA_NANO else 1e-6
    return Clock(
        synchronised=state != _TIME_ERROR and not answer.status & _STA_UNSYNC,
        offset_s=answer.offset * unit,
        max_error_s=answer.maxerror * 1e-6,
    )


def _adjtimex(answer: Timex) -> int:
    state: int = ctypes.CDLL(None).adjtimex(ctypes.byref(answer))
    return state
