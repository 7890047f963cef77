"""
What verifying reads of a log: links, with what their rows say now, and the leaves of rows, tree by tree.

On PostgreSQL these are hashes that functions of the database make of its rows: who verifies need not be able
to read one. On SQLite, where whoever has the file has everything, they are made here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, not_, or_, select, text

from db.base import Base
from db.models import AccessRow, BatchRow, ChangeRow, DecisionRow, DisposalRow, OutcomeRow
from db.proof.canonical import canonical_record, canonical_row
from db.proof.chain import Link
from db.proof.merkle import leaf
from db.review_models import ChainRow, HeldDecisionRow, HeldOutcomeRow, HourCoverRow
from policy.words import RecordLevel

HASH_BYTES = 32

_AT_ONCE = 5_000
_LINKED: dict[str, type[Base]] = {
    model.__tablename__: model for model in (AccessRow, ChangeRow, DisposalRow, BatchRow, HourCoverRow)
}
_LOG: dict[str, tuple[type[Base], type[Base]]] = {
    "decision": (DecisionRow, HeldDecisionRow),
    "outcome": (OutcomeRow, HeldOutcomeRow),
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, and the digest of what its row says now; None where there is no such row."""

    link: Link
    says: bytes | None


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Which tree a row is in: of a batch, by class and day; or without a batch, by class and hour."""

    source: str  # decision or outcome
    batch: UUID | None
    retention_class: str
    begins: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A row that a legal hold keeps, by its leaf, and what came with it to show where it stood."""

    place: Place
    leaf: bytes | None  # None: of a row from before there were proofs
    proof: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Unproven:
    """Rows that nothing shows to be as they were."""

    source: str
    astray: bool  # no release ever wrote such rows; else it was the release before, which had no salt
    rows: int
    newest: datetime


class Reader(Protocol):
    """What there is to verify, of the moment of its transaction."""

    def links(self, behind: int) -> list[Linked]:
        """The next links of the chain behind this position, some thousands at most."""

    def not_linked(self) -> Iterator[tuple[str, UUID]]:
        """Rows that should be in the chain and are not: their table and identifier."""

    def leaves(self, since: datetime, until: datetime) -> Iterator[tuple[Place, list[bytes]]]:
        """The leaves of rows of a time, tree by tree."""

    def held(self) -> Iterator[Held]:
        """The rows that legal holds keep."""

    def unproven(self, since: datetime, until: datetime) -> Iterator["Unproven"]:
        """The rows of a time that are in no tree and wait for none, or should not."""


def reader(connection: Connection) -> Reader:
    """Reads in this transaction."""
    if connection.dialect.name == "postgresql":
        return _InPostgreSQL(connection)
    return _InSQLite(connection)


def split(leaves: bytes) -> list[bytes]:
    """Hashes that are kept one behind another."""
    return [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]


class _InPostgreSQL:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def links(self, behind: int) -> list[Linked]:
        query = text("SELECT * FROM sluicegate_linked(:behind, :most)")
        rows = self._connection.execute(query, {"behind": behind, "most": _AT_ONCE})
        return [
            Linked(Link(position, source, row, at, digest, link), says)
            for position, source, row, at, digest, link, says in rows
        ]

    def not_linked(self) -> Iterator[tuple[str, UUID]]:
        for found in self._connection.execute(text("SELECT * FROM sluicegate_not_linked()")):
            yield found.source, found.row

    def leaves(self, since: datetime, until: datetime) -> Iterator[tuple[Place, list[bytes]]]:
        query = text("SELECT * FROM sluicegate_leaves(:since, :until)")
        for row in self._connection.execute(query, {"since": since, "until": until}):
            yield Place(row.source, row.batch, row.retention_class, _utc(row.begins)), split(row.leaves)

    def held(self) -> Iterator[Held]:
        query = text("SELECT * FROM sluicegate_held_leaves()")
        for row in self._connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
            place = Place(row.source, row.batch, row.retention_class, _utc(row.begins))
            yield Held(place, row.leaf, row.proof)

    def unproven(self, since: datetime, until: datetime) -> Iterator[Unproven]:
        query = text("SELECT * FROM sluicegate_unproven(:since, :until)")
        for row in self._connection.execute(query, {"since": since, "until": until}):
            yield Unproven(row.source, row.astray, row.found, row.newest)


