"""A transaction that writes for the review service, and what the database's own refusal means there."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.engine import writing
from policy.errors import ReviewRefused

_RAISED = "P0001"  # by a trigger, on PostgreSQL; on SQLite that is an integrity error


@contextmanager
def writing_review(engine: Engine) -> Iterator[Connection]:
    """
    As `db.engine.writing`; a trigger or a constraint that says no is a `ReviewRefused` with its line.

    Nobody should get that far: what may be asked for is judged before (`policy/review/`). Two who decide the
    same thing at the same moment do.
    """
    try:
        with writing(engine) as connection:
            yield connection
    except DBAPIError as error:
        if not isinstance(error, IntegrityError) and getattr(error.orig, "sqlstate", "") != _RAISED:
            raise
        why = (str(error.orig).strip().splitlines() or ["refused"])[0]
        raise ReviewRefused(
            f"the database does not take it: {why}; look again at what stands there"
        ) from error
