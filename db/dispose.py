"""
Disposal: what is past its time goes, by the policy's days, and leaves a row in `disposal` that says so.

It is the only way a row of the log can go. PostgreSQL drops whole months of a class, once their last day is
past its time, in a function that runs with the owner's rights (`migrations/versions/0004…`); SQLite deletes
rows. People, devices, exemptions and what staff sent go so many days after they are over, not after they were
entered (`_OVER`). In both, the triggers let a deletion pass only while a row of `disposal` is open for that
table, class and time, and it is opened and closed in the same transaction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, insert, text, update

from db.actor import actor
from db.columns import UtcDateTime
from db.engine import never_wait_long, writing
from db.models import DisposalRow
from db.proof.chain import append
from policy.document import Policy
from policy.identifiers import uuid7
from policy.words import RetentionClass

# When a row of a register is over, as the migration `0004…` has it for PostgreSQL. What somebody was shown
# stays as long as the proof that they were, and the last policy in any case. Who is disabled and has not left
# stays, and so do lost devices and roles that nobody confirms: the next import would bring them back as if
# nothing had been.
_OVER = {
    "acknowledgement": "at",
    "confirmation": "until",
    "device": """
        CASE WHEN person IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM person p WHERE p.organisation = device.organisation AND p.login = device.person
        ) THEN at END
    """,
    "exemption": "coalesce(revoked_at, ends, until)",
    "exemption_request": "coalesce(decided_at, at)",
    "outbox": "at",
    "person": "ends",
    # With their person, at whatever time: the empty text is before any.
    "person_role": """
        CASE WHEN NOT EXISTS (
            SELECT 1 FROM person p
            WHERE p.organisation = person_role.organisation AND p.login = person_role.login
        ) THEN '' END
    """,
    "policy_text": """
        CASE WHEN at < (SELECT max(at) FROM policy_text)
            AND digest NOT IN (SELECT policy FROM acknowledgement) THEN at END
    """,
    "report": "at",
    "shared_use": "until",
}


@dataclass(frozen=True, slots=True)
class _Due:
    table: str
    days: int
    retention_class: RetentionClass | None = None


@dataclass(frozen=True, slots=True)
class Disposed:
    """What went from one table: rows of this class (None: of any) from before `before`."""

    table: str
    retention_class: RetentionClass | None
    before: datetime
    rows: int


def dispose(engine: Engine, policy: Policy, now: datetime) -> list[Disposed]:
    """
    Dispose of what the policy no longer keeps at `now`.

    Raises `DatabaseAway`, or `ConfigurationError` when this login may not; what was disposed of before
    that stays disposed of.
    """
    disposed = []
    for due in _due(policy):
        # By whole days (UTC): what is proved of the log together goes together (`db/proof/roots.py`).
        before = (
            (now - timedelta(days=due.days))
            .astimezone(UTC)
            .replace(hour=0, minute=0, second=0, microsecond=0)
        )
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                rows = _by_function(connection, due, before)
            else:
                rows = _row_by_row(connection, due, before)
        disposed.append(Disposed(due.table, due.retention_class, before, rows))
    return disposed


def _due(policy: Policy) -> Iterator[_Due]:
    for retention, record in policy.records.items():
        yield _Due("decision", record.keep_days, retention)
        yield _Due("outcome", record.keep_days, retention)
    # Rows are proved by their batch, so it stays as long as the longest of them, and a month of it.
    yield _Due("batch", max(record.keep_days for record in policy.records.values()) + 31)
    keep = policy.keep
    yield _Due("access", keep.access_days)
    yield _Due("change", keep.change_days)
    # As long as the decisions that cite them.
    yield _Due("confirmation", policy.records[RetentionClass.CONFIRMED].keep_days)
    # The proof before the text that it is of.
    for table in ("acknowledgement", "policy_text"):
        yield _Due(table, keep.notice_days)
    for table in ("person", "person_role", "device", "shared_use"):
        yield _Due(table, keep.people_days)
    for table in ("exemption", "exemption_request"):
        yield _Due(table, keep.exemption_days)
    for table in ("report", "outbox"):
        yield _Due(table, keep.report_days)


def _by_function(connection: Connection, due: _Due, before: datetime) -> int:
    # Dropping a month waits for whoever reads it, and everybody else would wait behind us.
    never_wait_long(connection, seconds=5)
    # Several gateways have a timer each, and one database: whoever comes second finds nothing left to drop,
    # rather than a month that goes while it counts it.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate dispose'))"))
    call = text("SELECT sluicegate_dispose(:table, :retention, :before)")
    given = {"table": due.table, "retention": due.retention_class, "before": before}
    return int(connection.execute(call, given).scalar_one())


def _row_by_row(connection: Connection, due: _Due, before: datetime) -> int:
    identifier = uuid7()
    connection.execute(
        insert(DisposalRow).values(
            id=identifier,
            at=datetime.now(UTC),
            actor=actor(connection),
            source=due.table,
            retention_class=due.retention_class,
            before=before,
        )
    )
    old = f'DELETE FROM "{due.table}" WHERE {_OVER.get(due.table, "at")} < :before'  # noqa: S608 - our own names
    if due.retention_class is not None:
        old += " AND retention_class = :retention"
    query = text(old).bindparams(bindparam("before", before, type_=UtcDateTime()))
    given = {} if due.retention_class is None else {"retention": due.retention_class}
    rows = connection.execute(query, given).rowcount
    connection.execute(update(DisposalRow).where(DisposalRow.id == identifier).values(disposed=rows))
    append(connection, DisposalRow, identifier)
    return rows
