"""Rows with the proofs that a database would have of them: one batch, shipped with other rows beside."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from db.proof.canonical import COLUMNS, canonical_record, canonical_values
from db.proof.chain import BEFORE_THE_FIRST, link
from db.proof.merkle import leaf, path
from db.proof.reading import day_of
from db.proof.roots import Trees
from db.proof.showing import Shown, ShownBatch, ShownRow
from policy.review.rows import ReviewedDecision

BATCH = UUID("01976d3e-0000-7000-8000-00000000beef")
BATCH_AT = datetime(2026, 3, 14, 15, 12, tzinfo=UTC)


def proved(rows: Sequence[ReviewedDecision], beside: int = 5) -> Shown:
    """What shows of these rows, each with an outcome, that they were shipped."""
    trees = Trees()
    leaves: dict[tuple[str, str, datetime], list[bytes]] = {}
    made = []
    for number, (source, one) in enumerate((source, one) for one in rows for source in COLUMNS):
        text, salt = _text(source, one), bytes([number % 256] * 16)
        own = (source, one.retention_class.value, day_of(one.at if source == "decision" else _over(one)))
        leaves.setdefault(own, [sha256(bytes([n])).digest() for n in range(beside)]).append(leaf(salt, text))
        made.append((own, one.id, text, salt))
    for (source, retention_class, day), of in leaves.items():
        trees.add(source, [(retention_class, day, each) for each in of])
    record = {"id": BATCH, "at": BATCH_AT, "slot": 0, "decisions": len(rows) + beside, "roots": trees.roots()}
    says = canonical_record(record)
    position, before = 1, BEFORE_THE_FIRST
    made_link = link(before, position, "batch", BATCH, BATCH_AT, sha256(says).digest())
    return Shown(
        rows=tuple(
            ShownRow(own[0], of, BATCH, own[1], own[2], text, salt, path(leaves[own], leaf(salt, text)))
            for own, of, text, salt in made
        ),
        batches=(ShownBatch(BATCH, BATCH_AT, says, position, before, made_link),),
    )


def _over(one: ReviewedDecision) -> datetime:
    assert one.outcome is not None
    return one.outcome.at


def _text(source: str, one: ReviewedDecision) -> bytes:
    if source == "outcome":
        return canonical_values("outcome", [getattr(one.outcome, name) for name in COLUMNS["outcome"]])
    matches = json.dumps(
        [
            {
                "category": match.category,
                "list": match.list,
                "line": match.line,
                "entry": match.entry,
                "kind": match.kind,
                "found_by": match.found_by,
                "name": match.name,
                "specificity": match.specificity,
            }
            for match in one.matches
        ]
    )
    own = {"sealed": None, "matches": matches, "names": list(one.names), "categories": list(one.categories)}
    return canonical_values(
        "decision", [own[name] if name in own else getattr(one, name) for name in COLUMNS["decision"]]
    )
