"""What is read of a decision for a reviewer, and how the row of it becomes plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, literal

from db.review.outcomes import Outcomes
from policy.match import Match
from policy.review.rows import ReviewedDecision
from policy.words import EntryKind, FoundBy

# Of a row of its own, worked out, or read beside it.
_NOT_COLUMNS = frozenset({"has_sealed", "held", "outcome", "withdrawn_on"})
COLUMNS = tuple(each.name for each in fields(ReviewedDecision) if each.name not in _NOT_COLUMNS)


def columns_of(table: FromClause, *, held: bool) -> list[ColumnElement[Any]]:
    """All that a reviewer is shown of a row of `decision` or `held_decision`; never what is sealed."""
    return [
        *(table.c[name] for name in COLUMNS),
        table.c.sealed.is_not(None).label("has_sealed"),
        literal(held).label("held"),
    ]


def reviewed(row: Row[Any], outcomes: Outcomes) -> ReviewedDecision:
    """The plain row. `withdrawn_on` is None where the query did not ask for it."""
    values = dict(row._mapping)
    values["names"] = tuple(values["names"])
    values["categories"] = tuple(values["categories"])
    values["matches"] = matches(values["matches"])
    return ReviewedDecision(**values, outcome=outcomes.get(values["id"]))


def matches(stored: Sequence[Mapping[str, Any]]) -> tuple[Match, ...]:
    """Every entry that hit, as the log keeps them."""
    return tuple(
        Match(
            category=one["category"],
            list=one["list"],
            line=one["line"],
            entry=one["entry"],
            kind=EntryKind(one["kind"]),
            found_by=FoundBy(one["found_by"]),
            name=one["name"],
            specificity=one.get("specificity", 0),
        )
        for one in stored
    )
