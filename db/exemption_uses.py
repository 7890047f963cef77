"""
How often exemptions are used, so that those which nobody needs can go.

Days are told and not times: how often an exemption is needed, and not when somebody was where. On PostgreSQL
a function counts with its owner's rights, for the exemptions that whoever asks may see, and gives nothing
unless the question stands in `access`, committed.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, bindparam, text

from db.access import record_access, record_answer
from db.columns import UtcDateTime
from db.engine import reading

_WHAT = "exemption uses"

_ON_POSTGRESQL = "SELECT exemption, uses, days, last_day FROM sluicegate_exemption_uses(:since)"
_ON_SQLITE = """
    SELECT exemption, count(*) AS uses, count(DISTINCT date(at)) AS days, max(date(at)) AS last_day
    FROM decision
    WHERE exemption IS NOT NULL AND at >= :since AND final AND reason <> 'tunnel'
    GROUP BY exemption
"""


@dataclass(frozen=True, slots=True)
class Uses:
    """What an exemption was used for since then."""

    uses: int  # requests that it opened
    days: int  # on which there was one
    last_day: date  # in UTC


def exemption_uses(engine: Engine, since: datetime) -> dict[str, Uses]:
    """
    The exemptions that were used since then, by identifier; those that were not are not among them.

    PostgreSQL counts from the beginning of that day (UTC). Beside SQLite also those that the actor may not
    see. Leaves an Access, committed before anything is read. Raises `DatabaseAway`.
    """
    access = record_access(engine, what=_WHAT, question={"since": since.isoformat()})
    with reading(engine) as connection:
        query = text(_ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE)
        rows = connection.execute(query.bindparams(bindparam("since", since, type_=UtcDateTime())))
        found = {row.exemption: Uses(row.uses, row.days, _day(row.last_day)) for row in rows}
    record_answer(engine, access, what=_WHAT, rows_seen=sum(one.uses for one in found.values()))
    return found


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
