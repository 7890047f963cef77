"""
The sites that many people visit.

A host is told where at least ten known people asked for it, or, where nobody is ever named, after ten visits.
Privileged hosts are never among them. On PostgreSQL a function counts with its owner's rights; it gives
nothing but in a look that is recorded (`db/review/looks.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import BindParameter, Connection, bindparam, text

from db.columns import UtcDateTime

DAYS = timedelta(days=30)
MOST_HOSTS = 1_000
FEWEST = 10
"""People, or visits where nobody is named, below which nothing is told."""

_ON_POSTGRESQL = "SELECT host, visits, people FROM sluicegate_visited(:since, :until)"
_ON_SQLITE = """
    SELECT host, sum(resource = 'visit') AS visits, nullif(count(DISTINCT person), 0) AS people
    FROM decision
    WHERE final AND reason <> 'tunnel' AND retention_class NOT IN ('privileged', 'other')
    AND host IS NOT NULL AND at >= :since AND at < :until
    GROUP BY host
    HAVING count(DISTINCT person) >= 10 OR count(person) = 0 AND sum(resource = 'visit') >= 10
"""


@dataclass(frozen=True, slots=True)
class VisitedHost:
    """A host that many people asked for."""

    host: str
    visits: int  # final decisions about pages somebody opened, whatever the verdict
    people: int | None  # at least `FEWEST`; None where nobody is named


def most_visited(connection: Connection, until: datetime, limit: int = MOST_HOSTS) -> list[VisitedHost]:
    """The most visited hosts of the 30 days before, most visits first. `connection` is a look's."""
    found = hosts_of_many(connection, until - DAYS, until)
    return sorted((one for one in found if one.visits), key=lambda one: (-one.visits, one.host))[:limit]


def hosts_of_many(connection: Connection, since: datetime, until: datetime) -> list[VisitedHost]:
    """
    Every host that may be named, of what was asked for from `since` until `until`, in no order.

    `connection` is a look's.
    """
    query = text(_ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE)
    query = query.bindparams(*_period(since, until))
    return [VisitedHost(row.host, row.visits, row.people) for row in connection.execute(query)]


def _period(since: datetime, until: datetime) -> tuple[BindParameter[datetime], BindParameter[datetime]]:
    return (
        bindparam("since", since, type_=UtcDateTime()),
        bindparam("until", until, type_=UtcDateTime()),
    )
