"""
The registers in the database: what gateways judge by, and the local entries among it.

Nothing is deleted: an entry that is forgotten and an exemption that is revoked say since when, by whom and
why. Every change leaves its row in `change` and a new marker in `register_version`, in the same transaction;
the keeper sees the marker and writes the workers a new snapshot. What is open by break-glass
(`db/break_glass.py`), exemptions (`db/exemptions.py`), people and devices are loaded with them. What two
people have to agree on before it is a local entry, and what one may allow in an emergency, stands in
`db/local_entries.py` and `db/emergencies.py`.

Targets come here normalised (`categories/urls/normalise.py`, called by the console). What the rules below
refuse raises `RegisterRefused` with a line for the person who asked, and nothing is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, or_, select

from db.break_glass import open_at
from db.engine import reading
from db.exemption_rows import exemptions_at
from db.local_entries import LocalChange, end, enter, local_entry, record_local_change
from db.models import LocalEntryRow
from db.person_rows import people_at
from db.proposals import Proposal, decide
from db.register_marker import changing, marker
from db.register_rules import fit_reason, refuse_unfit_period, refuse_unfit_target
from db.two_people import two_people_held
from policy.errors import RegisterRefused
from policy.identifiers import show_reference
from policy.registers import LocalEntry, Registers, TargetKind
from policy.words import Action, ProposalOutcome


@dataclass(frozen=True, slots=True)
class Ended:
    """When, by whom and why an entry of a register was ended before its time."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A local entry as it stands in the database."""

    entry: LocalEntry
    at: datetime  # when it was entered
    ended: Ended | None


class RegisterStore:
    """What may be done with local entries, and what the keeper reads. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @property
    def two_people(self) -> bool:
        """Whether the database itself asks for two people (`db/two_people.py`). Raises `DatabaseAway`."""
        return two_people_held(self._engine)

    def load(self) -> tuple[Registers, str]:
        """What is in force or will be, and the marker of that state. Raises `DatabaseAway`."""
        now = self._now()
        with reading(self._engine) as connection:
            # The marker first: a change that comes between is then seen as a change once more, never missed.
            version = marker(connection)
            local = connection.execute(
                select(LocalEntryRow.__table__).where(
                    LocalEntryRow.ended_at.is_(None),
                    or_(LocalEntryRow.until.is_(None), LocalEntryRow.until > now),
                )
            )
            exemptions = exemptions_at(connection, now)
            break_glass = open_at(connection, now)
            people = people_at(connection)
            return Registers.of(map(local_entry, local), exemptions, break_glass, people), version

    def version(self) -> str:
        """A marker that differs after every change. One row of one table is read. Raises `DatabaseAway`."""
        with reading(self._engine) as connection:
            return marker(connection)

    def allow(self, kind: TargetKind, target: str, *, until: datetime | None, because: str) -> LocalEntry:
        """Allow a host or prefix, whatever local entry stood for it. Raises `RegisterRefused`."""
        return self._enter(Action.ALLOW, kind, target, until, because)

    def block(self, kind: TargetKind, target: str, *, until: datetime | None, because: str) -> LocalEntry:
        """Block a host or prefix, whatever local entry stood for it. Raises `RegisterRefused`."""
        return self._enter(Action.BLOCK, kind, target, until, because)

    def forget(self, kind: TargetKind, target: str, *, because: str) -> LocalEntry:
        """End the local entry for this very target. Raises `RegisterRefused` when there is none."""
        because = fit_reason(because)
        with changing(self._engine) as connection:
            ended = end(connection, kind, target, self._now(), because)
            if ended is None:
                raise RegisterRefused(f"no local entry stands for {target}")
            record_local_change(connection, "local entry forgotten", ended, None, because)
            return ended

    def enact(self, reference: str, *, because: str) -> tuple[Proposal, LocalEntry]:
        """
        Approve a proposal about a local entry, and do what it says; the entry that was entered or ended.

        Raises `RegisterRefused` as `ProposalStore.decide` does, and where it would not hold any more.
        """
        with changing(self._engine) as connection:
            now = self._now()
            outcome = ProposalOutcome.APPROVED
            proposal = decide(connection, reference, outcome, because=because, now=now)
            change = LocalChange.of(proposal.change)
            if change is None:
                raise RegisterRefused(f"{show_reference(reference)} is not about a local entry")
            if change.action is None:
                ended = end(connection, change.kind, change.target, now, proposal.because)
                if ended is None:
                    raise RegisterRefused(f"no local entry stands for {change.target} any more; refuse it")
                record_local_change(connection, "local entry forgotten", ended, None, proposal.because)
                return proposal, ended
            refuse_unfit_target(change.kind, change.target)
            if change.until is not None:
                refuse_unfit_period(now, change.until)
            return proposal, enter(connection, change, now, proposal.because, proposal=proposal.id)

    def local_entries(self, *, everything: bool = False) -> list[Registered]:
        """Those that stand, or all there ever were; newest first."""
        query = select(LocalEntryRow.__table__).order_by(LocalEntryRow.at.desc())
        if not everything:
            query = query.where(
                LocalEntryRow.ended_at.is_(None),
                or_(LocalEntryRow.until.is_(None), LocalEntryRow.until > self._now()),
            )
        with reading(self._engine) as connection:
            return [
                Registered(local_entry(row), row.at, _ended(row.ended_at, row.ended_by, row.ended_because))
                for row in connection.execute(query)
            ]

    def _enter(
        self, action: Action, kind: TargetKind, target: str, until: datetime | None, because: str
    ) -> LocalEntry:
        now = self._now()
        refuse_unfit_target(kind, target)
        because = fit_reason(because)
        if until is not None:
            refuse_unfit_period(now, until)
        with changing(self._engine) as connection:
            return enter(connection, LocalChange(action, kind, target, until), now, because)


def _ended(at: datetime | None, by: str, because: str) -> Ended | None:
    return None if at is None else Ended(at, by, because)
