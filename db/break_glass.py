"""
Break-glass in the database: who opened everything for a while, and who stood by it afterwards.

An opening is never one row but several, none of which is ever changed: `opened` when it was opened,
`closed` if it was ended before its time, `confirmed` by a second person, `reported` if nobody had done that a
day later. A bypass of a gateway that was dead is written down when it is over, as `bypassed`, and then
goes the same way. What is made of these rows is an `Opening`; that is what everybody else sees.

The row of an opening is committed before it begins to hold, and the keeper brings it to the workers as it
does every register. It ends by the workers' clocks, whatever has become of the database. Without the
database nothing can be opened: nobody could say afterwards who did it.

`reported` is written by the keeper, so that it depends on nobody's looking: on PostgreSQL through a
function that can do nothing else, since the gateway's role may not write here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, exists, insert, select, text
from sqlalchemy.orm import aliased

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.models import BreakGlassRow
from db.register_marker import changing
from db.register_rules import (
    fit_reason,
    refuse_unfit_bypass,
    refuse_unfit_opening,
    same_person,
)
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, uuid7
from policy.registers import BreakGlass
from policy.words import BreakGlassEvent

CONFIRM_WITHIN = timedelta(hours=24)
AGAIN_WITHIN = timedelta(hours=24)
_UNCONFIRMED = "not confirmed by a second person within 24 hours"

_OPENED, _BYPASSED = BreakGlassEvent.OPENED, BreakGlassEvent.BYPASSED
_CLOSED, _CONFIRMED, _REPORTED = BreakGlassEvent.CLOSED, BreakGlassEvent.CONFIRMED, BreakGlassEvent.REPORTED
_FIRST = (_OPENED, _BYPASSED)


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said of an opening, and when."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Opening:
    """One opening, or one bypass (`kind`), with everything that was said of it."""

    id: str
    kind: BreakGlassEvent  # OPENED or BYPASSED
    begins: datetime
    until: datetime  # as it was to be
    account: str | None  # of a bypass: the system's account that made it, where that is known
    entered: Word
    closed: Word | None
    confirmed: Word | None
    reported_at: datetime | None
    times: int  # how many began in the day up to this one, itself included

    @property
    def ended(self) -> datetime:
        """When it ended, or will."""
        return min(self.until, self.closed.at) if self.closed else self.until

    @property
    def confirm_by(self) -> datetime:
        """When somebody else has to have confirmed it."""
        return self.entered.at + CONFIRM_WITHIN

    def is_open(self, now: datetime) -> bool:
        """Whether everything is open by it at `now`."""
        return self.kind is _OPENED and self.begins <= now < self.ended

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has confirmed it in time, and nobody since."""
        return self.confirmed is None and now >= self.confirm_by


