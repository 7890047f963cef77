"""
Whether the log is as it was written: each link, each batch, each covered hour, each row that is held.

What is found is said of the smallest thing that can be named: a row of the chain's tables by its identifier,
a row of the log by its batch (or hour), class and day. Which row of a batch it is, a root cannot say.

What is gone is told apart by the disposals, which are linked themselves: rows that no disposal covers are
missing. A disposal that nobody had to make is in the chain as well, and in what `verify` returns.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, select, text

from db.engine import reading
from db.models import BatchRow, DisposalRow
from db.proof.anchors import Anchor
from db.proof.chain import BEFORE_THE_FIRST
from db.proof.merkle import Path, leads, root
from db.proof.reading import DAY, Held, Linked, Place, Reader, reader, split
from db.proof.roots import Root, read_roots
from db.review_models import HourCoverRow

MOST_FINDINGS = 100

_EVER, _NEVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Gone:
    """A disposal: what of a table, and of a class where it has them, was to go from before a time."""

    source: str
    retention_class: str | None
    before: datetime
    at: datetime
    rows: int
    held: int  # of these, what a legal hold kept

    def covers(self, place: Place) -> bool:
        """Whether all rows of a tree were to go by it."""
        whole = place.begins.replace(hour=0) + DAY
        return (
            self.source == place.source
            and self.retention_class == place.retention_class
            and whole <= self.before
        )


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong with it."""

    links: int = 0
    anchors: int = 0
    rows: int = 0  # of the log, that are in a tree and as they were
    held: int = 0
    disposed: int = 0  # rows and links that a disposal covers
    open: int = 0  # rows whose hour nobody has covered yet
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
    Verify the whole log, all of one moment.

    Raises `DatabaseAway`, or `ConfigurationError` where this login may not verify.
    """
    with reading(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        return verify_within(connection, anchors)


def verify_within(connection: Connection, anchors: Sequence[Anchor] = ()) -> Verified:
    """The same in a transaction that is open already."""
    return _Verifying(connection).verify(anchors)


class _Verifying:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader: Reader = reader(connection)
        self._verified = Verified()
        self._batches: set[UUID] = set()  # that the chain knows, also of those disposed of
        self._roots: dict[Place, Root] = {}
        self._covered: dict[Place, set[bytes]] = {}

    def verify(self, anchors: Sequence[Anchor]) -> Verified:
        verified = self._verified
        verified.disposals = list(self._disposals())
        self._chain(anchors)
        for source, row in self._reader.not_linked():
            verified.found(f"{source} {row}: not in the chain; it was added past every command")
        self._log()
        self._held_rows()
        rows, verified.unproven_until = self._reader.unproven()
        verified.unproven += rows
        return verified

    def _disposals(self) -> Iterator[Gone]:
        row = DisposalRow
        query = select(row.source, row.retention_class, row.before, row.at, row.disposed, row.held)
        for source, retention_class, before, at, rows, held in self._connection.execute(
            query.order_by(row.at)
        ):
            yield Gone(source, retention_class, before, at, rows or 0, held or 0)

    # --- The chain

    def _chain(self, anchors: Sequence[Anchor]) -> None:
        verified = self._verified
        waiting = defaultdict(list)
        for one in anchors:
            waiting[one.position].append(one)
        before, position = BEFORE_THE_FIRST, 0
        for linked in self._reader.links():
            link = linked.link
            if link.position != position + 1:
                verified.found(f"chain {position + 1}: missing up to {link.position - 1}")
            elif not link.follows(before):
                verified.found(f"chain {link.position}: does not follow what stands before it")
            before, position = link.link, link.position
            verified.links += 1
            self._row(linked)
            for one in waiting.pop(position, ()):
                verified.anchors += 1
                if one.link != link.link:
                    verified.found(
                        f"chain {position}: not what was anchored at {one.at:%Y-%m-%d %H:%M:%S} UTC"
                    )
        for beyond in sorted(waiting):
            verified.found(f"chain {beyond}: was anchored, and is not there any more")

    def _row(self, linked: Linked) -> None:
        link, verified = linked.link, self._verified
        if link.source == "batch":
            self._batches.add(link.row)
        if linked.says == link.digest:
            return
        if linked.says is not None:
            verified.found(f"{link.source} {link.row}: altered since it was linked at {link.position}")
        elif any(gone.source == link.source and link.at < gone.before for gone in verified.disposals):
            verified.disposed += 1
        else:
            verified.found(f"{link.source} {link.row}: missing, and by no disposal (link {link.position})")

    # --- The log

    def _log(self) -> None:
        batches = {row.id: row.roots for row in self._connection.execute(select(BatchRow.id, BatchRow.roots))}
        self._roots, self._covered = self._read_roots(batches), self._read_covers()
        expected, covered = dict(self._roots), dict(self._covered)
        days = sorted({place.begins.replace(hour=0) for place in (*expected, *covered)})
        edges = [_EVER, *days, *(days[-1:] and [days[-1] + DAY]), _NEVER]
        for since, until in pairwise(edges):
            for place, leaves in self._reader.leaves(since, until):
                if place.batch is None:
                    self._hour(place, leaves, covered.pop(place, set()))
                else:
                    self._tree(place, leaves, expected.pop(place, None), known=place.batch in batches)
        for place, kept in expected.items():
            self._absent(place, kept.leaves)
        for place, hashes in covered.items():
            self._absent(place, len(hashes))

    def _read_roots(self, batches: dict[UUID, Any]) -> dict[Place, Root]:
        expected = {}
        for batch, roots in batches.items():
            if roots is None:
                continue
            try:
                for group, kept in read_roots(roots):
                    begins = datetime.combine(group.day, time(), UTC)
                    expected[Place(group.table, batch, group.retention_class, begins)] = kept
            except (KeyError, TypeError, ValueError):
                self._verified.found(f"batch {batch}: its roots do not read")
        return expected

    def _read_covers(self) -> dict[Place, set[bytes]]:
        covered: defaultdict[Place, set[bytes]] = defaultdict(set)
        cover = HourCoverRow
        for row in self._connection.execute(
            select(cover.source, cover.retention_class, cover.hour, cover.leaves)
        ):
            place = Place(row.source, None, row.retention_class.value, row.hour.astimezone(UTC))
            covered[place].update(split(row.leaves))
        return covered

    def _tree(self, place: Place, leaves: list[bytes], kept: Root | None, *, known: bool) -> None:
        verified = self._verified
        if kept is None:
            if not known and place.batch in self._batches:
                verified.outlived += len(leaves)
            else:
                verified.found(f"{_named(place)}: {_rows(len(leaves))} that it did not bring")
        elif kept.leaves == len(leaves) and kept.root == root(leaves):
            verified.rows += len(leaves)
        else:
            altered = f"{_rows(kept.leaves)} came, {len(leaves)} are there"
            if kept.leaves == len(leaves):
                altered = f"one or more of its {_rows(kept.leaves)} altered"
            verified.found(f"{_named(place)}: {altered}")

    def _hour(self, place: Place, leaves: Iterable[bytes], covered: set[bytes]) -> None:
        there = set(leaves)
        self._verified.rows += len(there & covered)
        self._verified.open += len(there - covered)
        if covered - there:
            self._absent(place, len(covered - there))

    def _absent(self, place: Place, leaves: int) -> None:
        if any(gone.covers(place) for gone in self._verified.disposals):
            self._verified.disposed += leaves
        else:
            self._verified.found(f"{_named(place)}: {_rows(leaves)} missing or altered, and by no disposal")

    def _held_rows(self) -> None:
        """Each as it was; and as many as disposals held back, less those that went when no hold kept them."""
        there: Counter[str] = Counter()
        for held in self._reader.held():
            there[held.place.source] += 1
            self._held(held)
        for gone in self._verified.disposals:
            there[gone.source] -= gone.held
            there[gone.source.removeprefix("held_")] += gone.rows if gone.source.startswith("held_") else 0
        for source in ("decision", "outcome"):
            if there[source]:
                more = "more" if there[source] > 0 else "fewer"
                self._verified.found(
                    f"held_{source}: {_rows(abs(there[source]))} {more} than disposals held back"
                )

    def _held(self, held: Held) -> None:
        if held.leaf is None:
            self._verified.unproven += 1
        elif self._is_proved(held, held.leaf):
            self._verified.held += 1
        else:
            self._verified.found(
                f"{_named(held.place)}: a row under a legal hold that nothing shows to be as it was"
            )

    def _is_proved(self, held: Held, leaf: bytes) -> bool:
        """Whether its leaf leads to the root that its batch has, or stands in the cover of its hour."""
        place, proof = held.place, held.proof
        if place.batch is None:
            return leaf in self._covered.get(place, ())
        kept = self._roots.get(place)
        if kept is None or proof is None:
            return False
        try:
            way = Path(proof["place"], proof["leaves"], tuple(map(bytes.fromhex, proof["beside"])))
            return way.leaves == kept.leaves and leads(way, leaf, kept.root)
        except (KeyError, TypeError, ValueError):
            return False


def _named(place: Place) -> str:
    if place.batch is None:
        return f"{place.source} {place.retention_class}, hour {place.begins:%Y-%m-%d %H}:00 UTC"
    return f"{place.source} {place.retention_class}, batch {place.batch}, {place.begins:%Y-%m-%d}"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"
