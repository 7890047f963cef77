"""
What an operator sees of the last decisions: enough to find out why a site is blocked, and nobody.

The rows come from the view `operator_decision`, which has no person, address, path or referrer, no
privileged row, and nothing that decided nothing about a site. On PostgreSQL the view shows nothing at all but
in a look that is recorded (`db/review/looks.py`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, select

from db.columns import UtcDateTime
from policy.words import Verdict

MOST_ROWS = 10_000

_view = Table(
    "operator_decision",
    MetaData(),
    Column("at", UtcDateTime),
    *(Column(name, Text) for name in ("verdict", "reason", "category", "host", "list")),
    Column("line", Integer),
    Column("resource", Text),
    Column("reference", Text),
    Column("withdrawn_on", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """One decision as an operator may see it."""

    at: datetime
    verdict: str
    reason: str
    category: str | None
    host: str | None
    list: str | None
    line: int | None
    resource: str
    reference: str
    withdrawn_on: datetime | None = None  # when the entry that decided was found to have been wrong


def recent(
    connection: Connection,
    *,
    since: datetime,
    blocked_only: bool = False,
    reference: str | None = None,
    limit: int = 100,
) -> list[ShownDecision]:
    """
    The decisions since `since`, newest first, at most `limit` and never more than `MOST_ROWS`.

    With `reference` (eight characters, as stored) only what was answered under it. `connection` is a look's.
    """
    query = (
        select(_view)
        .where(_view.c.at >= since)
        .order_by(_view.c.at.desc(), _view.c.reference)
        .limit(max(0, min(limit, MOST_ROWS)))
    )
    if blocked_only:
        query = query.where(_view.c.verdict == Verdict.BLOCK.value)
    if reference is not None:
        query = query.where(_view.c.reference == reference)
    return [ShownDecision(**row._mapping) for row in connection.execute(query)]
