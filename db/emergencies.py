"""
What one person allowed in an emergency, where otherwise two are asked, and who stood by it afterwards.

One person allows, never blocks, for twelve hours at most, and somebody else has to confirm it by the end.
Confirming does not lengthen it: whoever wants the site to stay open proposes that meanwhile. Until an
emergency is confirmed there is no second one for the same site, and whoever has one that ended unconfirmed
makes no other at all. An emergency takes the place of no entry that stands: that would end, for good and by
one person's word, what two agreed on. And it opens nothing that the policy never exempts (`policy/judge.py`).

It is a row of `local_entry` that ends by itself, so the release before goes by it too. On PostgreSQL triggers
hold all of this against raw SQL.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from db.actor import actor
from db.engine import reading
from db.local_entries import (
    LONGEST_EMERGENCY,
    LocalChange,
    enter,
    local_entry,
    record_local_change,
    standing_entry,
)
from db.models import LocalEntryRow
from db.register_marker import changing
from db.register_rules import fit_reason, refuse_unfit_period, refuse_unfit_target, same_person
from policy.errors import RegisterRefused
from policy.registers import LocalEntry, TargetKind, hosts_upwards
from policy.words import Action


@dataclass(frozen=True, slots=True)
class Confirmed:
    """When, by whom and why an emergency was confirmed."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """What one person allowed without waiting for another."""

    entry: LocalEntry
    at: datetime
    confirm_by: datetime
    ended: datetime  # or will
    confirmed: Confirmed | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has confirmed it in time, and nobody since."""
        return self.confirmed is None and now >= self.confirm_by


class EmergencyStore:
    """What may be done in an emergency. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @property
    def keeps_people_apart(self) -> bool:
        """Whether two actors are two people: with SQLite they are accounts, and root is all of them."""
        return self._engine.dialect.name == "postgresql"

    def allow_in_emergency(
        self, kind: TargetKind, target: str, *, until: datetime | None, because: str
    ) -> Emergency:
        """
        Allow at once, until `until` (None: for all of the twelve hours); to be confirmed by somebody else.

        Raises `RegisterRefused` for longer, where an entry stands for this target, and while an emergency
        before is not confirmed.
        """
        because = fit_reason(because)
        refuse_unfit_target(kind, target)
        now = self._now()
        until = until or now + LONGEST_EMERGENCY
        refuse_unfit_period(now, until)
        if until > now + LONGEST_EMERGENCY:
            raise RegisterRefused(
                "an emergency holds for 12 hours at most; without --emergency a second person is asked"
            )
        with changing(self._engine) as connection:
            me = actor(connection)
            _refuse_another_emergency(_emergencies(connection), target, me, now)
            standing = standing_entry(connection, kind, target)
            # One that ended by the clock still holds its place, and makes room.
            if standing is not None and standing.holds(now):
                raise RegisterRefused(
                    f"{standing.by}'s {standing.action} stands for {target}, and an emergency ends no entry; "
                    "`sluicegate lists forget` does, with a second person"
                )
            entry = enter(
                connection,
                LocalChange(Action.ALLOW, kind, target, until),
                now,
                because,
                what="local entry: allow in an emergency",
                confirm_by=until,
            )
            return _emergency_of(connection, entry.id)

    def confirm(self, kind: TargetKind, target: str, *, because: str) -> Emergency:
        """
        Stand by the last emergency for this very target, also when it is over.

        Raises `RegisterRefused` for one's own, for one that is confirmed, and when there is none.
        """
        because = fit_reason(because)
        with changing(self._engine) as connection:
            of_target = [
                one
                for one in _emergencies(connection)
                if (one.entry.kind, one.entry.target) == (kind, target)
            ]
            if not of_target:
                raise RegisterRefused(
                    f"nothing was allowed in an emergency for {target}; `sluicegate lists pending` shows them"
                )
            emergency = of_target[0]
            if emergency.confirmed is not None:
                raise RegisterRefused(f"{target} is confirmed already, by {emergency.confirmed.by}")
            me = actor(connection)
            if same_person(me, emergency.entry.by):
                raise RegisterRefused(
                    "nobody confirms what they allowed themselves; ask somebody else who may"
                )
            connection.execute(
                update(LocalEntryRow)
                .where(LocalEntryRow.id == emergency.entry.id)
                .values(confirmed_at=self._now(), confirmed_by=me, confirmed_because=because)
            )
            record_local_change(connection, "local entry confirmed", None, emergency.entry, because)
            return _emergency_of(connection, emergency.entry.id)

    def emergencies(self) -> list[Emergency]:
        """All there ever were, newest first."""
        with reading(self._engine) as connection:
            return _emergencies(connection)

    def unconfirmed(self) -> list[Emergency]:
        """Those that nobody has confirmed, newest first."""
        return [one for one in self.emergencies() if one.confirmed is None]


def _refuse_another_emergency(emergencies: list[Emergency], target: str, me: str, now: datetime) -> None:
    for one in emergencies:
        if one.confirmed is not None:
            continue
        if one_site(one.entry.target, target) or (one.is_overdue(now) and same_person(one.entry.by, me)):
            raise RegisterRefused(
                f"{one.entry.target} was allowed in an emergency on {one.at:%Y-%m-%d} by {one.entry.by} and "
                "nobody has confirmed that; somebody else has to, before there is another: "
                "sluicegate lists confirm"
            )


def one_site(one: str, other: str) -> bool:
    """The same host, or one above the other, whatever the path: each would go on where the other ends."""
    host, another = one.partition("/")[0], other.partition("/")[0]
    return host in hosts_upwards(another) or another in hosts_upwards(host)


def _emergencies(connection: Connection) -> list[Emergency]:
    rows = connection.execute(
        select(LocalEntryRow.__table__)
        .where(LocalEntryRow.confirm_by.is_not(None))
        .order_by(LocalEntryRow.at.desc())
    )
    return [_emergency(row) for row in rows]


def _emergency_of(connection: Connection, identifier: str) -> Emergency:
    """As the server has it, whose clock it goes by."""
    one = select(LocalEntryRow.__table__).where(LocalEntryRow.id == identifier)
    return _emergency(connection.execute(one).one())


def _emergency(row: Row[Any]) -> Emergency:
    entry = local_entry(row)
    ends = min(at for at in (entry.until, row.ended_at) if at is not None)
    confirmed = row.confirmed_at and Confirmed(row.confirmed_at, row.confirmed_by, row.confirmed_because)
    return Emergency(entry, row.at, row.confirm_by, ends, confirmed)
