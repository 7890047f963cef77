"""
The sites that many people visit.

A host is told where at least ten known people asked for it, or, where nobody is ever named, after ten visits.
Privileged hosts are never among them. On PostgreSQL a function counts with its owner's rights, so that
whoever asks reads no decision; it gives nothing unless the question stands in `access`, committed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import BindParameter, Connection, Engine, bindparam, text

from db.access import record_access, record_answer
from db.columns import UtcDateTime
from db.engine import reading

DAYS = timedelta(days=30)
MOST_HOSTS = 1_000
FEWEST = 10
"""People, or visits where nobody is named, below which nothing is told."""

_WHAT = "most visited hosts"

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


class VisitedHosts:
    """May ask which hosts many people visit, and can do nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def most(self, *, now: datetime | None = None, limit: int = MOST_HOSTS) -> list[VisitedHost]:
        """
        The most visited hosts of the last 30 days, most visits first.

        Leaves an Access, committed before anything is counted. Raises `DatabaseAway`.
        """
        until = now or datetime.now(UTC)
        question = {"since": (until - DAYS).isoformat(), "limit": limit}
        access = record_access(self._engine, what=_WHAT, question=question)
        with reading(self._engine) as connection:
            most = most_visited(connection, until, limit)
        record_answer(self._engine, access, what=_WHAT, rows_seen=len(most))
        return most


def most_visited(connection: Connection, until: datetime, limit: int = MOST_HOSTS) -> list[VisitedHost]:
    """The most visited hosts of the 30 days before, most visits first. `connection` is a look's."""
    found = hosts_of_many(connection, until - DAYS, until)
    return sorted((one for one in found if one.visits), key=lambda one: (-one.visits, one.host))[:limit]


def hosts_of_many(connection: Connection, since: datetime, until: datetime) -> list[VisitedHost]:
    """
    Every host that may be named, of what was asked for from `since` until `until`, in no order.

    The caller has recorded the Access.
    """
    query = text(_ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE)
    query = query.bindparams(*_period(since, until))
    return [VisitedHost(row.host, row.visits, row.people) for row in connection.execute(query)]


def _period(since: datetime, until: datetime) -> tuple[BindParameter[datetime], BindParameter[datetime]]:
    return (
        bindparam("since", since, type_=UtcDateTime()),
        bindparam("until", until, type_=UtcDateTime()),
    )
