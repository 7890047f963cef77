"""
The roots of a batch: a tree for each table, retention class and day (UTC) of its rows.

A class is disposed of by whole days, so a tree is there whole or gone whole, and those of the other classes
and days of a batch still verify when one is gone. `batch.roots` holds them, and the batch is chained.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from db.proof.canonical import FORM
from db.proof.merkle import root


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Rows of one batch that stand and go together."""

    table: str
    retention_class: str
    day: date


@dataclass(frozen=True, slots=True)
class Root:
    """What is kept of a group: how many rows it had, and the root over their leaves."""

    leaves: int
    root: bytes


class Trees:
    """The leaves of a batch while it is put together."""

    def __init__(self) -> None:
        self._leaves: defaultdict[Group, list[bytes]] = defaultdict(list)

    def add(self, table: str, leaves: Iterable[tuple[str, datetime, bytes]]) -> None:
        """Rows of one table that are really in the log: class, time and leaf of each."""
        groups: defaultdict[tuple[str, date], list[bytes]] = defaultdict(list)
        for retention_class, at, leaf in leaves:
            groups[retention_class, (at if at.tzinfo is UTC else at.astimezone(UTC)).date()].append(leaf)
        for (retention_class, day), found in groups.items():
            self._leaves[Group(table, retention_class, day)] += found

    def __iadd__(self, others: Self) -> Self:
        for group, leaves in others._leaves.items():
            self._leaves[group] += leaves
        return self

    def __bool__(self) -> bool:
        return bool(self._leaves)

    def leaves(self, table: str) -> int:
        """How many rows of a table there are in all."""
        return sum(len(leaves) for group, leaves in self._leaves.items() if group.table == table)

    def roots(self) -> dict[str, object]:
        """What `batch.roots` holds, as plain data."""
        groups = [
            [group.table, group.retention_class, group.day.isoformat(), len(leaves), root(leaves).hex()]
            for group, leaves in sorted(self._leaves.items())
        ]
        return {"form": FORM, "groups": groups}


def read_roots(kept: dict[str, Any]) -> Iterator[tuple[Group, Root]]:
    """
    What `batch.roots` says, group by group.

    Raises `ValueError`, `KeyError` or `TypeError` for what this release did not write.
    """
    if kept["form"] != FORM:
        raise ValueError(f"roots of form {kept['form']}")
    for table, retention_class, day, leaves, digest in kept["groups"]:
        yield Group(table, retention_class, date.fromisoformat(day)), Root(leaves, bytes.fromhex(digest))
