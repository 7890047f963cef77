"""
Changes of lists that wait for a second person: proposed by one, approved or refused by another.

The database does not know what a change of lists is: it keeps it to the letter, as plain data that
`categories/list_change.py` reads again, so that what is approved is what was proposed. Nobody decides their
own but to take it back, and nothing is decided twice; on PostgreSQL triggers hold that against raw SQL too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.columns import refuse_unstorable
from db.engine import joining, reading, writing
from db.models import ProposalRow
from db.register_rules import fit_reason, same_person
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, show_reference
from policy.words import ProposalOutcome

type Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a proposal, when, by whom and why."""

    outcome: ProposalOutcome
    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change that somebody proposed."""

    id: str  # a reference of eight characters
    at: datetime
    by: str
    change: Plain
    summary: Plain  # what its proposer was shown of it
    because: str
    decided: Decided | None


class ProposalStore:
    """What may be done with proposals. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @property
    def keeps_people_apart(self) -> bool:
        """Whether two actors are two people: with SQLite they are accounts, and root is all of them."""
        return self._engine.dialect.name == "postgresql"

    def propose(self, change: Plain, summary: Plain, *, because: str) -> Proposal:
        """
        Let a change wait for a second person; `change` and `summary` are plain JSON.

        Raises `RegisterRefused` for a reason that says nothing and for what cannot be kept to the letter.
        """
        because = fit_reason(because)
        for part in (change, summary):
            try:
                refuse_unstorable(part)
            except ValueError as error:
                raise RegisterRefused(f"the change cannot be kept as it is: {error}") from error
        with writing(self._engine) as connection:
            row = {"id": new_reference(), "at": self._now(), "actor": actor(connection), "because": because}
            connection.execute(insert(ProposalRow).values(**row, change=dict(change), summary=dict(summary)))
            proposal = _find(connection, str(row["id"]))
            _change(connection, "list change proposed", proposal, because)
            return proposal

    def decide(
        self, reference: str, outcome: ProposalOutcome, *, because: str, within: Connection | None = None
    ) -> Proposal:
        """
        Approve, refuse or take back; `within` a transaction that also does what is approved.

        Raises `RegisterRefused` for one's own (or, to be taken back, for another's), for what is decided
        already, and where there is none.
        """
        with joining(self._engine, within) as connection:
            return decide(connection, reference, outcome, because=because, now=self._now())

    def decidable(self, reference: str, outcome: ProposalOutcome) -> Proposal:
        """
        The proposal, where this actor may decide it so.

        For whoever has a minute's work to do before `decide`, which looks again. Raises as `decide` does.
        """
        with reading(self._engine) as connection:
            proposal = _find(connection, reference)
            _refuse_unfit_decision(proposal, outcome, actor(connection))
            return proposal

    def one(self, reference: str) -> Proposal:
        """The proposal with this reference. Raises `RegisterRefused` where there is none."""
        with reading(self._engine) as connection:
            return _find(connection, reference)

    def pending(self) -> list[Proposal]:
        """What nobody has decided yet; oldest first."""
        with reading(self._engine) as connection:
            waiting = select(ProposalRow.__table__).where(ProposalRow.outcome.is_(None))
            return [_proposal(row) for row in connection.execute(waiting.order_by(ProposalRow.at))]

    def waiting(self) -> list[tuple[str, datetime]]:
        """Reference and time of what nobody has decided, oldest first. A gateway's own login may ask."""
        query = select(ProposalRow.id, ProposalRow.at).where(ProposalRow.outcome.is_(None))
        with reading(self._engine) as connection:
            return [(row.id, row.at) for row in connection.execute(query.order_by(ProposalRow.at))]

    def all(self) -> list[Proposal]:
        """All there ever were, newest first."""
        with reading(self._engine) as connection:
            everything = select(ProposalRow.__table__).order_by(ProposalRow.at.desc())
            return [_proposal(row) for row in connection.execute(everything)]


def decide(
    connection: Connection, reference: str, outcome: ProposalOutcome, *, because: str, now: datetime
) -> Proposal:
    """As `ProposalStore.decide`, in this transaction."""
    because = fit_reason(because)
    proposal = _find(connection, reference)
    _refuse_unfit_decision(proposal, outcome, actor(connection))
    values = {"outcome": outcome, "decided_at": now, "decided_by": actor(connection)}
    undecided = ProposalRow.id == reference, ProposalRow.outcome.is_(None)
    changed = connection.execute(
        update(ProposalRow).where(*undecided).values(**values, decided_because=because)
    )
    decided = _find(connection, reference)
    if changed.rowcount == 0:  # somebody else was first, between our look and our word
        _refuse_unfit_decision(decided, outcome, actor(connection))
    _change(connection, f"list change {outcome}", decided, because)
    return decided


def _refuse_unfit_decision(proposal: Proposal, outcome: ProposalOutcome, me: str) -> None:
    shown = show_reference(proposal.id)
    if proposal.decided is not None:
        raise RegisterRefused(f"{shown} is {proposal.decided.outcome} already, by {proposal.decided.by}")
    own = same_person(me, proposal.by)
    if outcome is ProposalOutcome.TAKEN_BACK and not own:
        raise RegisterRefused(f"{shown} is {proposal.by}'s to take back; refuse it instead")
    if outcome is not ProposalOutcome.TAKEN_BACK and own:
        raise RegisterRefused(
            f"{shown} is your own proposal, and nobody decides their own; ask somebody else who may"
        )


def _find(connection: Connection, reference: str) -> Proposal:
    row = connection.execute(select(ProposalRow.__table__).where(ProposalRow.id == reference)).one_or_none()
    if row is None:
        raise RegisterRefused(
            f"there is no proposal {show_reference(reference)}; `sluicegate lists pending` shows them"
        )
    return _proposal(row)


def _proposal(row: Row[Any]) -> Proposal:
    decided = row.outcome and Decided(row.outcome, row.decided_at, row.decided_by, row.decided_because)
    return Proposal(row.id, row.at, row.actor, row.change, row.summary, row.because, decided)


def _change(connection: Connection, what: str, proposal: Proposal, because: str) -> None:
    after = {"id": proposal.id, "change": proposal.change, "proposed_by": proposal.by}
    record_change(connection, what=what, before=None, after=after, because=because)
