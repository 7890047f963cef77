"""
Whether the log is as it was written: each link, each batch, each covered hour, each row that is held.

What is found is said of the smallest thing that can be named: a row of the chain's tables by its identifier,
a row of the log by its batch (or hour), class and day. Which row of a batch it is, a root cannot say.

What is gone is told apart by the disposals, which are linked themselves: rows that no disposal covers are
missing, and so are more rows than the disposals say they took. A disposal that nobody had to make is in the
chain as well, and in what `verify` returns.

It goes in steps, each a transaction of its own, so that neither a disposal nor a vacuum waits for the whole:
some thousand links at a time, then day by day from the latest back. Batches are shipped after their rows are
made, so the roots of a day are known once it is reached, and only those of later batches that brought earlier
days have to be kept in memory. What joins or goes meanwhile is no finding: a batch that is not known yet is
looked up, and before something is missing the disposals are read again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select, text

from db.engine import reading
from db.models import BatchRow, DisposalRow
from db.proof.anchors import Anchor
from db.proof.chain import BEFORE_THE_FIRST
from db.proof.merkle import Path, leads, root
from db.proof.reading import DAY, Held, Linked, Place, day_of, reader, split
from db.proof.roots import Root, read_roots
from db.review_models import ChainRow, HourCoverRow

MOST_FINDINGS = 100

_EVER, _NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
# What one machine's clock may be off another's, and a row shipped late, without being worth a word.
_CLOCKS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gone:
    """A disposal: what of a table, and of a class where it has them, was to go from before a time."""

    source: str
    retention_class: str | None
    before: datetime
    at: datetime
    rows: int
    held: int  # of these, what a legal hold kept


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    links: int = 0
    anchors: int = 0
    rows: int = 0  # of the log, that are in a tree and as they were
    held: int = 0
    disposed: int = 0  # rows and links that a disposal covers
    open: int = 0  # rows whose hour nobody has covered yet
    overdue: int = 0  # of these, those whose hour was over a day ago
    late: int = 0  # rows that were shipped days after they say they were made
    unproven: int = 0  # rows that came before there were proofs
    unproven_until: datetime | None = None  # the time of the last of them
    outlived: int = 0  # rows whose batch is disposed of
    disposals: list[Gone] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    more: int = 0  # findings beyond the first hundred

    def found(self, what: str) -> None:
        """Something is not as it was written."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(what)
        else:
            self.more += 1


def verify(engine: Engine, anchors: Sequence[Anchor] = ()) -> Verified:
    """
    Verify the whole log, step by step.

    Raises `DatabaseAway`, or `ConfigurationError` where this login may not verify.
    """
    return _Verifying(lambda: _moment(engine)).verify(anchors)


def verify_within(connection: Connection, anchors: Sequence[Anchor] = ()) -> Verified:
    """The same in a transaction that is open already."""
    return _Verifying(lambda: nullcontext(connection)).verify(anchors)


