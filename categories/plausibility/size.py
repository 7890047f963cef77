"""
Whether a list has shrunk or grown beyond a bound, beside the last good one.

A list that lost half its entries overnight was emptied, cut off or taken over; one that trebled has swallowed
another. Neither shows in any of its lines. Small changes of small lists are nobody's fault.
"""

from collections.abc import Mapping

from categories.plausibility.bystanders import LeftOut
from policy.errors import ListRefused

FEWEST_LOST = 10
FEWEST_GAINED = 100
"""Entries; a list may lose and gain fewer than these whatever part of it they are."""


def refuse_changed_size(
    entries: Mapping[str, int],
    before: Mapping[str, int],
    *,
    most_shrink: float,
    most_growth: float,
    out: Mapping[str, LeftOut] = {},
) -> None:
    """
    Raise `ListRefused` for the first list that lost or gained more than these parts of its entries.

    Numbers of entries by list; one that is not in `before` is compared with nothing but its own text. Parts
    are of the entries before: 0.5 is a half, 2.0 is twice as many on top. `out` are those of `entries` that
    are left out: as good as gone, but that a new list may have any number of them on lines of their own.
    """
    for name, written in entries.items():
        alone, together = out.get(name, LeftOut())
        old, now = before.get(name, written - alone), written - alone - together
        if old - now >= FEWEST_LOST and old - now > most_shrink * old:
            why = f" besides {alone + together:,} on lines that are left out" if alone + together else ""
            raise _refusal(
                f"{name}: has shrunk from {old:,} entries to {now:,}{why}, and may lose {most_shrink:.0%}"
            )
        if now - old >= FEWEST_GAINED and now - old > most_growth * old:
            raise _refusal(
                f"{name}: has grown from {old:,} entries to {now:,}, and may gain {most_growth:.0%}"
            )


def _refusal(what: str) -> ListRefused:
    return ListRefused(
        f"{what} at once; the one in force stays. If this one is right, repeat with --accept-size"
    )
