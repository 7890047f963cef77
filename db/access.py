"""
Every look into the log leaves an Access, committed before a row is read.

The question is one row; what came of it is a second one that answers it, since rows here are never
updated. A question without an answer is a look that failed, or was broken off.

What people ask of the review service is written in their name by its login (`db/review/looks.py`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, insert

from db.actor import actor
from db.engine import writing
from db.models import AccessRow
from db.proof.chain import append
from policy.identifiers import uuid7


def record_access(
    engine: Engine, *, what: str, question: Mapping[str, object], purpose: str | None = None
) -> UUID:
    """
    Record that this actor is about to look: `what` names the command or page, `question` its terms.

    Committed on a connection of its own when it returns. Raises `DatabaseAway`; then nothing may be read.
    """
    with writing(engine) as connection:
        return write_access(connection, what=what, question=dict(question), purpose=purpose)


def record_answer(engine: Engine, access: UUID, *, what: str, rows_seen: int, result: str = "shown") -> None:
    """Record what came of an Access."""
    with writing(engine) as connection:
        write_access(connection, what=what, question={}, answers=access, rows_seen=rows_seen, result=result)


def write_access(connection: Connection, by: str | None = None, **columns: object) -> UUID:
    """One row, in this transaction; `by` somebody whose word the review service takes, else by this login."""
    identifier = uuid7()
    via = actor(connection)
    row = {"id": identifier, "at": datetime.now(UTC), "actor": by or via, "via": via, **columns}
    connection.execute(insert(AccessRow).values(row))
    append(connection, AccessRow, identifier)
    return identifier
