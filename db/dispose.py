"""
Disposal: what is past its time goes, by the policy's days, and leaves a row in `disposal` that says so.

It is the only way a row of the log can go. PostgreSQL drops whole months of a class, once their last
day is past its time, in a function that runs with the owner's rights (`migrations/versions/0001…`);
SQLite deletes rows. In both, the triggers let a deletion pass only while a row of `disposal` is open
for that table, class and time, and it is opened and closed in the same transaction.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, text, update

from db.actor import actor
from db.engine import never_wait_long, writing
from db.models import AccessRow, BatchRow, ChangeRow, DecisionRow, DisposalRow, OutcomeRow
from policy.document import Policy
from policy.identifiers import uuid7
from policy.words import RetentionClass

type _Dated = DecisionRow | OutcomeRow | BatchRow | AccessRow | ChangeRow


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
    longest = max(record.keep_days for record in policy.records.values())
    due: list[tuple[type[_Dated], RetentionClass | None, int]] = [
        (model, retention, record.keep_days)
        for retention, record in policy.records.items()
        for model in (DecisionRow, OutcomeRow)
    ]
    # Rows name their batch, so it stays as long as the longest of them.
    due += [
        (BatchRow, None, longest),
        (AccessRow, None, policy.keep.access_days),
        (ChangeRow, None, policy.keep.change_days),
    ]
    disposed = []
    for model, retention, days in due:
        before = now - timedelta(days=days)
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":
                rows = _by_function(connection, model.__tablename__, retention, before)
            else:
                rows = _row_by_row(connection, model, retention, before)
        disposed.append(Disposed(model.__tablename__, retention, before, rows))
    return disposed


def _by_function(
    connection: Connection, table: str, retention: RetentionClass | None, before: datetime
) -> int:
    # Dropping a month waits for whoever reads it, and everybody else would wait behind us.
    never_wait_long(connection, seconds=5)
    # Several gateways have a timer each, and one database: whoever comes second finds nothing left to drop,
    # rather than a month that goes while it counts it.
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate dispose'))"))
    call = text("SELECT sluicegate_dispose(:table, :retention, :before)")
    given = {"table": table, "retention": retention and retention.value, "before": before}
    return int(connection.execute(call, given).scalar_one())


def _row_by_row(
    connection: Connection, model: type[_Dated], retention: RetentionClass | None, before: datetime
) -> int:
    identifier = uuid7()
    connection.execute(
        insert(DisposalRow).values(
            id=identifier,
            at=datetime.now(UTC),
            actor=actor(connection),
            source=model.__tablename__,
            retention_class=retention,
            before=before,
        )
    )
    old = delete(model).where(model.at < before)
    if retention is not None and issubclass(model, DecisionRow | OutcomeRow):
        old = old.where(model.retention_class == retention)
    rows = connection.execute(old).rowcount
    connection.execute(update(DisposalRow).where(DisposalRow.id == identifier).values(disposed=rows))
    return rows
