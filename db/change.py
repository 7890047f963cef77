"""What was changed in a list, a register or a setting, by whom and why; in the changing transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from db.actor import actor
from db.models import ChangeRow
from db.proof.chain import append
from policy.identifiers import uuid7


def record_change(
    connection: Connection,
    *,
    what: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
    because: str,
    by: str | None = None,
) -> None:
    """
    Record one change; `before` and `after` are plain JSON, None for nothing.

    It is this connection's actor's, or of `by`, whose word the review service takes.
    """
    via = actor(connection)
    identifier = uuid7()
    connection.execute(
        insert(ChangeRow).values(
            id=identifier,
            at=datetime.now(UTC),
            actor=by or via,
            via=via,
            what=what,
            before=dict(before) if before is not None else None,
            after=dict(after) if after is not None else None,
            because=because,
        )
    )
    append(connection, ChangeRow, identifier)
