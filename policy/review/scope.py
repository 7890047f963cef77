"""What one look may read: the question, narrowed to its authority and to who asks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """
    The bounds of one look. The query has them in its terms; row-level security has them again behind it.

    A row is in them when it is of the organisation and the period, names one of `people` or is of one of
    `units`, names none of `never`, is of one of `categories`, and is no allowed visit unless those are in it.
    """

    organisation: str
    since: datetime
    until: datetime
    people: frozenset[str]
    units: frozenset[str]
    only: frozenset[str] | None  # a line manager's team: nobody else's rows, whatever the authority names
    never: frozenset[str]  # the reviewer and their own line manager
    categories: frozenset[str] | None  # None: any
    allowed_visits: bool
