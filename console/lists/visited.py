"""The sites that many people visit, as the review service tells them to who changes lists."""

from collections.abc import Sequence

from console.cli.review.connect import review_at
from console.cli.workplace import Workplace
from db.visited import MOST_HOSTS, VisitedHost


def most_visited(place: Workplace) -> Sequence[VisitedHost]:
    """
    The most visited hosts of the last 30 days, most visits first.

    Raises `ReviewRefused` for who may not ask, `DatabaseAway`, or `ConfigurationError` where it is not said
    where the service is.
    """
    return review_at(place.state, place.effective).running.most_visited(MOST_HOSTS)
