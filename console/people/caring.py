"""Which exemptions are to be seen to: those that nobody uses, that end soon, or are due for review; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.exemption_uses import Uses
from policy.registers import Exemption


@dataclass(frozen=True, slots=True)
class Care:
    """One exemption, how often it was needed, and what is to be seen to."""

    exemption: Exemption
    uses: Uses | None
    unused: bool  # was in force all the while, and nobody needed it
    ending: bool
    review_due: bool


def care(
    exemptions: Iterable[Exemption],
    uses: Mapping[str, Uses],
    *,
    since: datetime,
    soon: timedelta,
    now: datetime,
) -> list[Care]:
    """Each exemption that stands: what is to be seen to first, then by when it ends."""
    found = [
        Care(
            exemption=one,
            uses=uses.get(one.id),
            # Of one granted yesterday it says nothing that nobody has used it.
            unused=one.id not in uses and one.start <= since,
            ending=one.until - now <= soon,
            review_due=one.review is not None and one.review <= now,
        )
        for one in exemptions
    ]
    return sorted(
        found,
        key=lambda one: (
            not (one.unused or one.ending or one.review_due),
            one.exemption.until,
            one.exemption.id,
        ),
    )