@contextmanager
def _moment(engine: Engine) -> Iterator[Connection]:
    """One step: what it reads is all of one moment."""
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield connection


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of a tree, and when its batch was shipped."""

    root: Root
    shipped: datetime


class _Verifying:
    def __init__(self, step: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._step = step
        self._verified = Verified()
        self._now = datetime.now(UTC)
        self._gone: dict[
            tuple[str, str | None], datetime
        ] = {}  # how far disposals of a table and class reach
        self._excused: Counter[tuple[str, str | None]] = Counter()  # what is gone by them
        self._expected: dict[Place, _Kept] = {}  # roots whose rows are still to come
        self._looked_up: set[Place] = set()  # trees that were there before their batch was

    def verify(self, anchors: Sequence[Anchor]) -> Verified:
        verified = self._verified
        self._read_disposals()
        self._chain(anchors)
        self._log()
        self._held_rows()
        self._disposals()
        return verified

    # --- What is gone

    def _read_disposals(self) -> None:
        row = DisposalRow
        query = select(row.source, row.retention_class, row.before, row.at, row.disposed, row.held)
        with self._step() as connection:
            rows = connection.execute(query.order_by(row.at)).all()
        self._verified.disposals = [
            Gone(source, retention_class, before, at, disposed or 0, held or 0)
            for source, retention_class, before, at, disposed, held in rows
        ]
        for gone in self._verified.disposals:
            key = gone.source, gone.retention_class
            self._gone[key] = max(gone.before, self._gone.get(key, gone.before))

    def _is_gone(self, source: str, retention_class: str | None, until: datetime, rows: int = 1) -> bool:
        """Whether it was to go by a disposal, whole: also by one that came while we looked."""
        key = source, retention_class
        if until > self._gone.get(key, _EVER) and not self._verified.more:
            self._read_disposals()
        if until > self._gone.get(key, _EVER):
            return False
        self._excused[key] += rows
        self._verified.disposed += rows
        return True

    def _disposals(self) -> None:
        """None reached beyond its own time, and together they took what is gone."""
        self._read_disposals()
        took: Counter[tuple[str, str | None]] = Counter()
        for gone in self._verified.disposals:
            took[gone.source, gone.retention_class] += gone.rows
            if gone.before >= gone.at:
                self._verified.found(
                    f"disposal of {_of(gone.source, gone.retention_class)} at "
                    f"{gone.at:%Y-%m-%d %H:%M:%S} UTC: of what was not there yet"
                )
        for key, excused in self._excused.items():
            if excused > took[key]:
                self._verified.found(
                    f"{_of(*key)}: {_rows(excused)} gone, and its disposals took {took[key]} together"
                )

    # --- The chain

    def _chain(self, anchors: Sequence[Anchor]) -> None:
        verified = self._verified
        waiting = defaultdict(list)
        for one in anchors:
            waiting[one.position].append(one)
        before, position, anchored = BEFORE_THE_FIRST, 0, _EVER
        while page := self._links(position):
            for linked in page:
                link = linked.link
                if link.position != position + 1:
                    verified.found(f"chain {position + 1}: missing up to {link.position - 1}")
                elif not link.follows(before):
                    verified.found(f"chain {link.position}: does not follow what stands before it")
                before, position = link.link, link.position
                verified.links += 1
                self._row(linked)
                if link.at < anchored - _CLOCKS:
                    verified.found(
                        f"{link.source} {link.row}: says it is of {link.at:%Y-%m-%d %H:%M:%S} UTC, and was "
                        f"linked after the anchor of {anchored:%Y-%m-%d %H:%M:%S} UTC (link {position})"
                    )
                for one in waiting.pop(position, ()):
                    verified.anchors += 1
                    if one.link == link.link:
                        anchored = max(anchored, one.at)
                    else:
                        verified.found(
                            f"chain {position}: not what was anchored at {one.at:%Y-%m-%d %H:%M:%S} UTC"
                        )
        for beyond in sorted(waiting):
            verified.found(f"chain {beyond}: was anchored, and is not there any more")
        with self._step() as connection:
            for source, row in reader(connection).not_linked():
                verified.found(f"{source} {row}: not in the chain; it was added past every command")

    def _links(self, behind: int) -> list[Linked]:
        with self._step() as connection:
            return reader(connection).links(behind)

    def _row(self, linked: Linked) -> None:
        link, verified = linked.link, self._verified
        if linked.says == link.digest:
            return
        if linked.says is not None:
            verified.found(f"{link.source} {link.row}: altered since it was linked at {link.position}")
        # A disposal takes what is from before its time; the last microsecond is before the next.
        elif not self._is_gone(link.source, None, link.at + timedelta(microseconds=1)):
            verified.found(f"{link.source} {link.row}: missing, and by no disposal (link {link.position})")

    # --- The log

    def _log(self) -> None:
        """Day by day, back from the latest."""
        until = _NEVER
        while until > _EVER:
            with self._step() as connection:
                since = self._day_before(connection, until)
                self._read_roots(connection, since, until)
                self._day(connection, since, until)
            until = since
        for place, kept in self._expected.items():
            if place not in self._looked_up:
                self._absent(place, kept.root.leaves)

    def _day_before(self, connection: Connection, until: datetime) -> datetime:
        """The first instant of the last day before `until` of which something is to be there."""
        newest = [
            connection.scalar(select(func.max(column)).where(column < until))
            for column in (BatchRow.at, HourCoverRow.hour)
        ]
        days = {day_of(at) for at in newest if at is not None}
        days |= {place.begins for place in self._expected if place.begins < until}
        return max(days, default=_EVER)

    def _day(self, connection: Connection, since: datetime, until: datetime) -> None:
        reads, covered = reader(connection), self._covers(connection, since, until)
        for place, leaves in reads.leaves(since, until):
            if place.batch is None:
                self._hour(place, leaves, covered.pop(place, set()))
            else:
                self._tree(connection, place, leaves)
        verified = self._verified
        for unproven in reads.unproven(since, until):
            if unproven.astray:
                verified.found(
                    f"{unproven.source}, up to {unproven.newest:%Y-%m-%d %H:%M:%S} UTC: "
                    f"{_rows(unproven.rows)} that no release wrote, with nothing to prove them by"
                )
            else:
                verified.unproven += unproven.rows
                verified.unproven_until = max(unproven.newest, verified.unproven_until or unproven.newest)
        for place, hashes in covered.items():
            self._absent(place, len(hashes))
        for place in [place for place in self._expected if since <= place.begins < until]:
            self._absent(place, self._expected.pop(place).root.leaves)

    def _read_roots(self, connection: Connection, since: datetime, until: datetime) -> None:
        batch = BatchRow
        query = select(batch.id, batch.at, batch.roots).where(
            batch.at >= since, batch.at < until, batch.roots.is_not(None)
        )
        for id_, at, roots in connection.execute(query):
            try:
                trees = _trees(id_, at, roots)
            except (KeyError, TypeError, ValueError):
                self._verified.found(f"batch {id_}: its roots do not read")
            else:
                self._expected |= {
                    place: kept for place, kept in trees.items() if place not in self._looked_up
                }

    def _covers(self, connection: Connection, since: datetime, until: datetime) -> dict[Place, set[bytes]]:
        covered: defaultdict[Place, set[bytes]] = defaultdict(set)
        cover = HourCoverRow
        query = select(cover.source, cover.retention_class, cover.hour, cover.leaves).where(
            cover.hour >= since, cover.hour < until
        )
        for source, retention_class, hour, leaves in connection.execute(query):
            covered[Place(source, None, retention_class.value, hour.astimezone(UTC))].update(split(leaves))
        return covered

    def _tree(self, connection: Connection, place: Place, leaves: list[bytes]) -> None:
        verified = self._verified
        kept = self._expected.pop(place, None)
        if kept is None:
            known, kept = _look_up(connection, place)
            self._looked_up.add(place)
            if kept is None:
                if not known and _was_linked(connection, place.batch):
                    verified.outlived += len(leaves)
                else:
                    verified.found(f"{_named(place)}: {_rows(len(leaves))} that it did not bring")
                return
        if kept.root.leaves == len(leaves) and kept.root.root == root(leaves):
            verified.rows += len(leaves)
            verified.late += len(leaves) if kept.shipped > place.begins + DAY + _CLOCKS else 0
        else:
            altered = f"{_rows(kept.root.leaves)} came, {len(leaves)} are there"
            if kept.root.leaves == len(leaves):
                altered = f"one or more of its {_rows(kept.root.leaves)} altered"
            verified.found(f"{_named(place)}: {altered}")

    def _hour(self, place: Place, leaves: Iterable[bytes], covered: set[bytes]) -> None:
        there, verified = set(leaves), self._verified
        verified.rows += len(there & covered)
        verified.open += len(there - covered)
        verified.overdue += len(there - covered) if place.begins + DAY < self._now else 0
        if covered - there:
            self._absent(place, len(covered - there))

    def _absent(self, place: Place, leaves: int) -> None:
        # A class goes by whole days.
        if not self._is_gone(place.source, place.retention_class, day_of(place.begins) + DAY, leaves):
            self._verified.found(f"{_named(place)}: {_rows(leaves)} missing or altered, and by no disposal")

    def _held_rows(self) -> None:
        """Each as it was; and as many as disposals held back, less those that went when no hold kept them."""
        there: Counter[str] = Counter()
        row = DisposalRow
        with self._step() as connection:
            for held in reader(connection).held():
                there[held.place.source] += 1
                self._held(connection, held)
            disposed = connection.execute(
                select(row.source, func.sum(row.disposed), func.sum(row.held)).group_by(row.source)
            ).all()
        for source, rows, held_back in disposed:
            there[source] -= int(held_back or 0)
            there[source.removeprefix("held_")] += int(rows or 0) if source.startswith("held_") else 0
        for source in ("decision", "outcome"):
            if there[source]:
                more = "more" if there[source] > 0 else "fewer"
                self._verified.found(
                    f"held_{source}: {_rows(abs(there[source]))} {more} than disposals held back"
                )

    def _held(self, connection: Connection, held: Held) -> None:
        if held.leaf is None and held.proof is None and not _look_up(connection, held.place)[1]:
            self._verified.unproven += 1
        elif held.leaf is not None and self._is_proved(connection, held, held.leaf):
            self._verified.held += 1
        else:
            self._verified.found(
                f"{_named(held.place)}: a row under a legal hold that nothing shows to be as it was"
            )

    def _is_proved(self, connection: Connection, held: Held, leaf: bytes) -> bool:
        """Whether its leaf leads to the root that its batch has, or stands in the cover of its hour."""
        place, proof = held.place, held.proof
        if place.batch is None:
            hour = place.begins, place.begins + timedelta(hours=1)
            return leaf in self._covers(connection, *hour).get(place, ())
        _, kept = _look_up(connection, place)
        if kept is None or proof is None:
            return False
        try:
            way = Path(proof["place"], proof["leaves"], tuple(map(bytes.fromhex, proof["beside"])))
            return way.leaves == kept.root.leaves and leads(way, leaf, kept.root.root)
        except (KeyError, TypeError, ValueError):
            return False


def _trees(batch: UUID, at: datetime, roots: Any) -> dict[Place, _Kept]:
    """The trees of a batch. Raises what `read_roots` does."""
    return {
        Place(group.table, batch, group.retention_class, datetime.combine(group.day, time(), UTC)): _Kept(
            kept, at
        )
        for group, kept in read_roots(roots)
    }


def _look_up(connection: Connection, place: Place) -> tuple[bool, _Kept | None]:
    """Whether there is such a batch, and the root of this tree of it."""
    row = BatchRow
    batch = connection.execute(select(row.id, row.at, row.roots).where(row.id == place.batch)).first()
    if batch is None or batch.roots is None:
        return batch is not None, None
    try:
        return True, _trees(batch.id, batch.at, batch.roots).get(place)
    except (KeyError, TypeError, ValueError):
        return True, None  # which is found where all of them are read


def _was_linked(connection: Connection, batch: UUID | None) -> bool:
    chain = ChainRow
    query = select(chain.position).where(chain.source == "batch", chain.row == batch)
    return connection.scalar(query) is not None


def _named(place: Place) -> str:
    if place.batch is None:
        return f"{place.source} {place.retention_class}, hour {place.begins:%Y-%m-%d %H}:00 UTC"
    return f"{place.source} {place.retention_class}, batch {place.batch}, {place.begins:%Y-%m-%d}"


def _of(source: str, retention_class: str | None) -> str:
    return source if retention_class is None else f"{source} {retention_class}"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"
