"""
Covers of hours: what shows rows to be all there that may name no batch.

A row that tells its hour only must not be found beside those that came with it, so it is in no batch. Hours
after that hour the leaves of all such rows of a class are written down together, sorted by their hashes, in
which no order of arrival is left. What is shipped later still is written down later, in a row of its own.
"""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, text

from db.base import Base
from db.engine import never_wait_long, writing
from db.models import DecisionRow, OutcomeRow
from db.proof.canonical import canonical_row
from db.proof.chain import append
from db.proof.merkle import leaf
from db.proof.reading import split
from db.review_models import HourCoverRow
from policy.identifiers import uuid7
from policy.words import RetentionClass

_HOURS_LATER = timedelta(hours=2)


def cover_hours(engine: Engine, now: datetime) -> int:
    """
    Cover what is not covered yet of the hours that were over two hours before `now`; returns how many covers.

    PostgreSQL goes by its own clock. Raises `DatabaseAway`, or `ConfigurationError` when this login may not.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            never_wait_long(connection)
            return int(connection.scalar(text("SELECT sluicegate_cover_hours()")) or 0)
        before = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - _HOURS_LATER
        return sum(_cover(connection, model, before, now) for model in (DecisionRow, OutcomeRow))


def _cover(connection: Connection, model: type[Base], before: datetime, now: datetime) -> int:
    table, cover = model.__table__, HourCoverRow
    open_: defaultdict[tuple[RetentionClass, datetime], set[bytes]] = defaultdict(set)
    alone = table.c.batch.is_(None), table.c.salt.is_not(None), table.c.at < before
    for row in connection.execute(select(table).where(*alone)).mappings():
        hour = row["at"].replace(minute=0, second=0, microsecond=0)
        found = leaf(row["salt"], canonical_row(model.__tablename__, dict(row)))
        open_[row["retention_class"], hour].add(found)
    known = select(cover.retention_class, cover.hour, cover.leaves).where(cover.source == model.__tablename__)
    for retention_class, hour, leaves in connection.execute(known):
        open_[retention_class, hour].difference_update(split(leaves))
    written = 0
    for (retention_class, hour), found_leaves in open_.items():
        if found_leaves:
            identifier = uuid7()
            connection.execute(
                insert(HourCoverRow).values(
                    id=identifier,
                    at=now,
                    source=model.__tablename__,
                    retention_class=retention_class,
                    hour=hour,
                    leaves=b"".join(sorted(found_leaves)),
                )
            )
            append(connection, HourCoverRow, identifier)
            written += 1
    return written
