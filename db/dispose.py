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
from db.holding import hold_back, stands_on
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
    "authority": "coalesce(revoked_at, ends, decided_at, at)",
    "confirmation": "until",
    "device": """
        CASE WHEN person IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM person p WHERE p.organisation = device.organisation AND p.login = device.person
        ) THEN at END
    """,
    "exemption": "coalesce(revoked_at, ends, until)",
    "exemption_request": "coalesce(decided_at, at)",
    "held_decision": f"CASE WHEN NOT {stands_on('held_decision')} THEN at END",
    "held_outcome": """
        CASE WHEN NOT EXISTS (
            SELECT 1 FROM held_decision d
            WHERE d.id = held_outcome.decision AND d.retention_class = held_outcome.retention_class
        ) THEN at END
    """,
    "hour_cover": """
        CASE WHEN NOT EXISTS (
            SELECT 1 FROM held_decision d WHERE d.batch IS NULL AND hour_cover.source = 'decision'
            AND d.retention_class = hour_cover.retention_class
            AND strftime('%Y-%m-%d %H', d.at) = strftime('%Y-%m-%d %H', hour_cover.hour)
        ) AND NOT EXISTS (
            SELECT 1 FROM held_outcome o WHERE o.batch IS NULL AND hour_cover.source = 'outcome'
            AND o.retention_class = hour_cover.retention_class
            AND strftime('%Y-%m-%d %H', o.at) = strftime('%Y-%m-%d %H', hour_cover.hour)
        ) THEN at END
    """,
    # Rows that are held are proved by theirs.
    "batch": """
        CASE WHEN NOT EXISTS (SELECT 1 FROM held_decision d WHERE d.batch = batch.id)
            AND NOT EXISTS (SELECT 1 FROM held_outcome o WHERE o.batch = batch.id) THEN at END
    """,
    "legal_hold": "released_at",
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
    "review_notice": "at",
    "sealed_opening": "coalesce(used_at, decided_at, at)",
    "shared_use": "until",
    "tally": "hour",
    # A month goes once all of its days have.
    "tally_person": "datetime(month, '+1 month', '-1 second')",
    "telling": "at",
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
    held: int = 0  # of these, copied out before, since a legal hold is on them


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
                rows, held = _by_function(connection, due, before)
            else:
                rows, held = _row_by_row(connection, due, before)
        disposed.append(Disposed(due.table, due.retention_class, before, rows, held))
    return disposed


def _due(policy: Policy) -> Iterator[_Due]:
    for retention, record in policy.records.items():
        yield _Due("decision", record.keep_days, retention)
        yield _Due("outcome", record.keep_days, retention)
        # What was held back, and is not any more; and what counts them.
        for table in ("held_decision", "held_outcome", "tally", "tally_person"):
            yield _Due(table, record.keep_days, retention)
    # Rows are proved by their batch, so it stays as long as the longest of them, and a month of it.
    for table in ("batch", "hour_cover"):
        yield _Due(table, max(record.keep_days for record in policy.records.values()) + 31)
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
    for table in ("authority", "telling", "review_notice", "sealed_opening"):
        yield _Due(table, keep.authority_days)
    yield _Due("legal_hold", keep.hold_days)
    for table in ("report", "outbox"):
        yield _Due(table, keep.report_days)


def _by_function(connection: Connection, due: _Due, before: datetime) -> tuple[int, int]:
    # Dropping a month waits for whoever reads it, and everybody else would wait behind us.
    never_wait_long(connection, seconds=5)
    # Several gateways have a timer each, and one database: whoever comes second finds nothing left to drop,
    # rather than a month that goes while it counts it.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate dispose'))"))
    call = text("SELECT disposed, held FROM sluicegate_dispose_of(:table, :retention, :before)")
    given = {"table": due.table, "retention": due.retention_class, "before": before}
    disposed, held = connection.execute(call, given).one()
    return int(disposed), int(held)


def _row_by_row(connection: Connection, due: _Due, before: datetime) -> tuple[int, int]:
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
    held = hold_back(connection, due.table, due.retention_class, before)
    old = f'DELETE FROM "{due.table}" WHERE {_OVER.get(due.table, "at")} < :before'  # noqa: S608 - our own names
    if due.retention_class is not None:
        old += " AND retention_class = :retention"
    query = text(old).bindparams(bindparam("before", before, type_=UtcDateTime()))
    given = {} if due.retention_class is None else {"retention": due.retention_class}
    rows = connection.execute(query, given).rowcount
    counts = {"disposed": rows, "held": held or None}
    connection.execute(update(DisposalRow).where(DisposalRow.id == identifier).values(counts))
    append(connection, DisposalRow, identifier)
    return rows, held
