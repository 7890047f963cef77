"""
Mails and calls that are to be sent, kept until they are.

Whoever has something to say puts it here in the transaction in which it happened, so that neither is without
the other. A desk takes what is due, and has it to itself for a while: with several gateways on one database
each message is one desk's at a time. A message may be sent twice where a desk dies between sending and saying
so; it is never lost. What it said is dropped once it was sent or given up; that there was one stays until
disposal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, select, update

from db.columns import refuse_unstorable
from db.engine import joining, reading, writing
from db.people_models import OutboxRow
from policy.identifiers import uuid7


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to be sent: how (mail, webhook), and as plain JSON what, for whoever sends it."""

    channel: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is this desk's to send now. `repr` shows nothing of what it says."""

    id: UUID
    at: datetime
    channel: str
    about: str | None
    tries: int  # this one included


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits."""

    waiting: int
    oldest: datetime | None
    given_up: int  # that nobody has disposed of yet


class Outbox:
    """The messages of every gateway on this database."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def put(self, outgoing: Outgoing, *, about: str | None = None, within: Connection | None = None) -> UUID:
        """
        Let a message be sent; `about` is the reference of what it tells of.

        `within` the transaction in which that happens. Raises `ValueError` for what cannot be kept to the
        letter, `DatabaseAway`.
        """
        refuse_unstorable(dict(outgoing.content))
        identifier = uuid7()
        with joining(self._engine, within) as connection:
            now = self._now()
            connection.execute(
                insert(OutboxRow).values(
                    id=identifier,
                    at=now,
                    channel=outgoing.channel,
                    about=about,
                    content=dict(outgoing.content),
                    tries=0,
                    due=now,
                )
            )
        return identifier

    def take(self, channel: str, limit: int, lease: timedelta) -> list[tuple[Taken, Mapping[str, Any]]]:
        """
        At most `limit` messages of a channel that are due, the oldest first, each with its content.

        By channel, so that a slow mail server holds up no call. Nobody else is given them for `lease`: within
        that say `sent` or `failed`.
        """
        now = self._now()
        due = (
            select(OutboxRow.__table__)
            .where(OutboxRow.due <= now, OutboxRow.channel == channel)
            .order_by(OutboxRow.due)
            .limit(limit)
        )
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                due = due.with_for_update(skip_locked=True)
            rows = connection.execute(due).all()
            connection.execute(
                update(OutboxRow)
                .where(OutboxRow.id.in_([row.id for row in rows]))
                .values(tries=OutboxRow.tries + 1, due=now + lease)
            )
            return [
                (Taken(row.id, row.at, row.channel, row.about, row.tries + 1), row.content) for row in rows
            ]

    def sent(self, identifier: UUID) -> None:
        """It was sent; what it said is dropped."""
        self._say(identifier, sent_at=self._now(), due=None, content=None, error=None)

    def failed(self, identifier: UUID, error: str, *, again: datetime | None) -> None:
        """It was not sent, for `error` (a fixed word): try `again` then, or (None) never."""
        if again is not None:
            self._say(identifier, due=again, error=error)
        else:
            self._say(identifier, given_up_at=self._now(), due=None, content=None, error=error)

    def backlog(self) -> Backlog:
        """How much waits, since when, and how much was given up. Raises `DatabaseAway`."""
        waits = OutboxRow.due.is_not(None)
        with reading(self._engine) as connection:
            waiting, oldest, given_up = connection.execute(
                select(
                    func.count().filter(waits),
                    func.min(OutboxRow.at).filter(waits),
                    func.count(OutboxRow.given_up_at),
                )
            ).one()
            return Backlog(waiting, oldest, given_up)

    def _say(self, identifier: UUID, **columns: object) -> None:
        # Only of what still waits: another desk may have had it, after this one's lease.
        with writing(self._engine) as connection:
            connection.execute(
                update(OutboxRow)
                .where(OutboxRow.id == identifier, OutboxRow.due.is_not(None))
                .values(**columns)
            )
