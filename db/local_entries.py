"""
Local entries: an administrator's own allow or block, as it is entered, ended and, by two people, proposed.

With two people (a setting) it is a proposal, and so is ending one: `LocalChange` is what is proposed. The
second person enters it, in the transaction in which they approve (`RegisterStore.enact`).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.models import LocalEntryRow
from policy.identifiers import new_reference
from policy.registers import LocalEntry, TargetKind
from policy.words import Action

LONGEST_EMERGENCY = timedelta(hours=12)

ENTER, END = "local-entry", "local-entry-end"
"""The words of a proposal's change (`what`) that are about local entries."""


@dataclass(frozen=True, slots=True)
class LocalChange:
    """An own allow or block that is to be entered, or (no action) one that is to end."""

    action: Action | None  # ALLOW or BLOCK
    kind: TargetKind  # HOST or PREFIX
    target: str
    until: datetime | None = None

    def plain(self) -> dict[str, object]:
        """As a proposal keeps it."""
        target = {"kind": self.kind.value, "target": self.target}
        if self.action is None:
            return {"what": END, **target}
        until = self.until.isoformat() if self.until is not None else None
        return {"what": ENTER, "action": self.action.value, **target, "until": until}

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> "LocalChange | None":
        """
        What a proposal is about; None where it is not about a local entry, or not as `plain` writes it.

        Whoever may propose may write a row by hand.
        """
        what, action, kind, target = (change.get(key) for key in ("what", "action", "kind", "target"))
        enters = what == ENTER and action in ("allow", "block")
        if not (enters or what == END) or kind not in ("host", "prefix") or not isinstance(target, str):
            return None
        try:
            until = _moment(change.get("until"))
        except ValueError:
            return None
        return cls(Action(str(action)) if enters else None, TargetKind(kind), target, until)


def enter(
    connection: Connection,
    change: LocalChange,
    now: datetime,
    because: str,
    *,
    what: str | None = None,
    proposal: str | None = None,
    confirm_by: datetime | None = None,
) -> LocalEntry:
    """Enter an allow or block, in place of what stood for this target, and record the change."""
    assert change.action is not None  # noqa: S101 - what ends is `end`'s
    replaced = end(connection, change.kind, change.target, now, because)
    entry = LocalEntry(
        id=new_reference(),
        action=change.action,
        kind=change.kind,
        target=change.target,
        until=change.until,
        because=because,
        by=actor(connection),
    )
    beside = {"at": now, "proposal": proposal, "confirm_by": confirm_by}
    connection.execute(insert(LocalEntryRow).values(**asdict(entry), **beside))
    record_local_change(connection, what or f"local entry: {change.action}", replaced, entry, because)
    return entry


def end(
    connection: Connection, kind: TargetKind, target: str, now: datetime, because: str
) -> LocalEntry | None:
    """End the entry that stands for this very target; None when there is none. The caller records it."""
    standing = standing_entry(connection, kind, target)
    if standing is not None:
        connection.execute(
            update(LocalEntryRow)
            .where(LocalEntryRow.id == standing.id)
            .values(ended_at=now, ended_by=actor(connection), ended_because=because)
        )
    return standing


def local_entry(row: Row[Any]) -> LocalEntry:
    """
    What a row says.

    Of an emergency for twelve hours at most: it may have come back out of a backup, past all that looks at
    what is entered.
    """
    until = row.until if row.confirm_by is None else min(row.until, row.at + LONGEST_EMERGENCY)
    return LocalEntry(row.id, row.action, row.kind, row.target, until, row.because, row.by)


def standing_entry(connection: Connection, kind: TargetKind, target: str) -> LocalEntry | None:
    """The entry that nobody has ended for this very target; its own time may be over."""
    row = connection.execute(
        select(LocalEntryRow.__table__).where(
            LocalEntryRow.kind == kind, LocalEntryRow.target == target, LocalEntryRow.ended_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else local_entry(row)


def record_local_change(
    connection: Connection, what: str, before: LocalEntry | None, after: LocalEntry | None, because: str
) -> None:
    """One row of the change log."""
    record_change(connection, what=what, before=_plain(before), after=_plain(after), because=because)


def _moment(text: object) -> datetime | None:
    """An aware time, as `plain` writes it. Raises `ValueError`."""
    if text is None:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _plain(entry: LocalEntry | None) -> dict[str, object] | None:
    if entry is None:
        return None
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in asdict(entry).items()
    }
