"""
The change log of lists, newest first: who changed what, before, after, and why.

Read through the view `list_change`, which leaves out the changes that are not about lists (exemptions name
people). A look into it is an Access, committed before any row is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Engine, MetaData, Table, Text, Uuid, select

from db.access import record_access, record_answer
from db.columns import Json, UtcDateTime
from db.engine import reading

MOST_ROWS = 10_000

_WHAT = "changes of lists"
_view = Table(
    "list_change",
    MetaData(),
    Column("id", Uuid),
    Column("at", UtcDateTime),
    *(Column(name, Text) for name in ("actor", "what", "because")),
    *(Column(name, Json) for name in ("before", "after")),
)


@dataclass(frozen=True, slots=True)
class ListChanged:
    """One change of a list, of a local entry or of what waits for a second person."""

    at: datetime
    actor: str
    what: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    because: str


class ListChanges:
    """May read the change log of lists, and can do nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recent(self, *, since: datetime | None = None, limit: int = 100) -> list[ListChanged]:
        """
        The changes since `since`, newest first, at most `limit` and never more than `MOST_ROWS`.

        Leaves an Access. Raises `DatabaseAway`.
        """
        question = {"since": since and since.isoformat(), "limit": limit}
        access = record_access(self._engine, what=_WHAT, question=question)
        columns = (_view.c.at, _view.c.actor, _view.c.what, _view.c.before, _view.c.after, _view.c.because)
        query = select(*columns).order_by(_view.c.at.desc(), _view.c.id.desc())
        if since is not None:
            query = query.where(_view.c.at >= since)
        with reading(self._engine) as connection:
            rows = connection.execute(query.limit(max(0, min(limit, MOST_ROWS))))
            shown = [ListChanged(**row._mapping) for row in rows]
        record_answer(self._engine, access, what=_WHAT, rows_seen=len(shown))
        return shown
