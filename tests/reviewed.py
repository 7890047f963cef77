"""Rows of a review, made the way a query makes them."""

from dataclasses import fields, replace

from policy.decision import Decision
from policy.review.rows import ReviewedDecision
from tests.db.examples import decision

_OWN = frozenset({"has_sealed", "held", "outcome", "withdrawn_on", "batch"})
_SHARED = tuple(each.name for each in fields(ReviewedDecision) if each.name not in _OWN)


def reviewed(of: Decision | None = None, /, **changes: object) -> ReviewedDecision:
    """The row of a decision, or of a blocked visit with an identity of its own; changed as asked."""
    of = decision() if of is None else of
    row = ReviewedDecision(
        **{name: getattr(of, name) for name in _SHARED},
        has_sealed=of.sealed is not None,
        batch=None,
        held=False,
        outcome=None,
        withdrawn_on=None,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # any field, of any type
