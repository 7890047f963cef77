"""
Entries found wrong: decisions they made stay as they were, are marked as made by mistake, and stop counting.

A withdrawal is about decisions that were made. That the entry takes part in no Ruleset any more is the
library's part (`categories/library.py`); both are done in one transaction (`within`). A decision is marked
where its deciding list, kind of entry and entry are these, so an entry is kept as a decision keeps it, cut
where that cuts it. Of a confidential list that is the entry's digest.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.engine import joining, reading
from db.models import WithdrawalRow
from db.register_rules import fit_reason
from policy.errors import RegisterRefused
from policy.identifiers import new_reference
from policy.text import ENTRY_LENGTH, storable
from policy.words import EntryKind


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """An entry of a list, as a decision that it made names it."""

    list: str
    kind: EntryKind
    entry: str
    category: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """When, by whom and why a withdrawal was ended: the entry was right after all."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One entry that was withdrawn."""

    id: str
    at: datetime
    by: str
    wrong: WrongEntry
    since: datetime | None  # decisions before that were right; None: it was wrong from the beginning
    because: str
    taken_back: TakenBack | None


class WithdrawalStore:
    """What may be done with withdrawals. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def withdraw(
        self, wrong: WrongEntry, *, since: datetime | None, because: str, within: Connection | None = None
    ) -> Withdrawal:
        """Hold an entry to have been wrong since `since`. Raises `RegisterRefused` where it is already."""
        because = fit_reason(because)
        now = self._now()
        if since is not None and since > now:
            raise RegisterRefused(
                f"since {since:%Y-%m-%d %H:%M %Z} is yet to come; name a time that has passed"
            )
        wrong = WrongEntry(wrong.list, wrong.kind, storable(wrong.entry, ENTRY_LENGTH), wrong.category)
        with joining(self._engine, within) as connection:
            if (standing := _standing(connection, wrong)) is not None:
                raise RegisterRefused(
                    f"{wrong.entry} of {wrong.list} was withdrawn on {standing.at:%Y-%m-%d} by {standing.by}"
                )
            row = {"id": new_reference(), "at": now, "actor": actor(connection), "since": since}
            connection.execute(insert(WithdrawalRow).values(**row, **asdict(wrong), because=because))
            made = _one(connection, str(row["id"]))
            _change(connection, "list entry withdrawn", None, made, because)
            return made

    def take_back(self, wrong: WrongEntry, *, because: str, within: Connection | None = None) -> Withdrawal:
        """The entry was right: decisions count again. Raises `RegisterRefused` where none stands."""
        because = fit_reason(because)
        with joining(self._engine, within) as connection:
            standing = _standing(connection, wrong)
            if standing is None:
                raise RegisterRefused(f"{wrong.entry} of {wrong.list} is not withdrawn")
            connection.execute(
                update(WithdrawalRow)
                .where(WithdrawalRow.id == standing.id)
                .values(ended_at=self._now(), ended_by=actor(connection), ended_because=because)
            )
            _change(connection, "list entry withdrawal taken back", standing, None, because)
            return _one(connection, standing.id)

    def stands(self, wrong: WrongEntry, *, within: Connection) -> bool:
        """Whether this entry is held to have been wrong."""
        return _standing(within, wrong) is not None

    def standing(self) -> list[Withdrawal]:
        """Those that hold, newest first."""
        return self._read(everything=False)

    def all(self) -> list[Withdrawal]:
        """All there ever were, newest first."""
        return self._read(everything=True)

    def _read(self, *, everything: bool) -> list[Withdrawal]:
        query = select(_TABLE).order_by(WithdrawalRow.at.desc())
        if not everything:
            query = query.where(WithdrawalRow.ended_at.is_(None))
        with reading(self._engine) as connection:
            return [_withdrawal(row) for row in connection.execute(query)]


_TABLE = WithdrawalRow.__table__


def _standing(connection: Connection, wrong: WrongEntry) -> Withdrawal | None:
    row = connection.execute(
        select(_TABLE).where(
            WithdrawalRow.list == wrong.list,
            WithdrawalRow.kind == wrong.kind,
            WithdrawalRow.entry == storable(wrong.entry, ENTRY_LENGTH),
            WithdrawalRow.ended_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else _withdrawal(row)


def _one(connection: Connection, identifier: str) -> Withdrawal:
    return _withdrawal(connection.execute(select(_TABLE).where(WithdrawalRow.id == identifier)).one())


def _withdrawal(row: Row[Any]) -> Withdrawal:
    ended = row.ended_at and TakenBack(row.ended_at, row.ended_by, row.ended_because)
    wrong = WrongEntry(row.list, row.kind, row.entry, row.category)
    return Withdrawal(row.id, row.at, row.actor, wrong, row.since, row.because, ended)


def _change(
    connection: Connection, what: str, before: Withdrawal | None, after: Withdrawal | None, because: str
) -> None:
    def plain(one: Withdrawal | None) -> dict[str, object] | None:
        if one is None:
            return None
        return {"id": one.id, **asdict(one.wrong), "since": one.since.isoformat() if one.since else None}

    record_change(connection, what=what, before=plain(before), after=plain(after), because=because)
