"""
Proofs of rows in an export: written from what `db/proof/showing.py` finds, followed again by who verifies.

`batches.jsonl` has a line a batch, `proofs.jsonl` a line for each row of the log that has a proof, in the
order of the rows: `source`, `id`, `batch`, `retention_class`, `day`, its `text` as it was hashed, its `salt`,
and `place`, `leaves` and `beside`, the way to the root. Following one means that the text is what the row
shown says, that with its salt it leads to the root, and that the batch which holds the root is what its link
in the chain was made over. Whether that chain is the organisation's, an anchor says (`sluicegate audit
verify`).

What is read here may be anything. Each line is bounded, and they are read one at a time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from console.evidence.package import Package
from db.proof.canonical import COLUMNS
from db.proof.chain import link
from db.proof.merkle import Path, leads, leaf
from db.proof.roots import Group, Root, read_roots
from db.proof.showing import Shown
from policy.errors import EvidenceRefused

PROOFS = "proofs.jsonl"
BATCHES = "batches.jsonl"
ROWS = "decisions.jsonl"
MOST_LINE_BYTES = 1 << 20
_MOST_BATCH_BYTES = 32 << 20  # two trees for each of as many rows as there may be have less
_LONGEST_WAY = 64  # hashes: more rows than there are atoms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type Line = dict[str, Any]


def proof_lines(shown: Shown) -> Iterator[Line]:
    """The lines of `proofs.jsonl`."""
    for row in shown.rows:
        yield {
            "source": row.source,
            "id": row.id,
            "batch": row.batch,
            "retention_class": row.retention_class,
            "day": row.day.date().isoformat(),
            "text": row.text.decode(),
            "salt": row.salt.hex(),
            "place": row.path.place,
            "leaves": row.path.leaves,
            "beside": [each.hex() for each in row.path.beside],
        }


def batch_lines(shown: Shown) -> Iterator[Line]:
    """The lines of `batches.jsonl`."""
    for batch in shown.batches:
        yield {
            "id": batch.id,
            "at": batch.at,
            "text": batch.text.decode(),
            "position": batch.position,
            "before": batch.before.hex(),
            "link": batch.link.hex(),
        }


def follow(package: Package) -> int:
    """
    Follow every proof in an export; how many decisions they are of.

    Raises `EvidenceRefused` for one that does not lead where it says, or is of a row that is not shown.
    """
    if PROOFS not in package.members:
        return 0
    roots: dict[UUID, Mapping[Group, Root]] = {}
    if BATCHES in package.members and package.members[BATCHES].size > _MOST_BATCH_BYTES:
        raise EvidenceRefused(f"{BATCHES}: longer than any of ours")
    for number, line in _lines(package, BATCHES):
        identifier, groups = _read(BATCHES, number, line, _batch)
        roots[identifier] = groups
    rows = _lines(package, ROWS)
    shown: Line = {}
    decisions = 0
    for number, proof in _lines(package, PROOFS):
        while shown.get("id") != proof.get("id"):
            at = next(rows, None)
            if at is None:
                raise EvidenceRefused(
                    f"{PROOFS}: line {number}: proves a row that is not shown, or out of order"
                )
            shown = at[1]

        def one(line: Line, shown: Line = shown) -> str | None:
            return _wrong(line, shown, roots)

        if wrong := _read(PROOFS, number, proof, one):
            raise EvidenceRefused(f"{PROOFS}: line {number}: {wrong}")
        decisions += proof["source"] == "decision"
    return decisions


def _batch(line: Line) -> tuple[UUID, Mapping[Group, Root]]:
    identifier, text = UUID(line["id"]), line["text"].encode()
    at, before = datetime.fromisoformat(line["at"]), bytes.fromhex(line["before"])
    made = link(before, line["position"], "batch", identifier, at, sha256(text).digest())
    said = json.loads(text)
    if made.hex() != line["link"] or said["id"] != line["id"]:
        raise ValueError("not what its link was made over")
    return identifier, dict(read_roots(said["roots"]))


def _wrong(proof: Line, shown: Line, roots: Mapping[UUID, Mapping[Group, Root]]) -> str | None:
    """What is wrong with a proof of this row; None where nothing is."""
    source, text = proof["source"], proof["text"].encode()
    group = Group(source, proof["retention_class"], date.fromisoformat(proof["day"]))
    kept = roots[UUID(proof["batch"])][group]
    beside = tuple(map(bytes.fromhex, proof["beside"]))
    way = Path(int(proof["place"]), int(proof["leaves"]), beside)
    if len(beside) > _LONGEST_WAY or way.leaves != kept.leaves:
        return "its way is none in this batch"
    if not leads(way, leaf(bytes.fromhex(proof["salt"]), text), kept.root):
        return "does not lead to the root of its batch"
    if not _same(source, json.loads(text), shown if source == "decision" else shown["outcome"]):
        return f"the {source} that is shown is not the one that it proves"
    return None


def _same(source: str, said: Line, shown: Line) -> bool:
    """Whether the row that is shown says what was hashed."""
    if said.keys() != set(COLUMNS[source]):
        return False
    if (_EPOCH + timedelta(microseconds=said["at"])) != datetime.fromisoformat(shown["at"]):
        return False
    if source == "decision" and (said["sealed"] is not None) != shown["has_sealed"]:
        return False
    return all(said[name] == shown[name] for name in said.keys() - {"at", "sealed"})


def _read[T](name: str, number: int, line: Line, read: Callable[[Line], T]) -> T:
    try:
        return read(line)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise EvidenceRefused(f"{name}: line {number}: does not read as ours do, or does not fit") from error


def _lines(package: Package, name: str) -> Iterator[tuple[int, Line]]:
    """Each line of a file with its number, from 1."""
    if name not in package.members:
        raise EvidenceRefused(f"{name} is missing")
    rest = b""
    number = 0
    for chunk in package.chunks(name):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > MOST_LINE_BYTES:
            raise EvidenceRefused(f"{name}: line {number + len(whole) + 1}: longer than any of ours")
        for line in whole:
            number += 1
            yield number, _read(name, number, {}, lambda _, line=line: _object(line))  # type: ignore[misc]  # a lambda's default
    if rest:
        raise EvidenceRefused(f"{name}: its last line has no end")


def _object(line: bytes) -> Line:
    found = json.loads(line)
    if not isinstance(found, dict):
        raise TypeError("no object")
    return found