class _InSQLite:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def links(self, behind: int) -> list[Linked]:
        chain = ChainRow.__table__
        rows = self._connection.execute(
            select(chain).where(chain.c.position > behind).order_by(chain.c.position).limit(_AT_ONCE)
        ).all()
        links = (Link(**row._mapping) for row in rows)
        return [Linked(link, self._says(link)) for link in links]

    def _says(self, link: Link) -> bytes | None:
        if link.source not in _LINKED:
            return None
        table = _LINKED[link.source].__table__
        row = self._connection.execute(select(table).where(table.c.id == link.row)).mappings().first()
        return None if row is None else sha256(canonical_record(dict(row))).digest()

    def not_linked(self) -> Iterator[tuple[str, UUID]]:
        chain = ChainRow.__table__
        for name, model in _LINKED.items():
            table = model.__table__
            linked = and_(chain.c.source == name, chain.c.row == table.c.id, chain.c.position >= 1)
            query = select(table.c.id).outerjoin(chain, linked).where(chain.c.position.is_(None))
            if name == "batch":
                query = query.where(table.c.roots.is_not(None))
            for (row,) in self._connection.execute(query):
                yield name, row

    def leaves(self, since: datetime, until: datetime) -> Iterator[tuple[Place, list[bytes]]]:
        for source, (model, _) in _LOG.items():
            table = model.__table__
            query = select(table).where(table.c.at >= since, table.c.at < until, table.c.salt.is_not(None))
            yield from _together(source, self._connection.execute(query).mappings())

    def held(self) -> Iterator[Held]:
        for source, (_, model) in _LOG.items():
            table = model.__table__
            for row in self._connection.execute(select(table)).mappings():
                made = leaf(row["salt"], canonical_row(source, dict(row))) if row["salt"] else None
                yield Held(_place(source, row), made, row["proof"])

    def unproven(self, since: datetime, until: datetime) -> Iterator[Unproven]:
        log, outcome, batch, gone = (
            model.__table__ for model in (DecisionRow, OutcomeRow, BatchRow, DisposalRow)
        )
        disposed = select(func.max(gone.c.before)).where(gone.c.source == "batch").scalar_subquery()
        on_the_hour = func.strftime("%M:%f", outcome.c.at) == "00:00.000"
        astray: dict[str, ColumnElement[bool]] = {
            "decision": case(
                (log.c.batch.is_(None), log.c.record != RecordLevel.CATEGORY),
                (batch.c.id.is_(None), or_(disposed.is_(None), log.c.at >= disposed)),
                else_=batch.c.roots.is_not(None),
            ),
            "outcome": or_(
                outcome.c.batch.is_not(None), and_(outcome.c.salt.is_not(None), not_(on_the_hour))
            ),
        }
        for (source, wrong), table in zip(astray.items(), (log, outcome), strict=True):
            waiting = and_(table.c.batch.is_(None), wrong)
            query = (
                select(
                    wrong.label("astray"), func.count().label("found"), func.max(table.c.at).label("newest")
                )
                .select_from(table.outerjoin(batch, batch.c.id == table.c.batch))
                .where(table.c.at >= since, table.c.at < until, or_(table.c.salt.is_(None), waiting))
                .group_by("astray")
            )
            for row in self._connection.execute(query):
                yield Unproven(source, bool(row.astray), row.found, row.newest)


def _together(source: str, rows: Iterable[RowMapping]) -> Iterator[tuple[Place, list[bytes]]]:
    trees: defaultdict[Place, list[bytes]] = defaultdict(list)
    for row in rows:
        trees[_place(source, row)].append(leaf(row["salt"], canonical_row(source, dict(row))))
    yield from trees.items()


def _place(source: str, row: RowMapping) -> Place:
    at: datetime = row["at"].astimezone(UTC)
    whole = at.replace(minute=0, second=0, microsecond=0) if row["batch"] is None else day_of(at)
    return Place(source, row["batch"], row["retention_class"].value, whole)


def day_of(at: datetime) -> datetime:
    """The first instant of a day (UTC)."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


DAY = timedelta(days=1)
