"""
Who has a login and has not been seen: what a review of access rights asks (S3.4.3).

Seen is who is named by a decision, or read a notice. On PostgreSQL a function looks with its owner's rights,
so that whoever asks reads no decision; it gives nothing unless the question stands in `access`, committed.
"""

from datetime import datetime

from sqlalchemy import Engine, bindparam, text

from db.access import record_access, record_answer
from db.columns import UtcDateTime
from db.engine import reading
from policy.people import PersonKey

_WHAT = "unused people"

_ON_POSTGRESQL = "SELECT organisation, login FROM sluicegate_unused_people(:since)"
_ON_SQLITE = """
    SELECT p.organisation, p.login FROM person p
    WHERE p.at < :since AND NOT EXISTS (
        SELECT 1 FROM decision d
        WHERE d.person = p.login AND coalesce(d.organisation, '') = p.organisation AND d.at >= :since
    ) AND NOT EXISTS (
        SELECT 1 FROM acknowledgement a
        WHERE a.organisation = p.organisation AND a.person = p.login AND a.at >= :since
    )
"""


def unused_people(engine: Engine, since: datetime) -> list[PersonKey]:
    """
    Who is in the register, unchanged, of whom nothing was recorded since then; by organisation and login.

    PostgreSQL counts from the beginning of that day (UTC): days are told and not times. It says nothing where
    nobody is ever named. Leaves an Access, committed before anything is read. Raises `DatabaseAway`.
    """
    access = record_access(engine, what=_WHAT, question={"since": since.isoformat()})
    with reading(engine) as connection:
        query = text(_ON_POSTGRESQL if connection.dialect.name == "postgresql" else _ON_SQLITE)
        rows = connection.execute(query.bindparams(bindparam("since", since, type_=UtcDateTime())))
        found = sorted((row.organisation, row.login) for row in rows)
    record_answer(engine, access, what=_WHAT, rows_seen=len(found))
    return found