@dataclass(frozen=True, slots=True)
class Overlap:
    """A time of which the log does not tell what was looked at, or by whom."""

    id: str
    kind: BreakGlassEvent  # OPENED or BYPASSED
    begins: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What an operator has to know of break-glass."""

    until: datetime | None = None  # of what is open now
    unconfirmed: int = 0  # within their day
    overdue: int = 0


class BreakGlassStore:
    """What may be done with break-glass. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @property
    def keeps_people_apart(self) -> bool:
        """Whether two actors are two people: with SQLite they are accounts, and root is all of them."""
        return self._engine.dialect.name == "postgresql"

    def overlapping(self, since: datetime, until: datetime) -> list[Overlap]:
        """See `overlapping`."""
        return overlapping(self._engine, since, until)

    def open(self, length: timedelta, *, because: str) -> Opening:
        """Open for so long. Raises `RegisterRefused` while it is open, `DatabaseAway`."""
        because = fit_reason(because)
        refuse_unfit_opening(length)
        with changing(self._engine) as connection:
            now = self._now()
            if (standing := open_at(connection, now)) is not None:
                raise RegisterRefused(
                    f"break-glass is open already, until {standing.until:%H:%M:%S %Z}; close it first"
                )
            opening = new_reference()
            return _say(connection, _OPENED, opening, because, at=now, begins=now, until=now + length)

    def close(self, *, because: str) -> Opening:
        """End what is open. Raises `RegisterRefused` when nothing is."""
        because = fit_reason(because)
        with changing(self._engine) as connection:
            now = self._now()
            standing = open_at(connection, now)
            if standing is None:
                raise RegisterRefused("break-glass is not open; there is nothing to close")
            return _say(connection, _CLOSED, standing.id, because, at=now)

    def confirm(self, identifier: str, *, because: str) -> Opening:
        """
        Stand by an opening or bypass of somebody else's, also when it is late.

        Raises `RegisterRefused` for one's own, for one that is confirmed, and when there is none.
        """
        because = fit_reason(because)
        with changing(self._engine) as connection:
            opening = _find(connection, identifier)
            if opening.confirmed is not None:
                raise RegisterRefused(f"{identifier} is confirmed already, by {opening.confirmed.by}")
            me = actor(connection)
            if any(same_person(me, of) for of in (opening.entered.by, opening.account) if of is not None):
                raise RegisterRefused(
                    "nobody confirms what they opened or entered themselves; ask somebody else who may"
                )
            return _say(connection, _CONFIRMED, identifier, because, at=self._now())

    def record_bypass(
        self,
        begins: datetime,
        until: datetime,
        *,
        because: str,
        account: str | None = None,
        identifier: str | None = None,
    ) -> Opening:
        """
        Write down a bypass that is over.

        `identifier` where whatever made the bypass gave it one. Raises `RegisterRefused`, also for one that
        is written down already.
        """
        because = fit_reason(because)
        now = self._now()
        refuse_unfit_bypass(begins, until, now)
        opening = identifier or new_reference()
        with changing(self._engine) as connection:
            if _openings(connection, [BreakGlassRow.opening == opening]):
                raise RegisterRefused(f"{opening} is written down already")
            return _say(
                connection, _BYPASSED, opening, because, at=now, begins=begins, until=until, account=account
            )

    def openings(self) -> list[Opening]:
        """All there ever were, bypasses too; newest first."""
        with reading(self._engine) as connection:
            return _openings(connection)


def open_at(connection: Connection, now: datetime) -> BreakGlass | None:
    """What is open at `now`, or is about to be by a clock ahead of this one."""
    other = aliased(BreakGlassRow)
    closed = exists().where(other.opening == BreakGlassRow.opening, other.event == _CLOSED)
    row = connection.execute(
        select(BreakGlassRow.opening, BreakGlassRow.begins, BreakGlassRow.until)
        .where(BreakGlassRow.event == _OPENED, BreakGlassRow.until > now, ~closed)
        .order_by(BreakGlassRow.until.desc())
        .limit(1)
    ).one_or_none()
    return BreakGlass(row.opening, row.begins, row.until) if row is not None else None


def overlapping(engine: Engine, since: datetime, until: datetime) -> list[Overlap]:
    """
    The openings and bypasses of which any moment lies in `since` to `until`; oldest first.

    Whoever shows somebody something of that time says so beside it. Only what tells the time is read, which
    every role that reads decisions may. Raises `DatabaseAway`.
    """
    with reading(engine) as connection:
        return overlaps(connection, since, until)


def overlaps(connection: Connection, since: datetime, until: datetime) -> list[Overlap]:
    """What `overlapping` gives, in a transaction that is open."""
    columns = (BreakGlassRow.opening, BreakGlassRow.event, BreakGlassRow.at)
    first = connection.execute(
        select(*columns, BreakGlassRow.begins, BreakGlassRow.until)
        .where(BreakGlassRow.event.in_(_FIRST), BreakGlassRow.begins < until, BreakGlassRow.until > since)
        .order_by(BreakGlassRow.begins)
    ).all()
    closed = connection.execute(
        select(*columns).where(
            BreakGlassRow.event == _CLOSED, BreakGlassRow.opening.in_([row.opening for row in first])
        )
    )
    closed_at = {row.opening: row.at for row in closed}
    found = [
        Overlap(row.opening, row.event, row.begins, min(row.until, closed_at.get(row.opening, row.until)))
        for row in first
    ]
    return [one for one in found if one.ended > since]


