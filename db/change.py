"""What was changed in a list, a register or a setting, by whom and why; in the changing transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from db.actor import actor
from db.models import ChangeRow
from policy.identifiers import uuid7


def record_change(
    connection: Connection,
    *,
    what: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    because: str,
) -> None:
    """Record one change by this connection's actor; `before` and `after` are plain JSON, None for nothing."""
    connection.execute(
        insert(ChangeRow).values(
            id=uuid7(),
            at=datetime.now(UTC),
            actor=actor(connection),
            what=what,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            because=because,
        )
    )
