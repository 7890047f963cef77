"""What came of decisions that were read: looked up by their identifiers, once for all rows of an answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, union_all

from db.models import OutcomeRow
from db.review_models import HeldOutcomeRow
from policy.decision import Outcome

type Outcomes = Mapping[UUID, Outcome]

_FIELDS = tuple(Outcome.__dataclass_fields__)
_TABLES = (OutcomeRow.__table__, HeldOutcomeRow.__table__)


def outcomes_of(connection: Connection, rows: Sequence[Row[Any]]) -> Outcomes:
    """The outcomes of these decisions (`id`, `at` and `retention_class` of each), where there are any."""
    if not rows:
        return {}
    ids: list[UUID] = [row.id for row in rows]
    # An exchange is over after it was decided, and goes with its class: few partitions are looked into.
    oldest: datetime = min(row.at for row in rows)
    classes = sorted({row.retention_class for row in rows})
    found = union_all(
        *(
            select(*(table.c[name] for name in _FIELDS)).where(
                table.c.decision.in_(ids), table.c.at >= oldest, table.c.retention_class.in_(classes)
            )
            for table in _TABLES
        )
    )
    return {row.decision: Outcome(**row._mapping) for row in connection.execute(found)}