def tally(engine: Engine, now: datetime) -> Tally:
    """What is open, and how many nobody has confirmed. Raises `DatabaseAway`."""
    with reading(engine) as connection:
        unconfirmed = _openings(connection, [~_has(_CONFIRMED)])
        standing = open_at(connection, now)
    overdue = sum(one.is_overdue(now) for one in unconfirmed)
    return Tally(standing.until if standing else None, len(unconfirmed) - overdue, overdue)


def report_overdue(engine: Engine, now: datetime) -> int:
    """Write down what nobody has confirmed in time, once; how many that were. Raises `DatabaseAway`."""
    with reading(engine) as connection:
        unreported = _openings(connection, [~_has(_CONFIRMED), ~_has(_REPORTED)])
    if not any(one.is_overdue(now) for one in unreported):
        return 0
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            return int(connection.execute(text("SELECT sluicegate_report_break_glass()")).scalar_one())
        # Another keeper of the same database may have been first: asked again, under the lock.
        overdue = [
            one for one in _openings(connection, [~_has(_CONFIRMED), ~_has(_REPORTED)]) if one.is_overdue(now)
        ]
        for one in overdue:
            _say(connection, _REPORTED, one.id, _UNCONFIRMED, at=now)
        return len(overdue)


def _say(
    connection: Connection,
    event: BreakGlassEvent,
    identifier: str,
    because: str,
    *,
    at: datetime,
    **columns: object,
) -> Opening:
    """Add one row, and one to `change`; the opening as it is then."""
    row = {"id": uuid7(), "at": at, "actor": actor(connection), "event": event, "opening": identifier}
    connection.execute(insert(BreakGlassRow).values(**row, because=because, **columns))
    opening = _find(connection, identifier)
    after = {
        "id": identifier,
        "begins": opening.begins.isoformat(),
        "until": opening.until.isoformat(),
        "account": opening.account,
    }
    record_change(connection, what=f"break-glass {event}", before=None, after=after, because=because)
    return opening


def _has(event: BreakGlassEvent) -> ColumnElement[bool]:
    other = aliased(BreakGlassRow)
    return exists().where(other.opening == BreakGlassRow.opening, other.event == event)


def _find(connection: Connection, identifier: str) -> Opening:
    found = _openings(connection, [BreakGlassRow.opening == identifier])
    if not found:
        raise RegisterRefused(
            f"there is no opening or bypass {identifier}; `sluicegate break-glass list` shows them"
        )
    return found[0]


def _openings(connection: Connection, where: Iterable[ColumnElement[bool]] = ()) -> list[Opening]:
    """Newest first. There are a few of them a year, so all rows of those that are asked for are read."""
    rows = connection.execute(select(BreakGlassRow.__table__).where(*where).order_by(BreakGlassRow.id))
    of: defaultdict[str, dict[BreakGlassEvent, Row[Any]]] = defaultdict(dict)
    for row in rows:
        of[row.opening][row.event] = row
    began = connection.scalars(select(BreakGlassRow.begins).where(BreakGlassRow.event.in_(_FIRST))).all()
    made = [_opening(events, began) for events in of.values()]
    return sorted(made, key=lambda one: one.begins, reverse=True)


def _opening(events: Mapping[BreakGlassEvent, Row[Any]], began: Sequence[datetime | None]) -> Opening:
    first = next(events[event] for event in _FIRST if event in events)
    reported = events.get(_REPORTED)
    return Opening(
        id=first.opening,
        kind=first.event,
        begins=first.begins,
        until=first.until,
        account=first.account,
        entered=_word(first),
        closed=_word(events[_CLOSED]) if _CLOSED in events else None,
        confirmed=_word(events[_CONFIRMED]) if _CONFIRMED in events else None,
        reported_at=reported.at if reported is not None else None,
        times=sum(at is not None and first.begins - AGAIN_WITHIN < at <= first.begins for at in began),
    )


def _word(row: Row[Any]) -> Word:
    return Word(row.at, row.actor, row.because)
