"""
Since when a list has had an entry, by the texts that were in force one after another.

An entry is looked for in the version before, then two, four, eight versions back, until one does not have
it; between there and the last that does the first is found by halving. So a year of daily updates takes some
fifteen looks instead of 365, of which each unpacks a text. What it gives up: an entry that went out and came
back between two looks counts as having been there all the while.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Version:
    """A text of a list, and when it was put in force."""

    at: datetime
    sha256: str
    left_out: frozenset[int] = frozenset()  # lines of it that were not in force


@dataclass(frozen=True, slots=True)
class Since:
    """The earliest version that is known to have the entry."""

    at: datetime
    exact: bool  # or it may have been there before


def since(
    versions: Sequence[Version],
    has: Callable[[Version], bool | None],
    *,
    complete: bool,
    out_of_time: Callable[[], bool],
) -> Since | None:
    """
    Since when the newest of `versions` (oldest first) has had the entry; it is taken to have it.

    `has` tells of a version whether it has the entry; None where its text is no longer kept.
    `complete` says that the list was not in force before its first version. Once `out_of_time`, what is known
    by then is the answer. None without a version.
    """
    if not versions:
        return None
    first, step = len(versions) - 1, 1  # the earliest that is known to have it, and how far back to look next
    without, kept = -1, complete  # the latest that is not, and whether that is known of it
    while first - without > 1:
        if out_of_time():
            return Since(versions[first].at, exact=False)
        at = max(0, first - step) if without < 0 else (first + without) // 2
        found = has(versions[at])
        if found:
            first, step = at, step * 2
        else:
            without, kept = at, found is not None
    return Since(versions[first].at, exact=kept)
