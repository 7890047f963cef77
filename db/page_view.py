"""
The pieces of a page as they were recorded in the last hour, without people: why a page half broke.

The rows come from the view `page_decision`, which reaches back an hour and has no person, address, path or
referrer, and nothing privileged. Pieces are told by the scheme and host of the page they named as theirs, so
those of all pages of one site are one answer. Pieces that were allowed are usually recorded without their
page (level `anonymous`), so they are not in it: what broke a page are the others. On PostgreSQL the view
shows nothing but in a look that is recorded (`db/review/looks.py`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, select

from db.columns import UtcDateTime

MOST_PIECES = 1_000

_GROUPED = ("resource", "host", "verdict", "reason", "category", "list", "line", "entry", "entry_kind")
_view = Table(
    "page_decision",
    MetaData(),
    Column("at", UtcDateTime),
    Column("page", Text),
    *(Column(name, Integer if name == "line" else Text) for name in _GROUPED),
    Column("reference", Text),
    Column("withdrawn_on", UtcDateTime),
)


@dataclass(frozen=True, slots=True)
class PagePiece:
    """Requests for one host by pages of one site, decided alike."""

    resource: str
    host: str | None
    verdict: str
    reason: str
    category: str | None
    list: str | None
    line: int | None
    entry: str | None
    entry_kind: str | None
    times: int
    last: datetime
    withdrawn_on: datetime | None  # when the entry that decided was found to have been wrong


def pieces(connection: Connection, page: str) -> list[PagePiece]:
    """
    What was recorded for pages of `page` (`https://example.org`), the latest `MOST_PIECES` first.

    `connection` is a look's.
    """
    grouped = [_view.c[name] for name in _GROUPED]
    last = func.max(_view.c.at, type_=UtcDateTime).label("last")
    query = (
        select(
            *grouped,
            func.count().label("times"),
            last,
            func.min(_view.c.withdrawn_on, type_=UtcDateTime).label("withdrawn_on"),
        )
        .where(_view.c.page == page)
        .group_by(*grouped)
        .order_by(last.desc(), _view.c.host)
        .limit(MOST_PIECES)
    )
    return [PagePiece(**row._mapping) for row in connection.execute(query)]
