"""
The sealed parts that a look may take out: still sealed, of privileged rows of its period.

Whose they are nobody can know here, so all of the period come; on PostgreSQL only for an opening that two
people agreed to and that was used for this look (`sluicegate_bounds`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, select, union_all

from db.review.newest import SOURCES
from policy.review.scope import Scope
from policy.words import RetentionClass, Verdict

MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A privileged decision: what stands of it in clear, and what is sealed."""

    id: UUID
    hour: datetime
    category: str | None
    verdict: Verdict
    reference: str
    sealed: bytes


def sealed_rows(connection: Connection, scope: Scope) -> Iterator[SealedRow]:
    """Those of the period and the categories of these bounds, oldest first; at most `MOST_ROWS` and one."""
    selects = []
    for table, _ in SOURCES:
        c = table.c
        terms = [
            c.retention_class == RetentionClass.PRIVILEGED,
            c.sealed.is_not(None),
            c.at >= scope.since.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
            c.at < scope.until,
        ]
        if scope.categories is not None:
            terms.append(c.category.in_(sorted(scope.categories)))
        selects.append(select(c.id, c.at, c.category, c.verdict, c.reference, c.sealed).where(*terms))
    found = union_all(*selects).subquery()
    query = select(found).order_by(found.c.at, found.c.id).limit(MOST_ROWS + 1)
    for row in connection.execute(query):
        yield SealedRow(row.id, row.at, row.category, row.verdict, row.reference, row.sealed)
