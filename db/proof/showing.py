"""
What shows of some rows, to somebody who has nothing else, that they are as a gateway sent them.

Of each row its own text and salt, and the hashes that lead from it to the root of its batch; of each batch
what the chain was made over, and its link. Other rows of the batch take part as hashes alone, which their
salts keep from being guessed.

Where a batch does not come out at its root, something of it was altered, added or removed since. Then there
is nothing to show of any of its rows, and that is said, since it is what somebody looks for.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import batched
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, inspect, select, text

from db.base import Base
from db.models import BatchRow, DecisionRow, OutcomeRow
from db.proof.canonical import canonical_record, canonical_row
from db.proof.chain import BEFORE_THE_FIRST
from db.proof.merkle import Path, leads, leaf, paths
from db.proof.reading import DAY, day_of, split
from db.proof.roots import Group, Root, read_roots
from db.review_models import ChainRow, HeldDecisionRow, HeldOutcomeRow
from policy.review.rows import ReviewedDecision

_AT_ONCE = 500
# A batch is shipped every half second, unless the database was away: then all of a day is looked through.
_NEAR = timedelta(seconds=30)
_LOG: tuple[tuple[str, str, type[Base], type[Base]], ...] = (
    ("decision", "id", DecisionRow, HeldDecisionRow),
    ("outcome", "decision", OutcomeRow, HeldOutcomeRow),
)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One row of the log, and its way to the root of its batch."""

    source: str  # decision or outcome
    id: UUID  # of the decision, also for an outcome
    batch: UUID
    retention_class: str
    day: datetime  # midnight, UTC
    text: bytes  # as it is hashed
    salt: bytes
    path: Path


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """One batch: what it says, and its link in the chain."""

    id: UUID
    at: datetime
    text: bytes  # as it is hashed
    position: int
    before: bytes  # the link before its own
    link: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be shown of some rows."""

    rows: tuple[ShownRow, ...] = ()  # in the order of what was asked about, a decision before its outcome
    batches: tuple[ShownBatch, ...] = ()
    altered: tuple[
        UUID, ...
    ] = ()  # batches that do not come out at their root, or are not as they were linked

    @property
    def decisions(self) -> int:
        """Of how many decisions it is shown."""
        return sum(row.source == "decision" for row in self.rows)


NOTHING_SHOWN = Shown()


def shown_of(connection: Connection, rows: Sequence[ReviewedDecision]) -> Shown:
    """What can be shown of these rows, read in the look that they are shown in."""
    found = list(_rows(connection, rows))
    batches, altered = _batches(connection, {one.batch for one in found})
    shown: dict[tuple[UUID, str], ShownRow] = {}
    trees = _trees(found)
    kept = {place: _root(batches.get(place[1]), place) for place in trees}
    known = {place: root for place, root in kept.items() if root is not None}
    leaves = _leaves(connection, {place: trees[place] for place in known}, known)
    for place, root in known.items():
        ways = _ways(trees[place], leaves.get(place, []), root)
        if ways is None:
            altered.add(place[1])
            continue
        for one, way in zip(trees[place], ways, strict=True):
            shown[one.id, one.source] = ShownRow(one.source, one.id, *place[1:], one.text, one.salt, way)
    in_order = ((row.id, source) for row in rows for source, *_ in _LOG)
    proved = tuple(shown[key] for key in in_order if key in shown and shown[key].batch not in altered)
    named = {row.batch for row in proved}
    return Shown(
        proved,
        tuple(
            sorted((batch for batch in batches.values() if batch.id in named), key=lambda one: one.position)
        ),
        tuple(sorted(altered)),
    )


type _Tree = tuple[str, UUID, str, datetime]  # table, batch, class, midnight


@dataclass(frozen=True, slots=True)
class _Row:
    source: str
    id: UUID
    at: datetime
    batch: UUID
    retention_class: str
    text: bytes
    salt: bytes
    way: Mapping[str, Any] | None  # that a held one brought along

    @property
    def leaf(self) -> bytes:
        return leaf(self.salt, self.text)


def _rows(connection: Connection, rows: Sequence[ReviewedDecision]) -> Iterator[_Row]:
    """Those of them that have a salt and a batch, as they are stored, with their outcomes."""
    for some in batched(rows, _AT_ONCE, strict=False):
        ids, oldest = [one.id for one in some], min(one.at for one in some)
        classes = sorted({one.retention_class for one in some})
        for source, key, *models in _LOG:
            for model in models:
                c = inspect(model).local_table.c
                query = select(*c).where(
                    c[key].in_(ids),
                    c.at >= oldest,
                    c.retention_class.in_(classes),
                    c.batch.is_not(None),
                    c.salt.is_not(None),
                )
                for row in connection.execute(query).mappings():
                    if "proof" in row and row["proof"] is None:  # held, and came without its way
                        continue
                    yield _Row(
                        source=source,
                        id=row[key],
                        at=row["at"],
                        batch=row["batch"],
                        retention_class=row["retention_class"].value,
                        text=canonical_row(source, dict(row)),
                        salt=row["salt"],
                        way=row.get("proof"),
                    )


def _trees(rows: Iterable[_Row]) -> dict[_Tree, list[_Row]]:
    trees: defaultdict[_Tree, list[_Row]] = defaultdict(list)
    for one in rows:
        trees[one.source, one.batch, one.retention_class, day_of(one.at)].append(one)
    return trees


def _batches(connection: Connection, wanted: set[UUID]) -> tuple[dict[UUID, ShownBatch], set[UUID]]:
    """Those that have roots and stand in the chain as they are; and those that do not."""
    batches: dict[UUID, ShownBatch] = {}
    altered: set[UUID] = set()
    table, chain = inspect(BatchRow).local_table, inspect(ChainRow).local_table
    for some in batched(sorted(wanted), _AT_ONCE, strict=False):
        rows = connection.execute(select(table).where(table.c.id.in_(some))).all()
        said = {row.id: (row.at, canonical_record(dict(row._mapping))) for row in rows}
        rootless = {row.id for row in rows if row.roots is None}
        linked = chain.alias("linked")
        before = chain.alias("before")
        query = (
            select(linked.c.row, linked.c.position, linked.c.digest, linked.c.link, before.c.link)
            .outerjoin(before, before.c.position == linked.c.position - 1)
            .where(linked.c.source == "batch", linked.c.row.in_(said))
        )
        links = {row: rest for row, *rest in connection.execute(query)}
        for batch, (at, says) in said.items():
            if batch not in links:
                # The release before gave a batch no roots, and then nothing is linked of it.
                altered |= {batch} - rootless
                continue
            position, digest, link, link_before = links[batch]
            if digest != sha256(says).digest():
                altered.add(batch)
                continue
            batches[batch] = ShownBatch(batch, at, says, position, link_before or BEFORE_THE_FIRST, link)
    return batches, altered


def _root(batch: ShownBatch | None, tree: _Tree) -> Root | None:
    source, _, retention_class, day = tree
    group = Group(source, retention_class, day.date())
    return None if batch is None else dict(read_roots(json.loads(batch.text)["roots"])).get(group)


def _ways(members: Sequence[_Row], leaves: Sequence[bytes], kept: Root) -> list[Path] | None:
    """The way of each of these rows of one tree to its root; None where one does not lead there."""
    made = paths(leaves, [one.leaf for one in members if one.way is None])
    found = []
    for one in members:
        way = made.get(one.leaf)
        if one.way is not None:
            beside = tuple(map(bytes.fromhex, one.way["beside"]))
            way = Path(one.way["place"], one.way["leaves"], beside)
        if way is None or way.leaves != kept.leaves or not leads(way, one.leaf, kept.root):
            return None
        found.append(way)
    return found


def _leaves(
    connection: Connection, trees: Mapping[_Tree, Sequence[_Row]], kept: Mapping[_Tree, Root]
) -> dict[_Tree, list[bytes]]:
    """All leaves of trees of which a row did not bring its way, looked for around the rows first."""
    near: dict[_Tree, tuple[datetime, datetime]] = {}
    for tree, members in trees.items():
        if any(one.way is None for one in members):
            times, day = [one.at for one in members], tree[3]
            near[tree] = max(min(times) - _NEAR, day), min(max(times) + _NEAR, day + DAY)
    found = dict(_leaves_within(connection, near))
    short = [tree for tree in near if len(found.get(tree, ())) != kept[tree].leaves]
    return found | dict(_leaves_within(connection, {tree: (tree[3], tree[3] + DAY) for tree in short}))


def _leaves_within(
    connection: Connection, times: Mapping[_Tree, tuple[datetime, datetime]]
) -> Iterator[tuple[_Tree, list[bytes]]]:
    if connection.dialect.name == "postgresql":
        # By a function of the database: the service may not read the rows that stand beside.
        query = text(
            "SELECT place, leaves FROM sluicegate_trees(:source, :batches, :classes, :since, :until)"
        )
        for source, *_ in _LOG:
            for some in batched([tree for tree in times if tree[0] == source], _AT_ONCE, strict=False):
                given = {
                    "source": source,
                    "batches": [batch for _, batch, _, _ in some],
                    "classes": [retention_class for _, _, retention_class, _ in some],
                    "since": [times[tree][0] for tree in some],
                    "until": [times[tree][1] for tree in some],
                }
                for place, leaves in connection.execute(query, given):
                    yield some[place - 1], split(leaves or b"")
        return
    models = {source: inspect(model).local_table for source, _, model, _ in _LOG}
    for tree, (since, until) in times.items():
        source, batch, retention_class, _ = tree
        c = models[source].c
        query_rows = select(*c).where(
            c.batch == batch,
            c.retention_class == retention_class,
            c.at >= since,
            c.at < until,
            c.salt.is_not(None),
        )
        rows = connection.execute(query_rows).mappings()
        yield tree, [leaf(row["salt"], canonical_row(source, dict(row))) for row in rows]
