"""
Which Rulesets were put in force: when, by whom, on whose proposal, why, and of which lists.

The row is written before the Ruleset is put in force and committed after: a Ruleset that no decision can name
may stand here, one that decisions name never stands nowhere. So `record` is a context manager, and what
happens inside it is the putting in force:

    with history.record(new, because="…", before=…, after=…) as transaction:
        store.put_in_force(new.digest)

An exception inside takes the row back. A commit that fails is raised at the end of the block, and then it is
the caller's to put the former Ruleset back. Nothing here is ever changed or disposed of.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, insert, select

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.models import RulesetRow
from db.proposals import decide
from db.register_rules import fit_reason
from policy.identifiers import uuid7
from policy.words import ProposalOutcome

type Transaction = Connection
"""What `record` gives: handed on to other stores (`within=`), and of no other use outside `db/`."""


@dataclass(frozen=True, slots=True)
class NewRuleset:
    """A Ruleset that is about to be put in force."""

    what: str  # the word of the change that made it, such as "put"
    digest: str
    engine: str
    lists: Sequence[Mapping[str, Any]]  # a `categories.manifest.ListInfo` each, as plain JSON
    entries: int
    approves: str | None = None  # the reference of the proposal that it does
    id: UUID = field(default_factory=uuid7)  # of the row


@dataclass(frozen=True, slots=True)
class PastRuleset:
    """A Ruleset that was put in force."""

    id: UUID
    at: datetime
    actor: str  # who put it in force; of a proposal, who approved it
    what: str
    digest: str
    engine: str
    lists: tuple[Mapping[str, Any], ...]
    entries: int
    proposal: str | None
    proposed_by: str | None
    because: str


class RulesetHistory:
    """The history, to be read and added to. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    @contextmanager
    def record(
        self,
        new: NewRuleset,
        *,
        because: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> Iterator[Connection]:
        """
        Write down a Ruleset and its change, and commit when the block has ended well.

        With `approves` the proposal is approved in the same transaction, and because it was approved. Other
        stores join the transaction it gives (`within=`). Raises `RegisterRefused` as `ProposalStore.decide`
        does, `DatabaseAway` at the beginning or at the end.
        """
        because = fit_reason(because)
        with writing(self._engine) as connection:
            proposed_by = None
            if new.approves is not None:
                outcome = ProposalOutcome.APPROVED
                proposed_by = decide(connection, new.approves, outcome, because=because, now=self._now()).by
            connection.execute(
                insert(RulesetRow).values(
                    id=new.id,
                    at=self._now(),
                    actor=actor(connection),
                    what=new.what,
                    digest=new.digest,
                    engine=new.engine,
                    lists=[dict(one) for one in new.lists],
                    entries=new.entries,
                    proposal=new.approves,
                    proposed_by=proposed_by,
                    because=because,
                )
            )
            record_change(connection, what=f"list {new.what}", before=before, after=after, because=because)
            yield connection

    @contextmanager
    def changing(
        self,
        what: str,
        *,
        because: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> Iterator[Connection]:
        """Record a change of lists that puts nothing in force, as `record` does. Raises `DatabaseAway`."""
        because = fit_reason(because)
        with writing(self._engine) as connection:
            record_change(connection, what=f"list {what}", before=before, after=after, because=because)
            yield connection

    def newest_digest(self) -> str | None:
        """Of the Ruleset that was put in force last, as far as is known. A gateway's own login may ask."""
        query = select(RulesetRow.digest).order_by(RulesetRow.at.desc()).limit(1)
        with reading(self._engine) as connection:
            return connection.scalar(query)

    def newest(self) -> PastRuleset | None:
        """The one that was put in force last."""
        return next(iter(self._past(limit=1)), None)

    def all(self) -> list[PastRuleset]:
        """All of them, newest first."""
        return self._past()

    def _past(self, *, limit: int | None = None) -> list[PastRuleset]:
        # By time and then by identifier, which grows: two may be of one moment where the clock is coarse.
        query = select(RulesetRow.__table__).order_by(RulesetRow.at.desc(), RulesetRow.id.desc())
        with reading(self._engine) as connection:
            return [_past(row) for row in connection.execute(query.limit(limit))]


def _past(row: Row[Any]) -> PastRuleset:
    return PastRuleset(
        id=row.id,
        at=row.at,
        actor=row.actor,
        what=row.what,
        digest=row.digest,
        engine=row.engine,
        lists=tuple(row.lists),
        entries=row.entries,
        proposal=row.proposal,
        proposed_by=row.proposed_by,
        because=row.because,
    )
