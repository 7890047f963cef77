"""
The registers in the database: local entries and exemptions.

Nothing is deleted: an entry that is forgotten and an exemption that is revoked say since when, by whom
and why. Every change leaves its row in `change` and a new marker in `register_version`, in the same
transaction; the keeper sees the marker and writes the workers a new snapshot. What is open by break-glass
(`db/break_glass.py`) is loaded with them. What two people have to agree on before it is a local entry, and
what one may allow in an emergency, stands in `db/local_entries.py` and `db/emergencies.py`.

Targets come here normalised (`categories/urls/normalise.py`, called by the console). What the rules below
refuse raises `RegisterRefused` with a line for the person who asked, and nothing is changed.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, Row, insert, or_, select, update

from db.actor import actor
from db.break_glass import open_at
from db.change import record_change
from db.engine import reading
from db.local_entries import LocalChange, end, enter, local_entry
from db.models import ExemptionRow, LocalEntryRow
from db.proposals import Proposal, decide
from db.register_marker import changing, marker
from db.register_rules import (
    fit_reason,
    refuse_unfit_category,
    refuse_unfit_grantee,
    refuse_unfit_period,
    refuse_unfit_target,
    same_person,
)
from db.two_people import two_people_held
from policy.document import Policy
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.registers import Exemption, GranteeKind, LocalEntry, Registers, TargetKind
from policy.words import Action, ProposalOutcome


@dataclass(frozen=True, slots=True)
class Ended:
    """When, by whom and why an entry of a register was ended before its time."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Registered[E: (LocalEntry, Exemption)]:
    """One entry of a register as it stands in the database."""

    entry: E
    at: datetime  # when it was entered
    ended: Ended | None


class RegisterStore:
    """What administrators and approvers may do with the registers. The actor is the connection's own."""

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
            exemptions = connection.execute(
                select(ExemptionRow.__table__).where(
                    ExemptionRow.revoked_at.is_(None), ExemptionRow.until > now
                )
            )
            break_glass = open_at(connection, now)
            return Registers.of(map(local_entry, local), map(_exemption, exemptions), break_glass), version

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
            _change(connection, "local entry forgotten", ended, None, because)
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
                _change(connection, "local entry forgotten", ended, None, proposal.because)
                return proposal, ended
            refuse_unfit_target(change.kind, change.target)
            if change.until is not None:
                refuse_unfit_period(now, change.until)
            return proposal, enter(connection, change, now, proposal.because, proposal=proposal.id)

    def local_entries(self, *, everything: bool = False) -> list[Registered[LocalEntry]]:
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

    def grant(
        self,
        policy: Policy,
        *,
        grantee_kind: GranteeKind,
        grantee: str,
        kind: TargetKind,
        target: str,
        start: datetime | None,
        until: datetime,
        purpose: str,
    ) -> Exemption:
        """
        Grant an exemption from `start` (None, or a past time: now) until `until`.

        Raises `RegisterRefused` for what the policy's category does not admit, a time that has passed, a
        grantee that is the actor, or a purpose that says nothing.
        """
        now = self._now()
        grantee = grantee.strip()
        refuse_unfit_grantee(grantee_kind, grantee)
        if kind is TargetKind.CATEGORY:
            refuse_unfit_category(policy, target, grantee_kind)
        else:
            refuse_unfit_target(kind, target)
        purpose = fit_reason(purpose, "the work purpose")
        start = max(start or now, now)
        if until <= start:
            raise RegisterRefused(
                f"until {until:%Y-%m-%d %H:%M} is past, or before it begins; name a later time"
            )
        with changing(self._engine) as connection:
            granted_by = actor(connection)
            if grantee_kind is GranteeKind.PERSON and same_person(grantee, granted_by):
                raise RegisterRefused("nobody grants their own exemption; ask somebody else who may grant")
            exemption = Exemption(
                id=new_reference(),
                grantee_kind=grantee_kind,
                grantee=grantee,
                kind=kind,
                target=target,
                start=start,
                until=until,
                purpose=purpose,
                granted_by=granted_by,
            )
            connection.execute(insert(ExemptionRow).values(**asdict(exemption), at=now))
            _change(connection, "exemption granted", None, exemption, exemption.purpose)
            return exemption

    def revoke(self, identifier: str, *, because: str) -> Exemption:
        """End an exemption before its time. Raises `RegisterRefused` when there is none to end."""
        because = fit_reason(because)
        now = self._now()
        with changing(self._engine) as connection:
            standing = ExemptionRow.id == identifier, ExemptionRow.revoked_at.is_(None)
            row = connection.execute(select(ExemptionRow.__table__).where(*standing)).one_or_none()
            if row is None or row.until <= now:
                raise RegisterRefused(
                    f"no exemption {identifier} stands; `sluicegate exemptions list` shows them"
                )
            connection.execute(
                update(ExemptionRow)
                .where(*standing)
                .values(
                    revoked_at=now,
                    revoked_by=actor(connection),
                    revoked_because=because,
                )
            )
            exemption = _exemption(row)
            _change(connection, "exemption revoked", exemption, None, because)
            return exemption

    def exemptions(self, *, everything: bool = False) -> list[Registered[Exemption]]:
        """Those that stand, or all there ever were; newest first."""
        query = select(ExemptionRow.__table__).order_by(ExemptionRow.at.desc())
        if not everything:
            query = query.where(ExemptionRow.revoked_at.is_(None), ExemptionRow.until > self._now())
        with reading(self._engine) as connection:
            return [
                Registered(
                    _exemption(row), row.at, _ended(row.revoked_at, row.revoked_by, row.revoked_because)
                )
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


def _change(
    connection: Connection,
    what: str,
    before: LocalEntry | Exemption | None,
    after: LocalEntry | Exemption | None,
    because: str,
) -> None:
    record_change(
        connection,
        what=what,
        before=_plain(before),
        after=_plain(after),
        because=because,
    )


def _plain(entry: LocalEntry | Exemption | None) -> dict[str, object] | None:
    if entry is None:
        return None
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in asdict(entry).items()
    }


def _exemption(row: Row[tuple[object, ...]]) -> Exemption:
    return Exemption(
        id=row.id,
        grantee_kind=row.grantee_kind,
        grantee=row.grantee,
        kind=row.kind,
        target=row.target,
        start=row.start,
        until=row.until,
        purpose=row.purpose,
        granted_by=row.granted_by,
    )


def _ended(at: datetime | None, by: str, because: str) -> Ended | None:
    return None if at is None else Ended(at, by, because)
