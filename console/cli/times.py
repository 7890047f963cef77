"""
Times as people type and read them. Pure: the present moment is handed in.

A person at a terminal means their own clock: what names no zone is local time, and every time that is
shown carries its zone, so that "until 17:30" cannot be misread.
"""

import re
from datetime import datetime, time, timedelta

_SPAN = re.compile(r"\+?(\d{1,6})\s*(s|m|h|d|w)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EXPECTED = "a date or time such as 2026-12-01, 2026-12-01T17:30, 17:30, +2h or 7d"
EXPECTED_SPAN = "a span such as 90s, 30m or 1h"
EXPECTED_SINCE = "a span such as 30m, 1h or 2d, or a date or time such as 2026-12-01T17:30"


def _span_away(text: str, now: datetime, sign: int) -> datetime | None:
    """`now` and a span such as 2h, or None where `text` is no span."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    span = sign * timedelta(**{_UNITS[found[2]]: int(found[1])})
    if found[2] in "dw":
        # A day keeps the hour of the wall clock when the clocks change; an hour is a length.
        return (now.astimezone().replace(tzinfo=None) + span).astimezone()
    return now + span


def read_span(text: str) -> timedelta:
    """A length of time such as 90s, 30m or 1h. Raises `ValueError` saying what was expected."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:40]!r}: expected {EXPECTED_SPAN}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _read_iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    return moment if moment.tzinfo else moment.astimezone()


def read_moment(text: str, now: datetime) -> datetime:
    """
    A moment to come: a span from now, an hour of the clock (the next time it strikes), or ISO 8601.

    A date alone is its first moment. Raises `ValueError` saying what was expected.
    """
    try:
        if (moment := _span_away(text, now, 1)) is not None:
            return moment
        if clock := _CLOCK.fullmatch(text.strip()):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            here = now.astimezone().replace(tzinfo=None)
            moment = datetime.combine(here.date(), time(hour, minute, second)).astimezone()
            return moment if moment > now else (moment.replace(tzinfo=None) + timedelta(days=1)).astimezone()
        return _read_iso(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r}: expected {EXPECTED}") from None


def read_since(text: str, now: datetime) -> datetime:
    """A moment gone by: a span before now, or ISO 8601. Raises `ValueError` saying what was expected."""
    try:
        return _span_away(text, now, -1) or _read_iso(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r}: expected {EXPECTED_SINCE}") from None


def show_moment(moment: datetime) -> str:
    """`2026-12-01 17:30:00 GMT`: the local clock, with its zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def show_span(span: timedelta) -> str:
    """`3 d`, `2 h`, `5 min` or `12 s`: one unit, the largest that is not nothing."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
