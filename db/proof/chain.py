"""
The chain: each Access, change, disposal, batch and hour covered is a link of it, in the order of commits.

A link is the hash of the link before, of what the row says, and of where that row stands. Whoever alters,
removes or slips in a row has to make every later link anew; an anchor, which is the last link written down
somewhere else (`sluicegate audit anchor`), shows that they did.

On PostgreSQL triggers add the links when a transaction commits (`db/migrations/versions/0005…`), under a lock
that lasts no longer than the commit, so that nobody waits behind a long transaction, and whatever wrote a
row, it is linked. SQLite has no hash of its own and one writer at a time: there `append` does it, in the
writing transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Connection, insert, select

from db.base import Base
from db.proof.canonical import canonical_record
from db.review_models import ChainRow

SOURCES = ("access", "change", "disposal", "batch", "hour_cover")
"""The tables whose rows are linked; of `batch` those that have roots."""

BEFORE_THE_FIRST = bytes(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is kept."""

    position: int
    source: str
    row: UUID
    at: datetime  # the row's own
    digest: bytes  # of what the row says
    link: bytes

    def follows(self, before: bytes) -> bool:
        """Whether this is the link that stands behind the link `before`."""
        return self.link == link(before, self.position, self.source, self.row, self.at, self.digest)


def link(before: bytes, position: int, source: str, row: UUID, at: datetime, digest: bytes) -> bytes:
    """The link of a row at `position` of the chain, behind the link `before`."""
    place = f"{position} {source} {row} {(at - _EPOCH) // _MICROSECOND}"
    return sha256(before + digest + place.encode()).digest()


def head(connection: Connection) -> Link | None:
    """The last link; None while nothing is linked."""
    chain = ChainRow.__table__
    found = connection.execute(select(chain).order_by(chain.c.position.desc()).limit(1)).first()
    return None if found is None else Link(**found._mapping)


def link_anew(connection: Connection, models: Iterable[type[Base]]) -> None:
    """Link all rows of these tables, by their time, where nothing is: in a backup of the release before."""
    if head(connection) is not None:
        return
    rows = [
        (row["at"], row["id"], model)
        for model in models
        for row in connection.execute(select(model.__table__.c.at, model.__table__.c.id)).mappings()
    ]
    for _, row, model in sorted(rows, key=lambda one: one[:2]):
        _append(connection, model, row)


def append(connection: Connection, model: type[Base], row: UUID) -> None:
    """On SQLite, link a row that this transaction wrote and will not change any more; else nothing."""
    if connection.dialect.name != "postgresql":
        _append(connection, model, row)


def _append(connection: Connection, model: type[Base], row: UUID) -> None:
    table = model.__table__
    said = connection.execute(select(table).where(table.c.id == row)).one()._mapping
    last = head(connection)
    position, before = (1, BEFORE_THE_FIRST) if last is None else (last.position + 1, last.link)
    digest = sha256(canonical_record(dict(said))).digest()
    connection.execute(
        insert(ChainRow).values(
            position=position,
            source=model.__tablename__,
            row=row,
            at=said["at"],
            digest=digest,
            link=link(before, position, model.__tablename__, row, said["at"], digest),
        )
    )
