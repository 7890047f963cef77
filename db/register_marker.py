"""The marker that differs after every change of a register: what the keeper looks at, and a lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, select, update

from db.engine import never_hold_long, writing
from db.models import RegisterVersionRow
from policy.identifiers import uuid7


def marker(connection: Connection) -> str:
    """The marker as it is now. One row of one table is read."""
    return str(connection.scalars(select(RegisterVersionRow.version)).one())


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """A transaction that changes a register, and with it the marker. Raises `DatabaseAway`."""
    with writing(engine) as connection:
        never_hold_long(connection)
        # First, since the marker's one row is also the lock that lets one change in after another.
        connection.execute(update(RegisterVersionRow).values(version=uuid7()))
        yield connection
