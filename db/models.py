"""
The tables of the log and of the registers. `docs/database.md` says the same to a database administrator.

`decision`, `outcome`, `batch`, `access`, `change`, `disposal`, `break_glass` and `ruleset` are only ever
added to: triggers on both databases refuse an update, and a deletion that no open disposal covers. On
PostgreSQL `decision` and `outcome` are partitioned by retention class, then month; that is why their keys
hold both.
On SQLite they have no rowid, which counts what comes in and would put a row that may tell only the hour
between the rows of those who came before and after it.
Objects of these classes never leave `db/`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Data, Exactly
from policy.registers import GranteeKind, TargetKind
from policy.words import (
    Action,
    BreakGlassEvent,
    Ended,
    EntryKind,
    PersonHow,
    ProposalOutcome,
    Reason,
    RecordLevel,
    Resource,
    RetentionClass,
    Step,
    Verdict,
)

PARTITIONED = {"postgresql_partition_by": "LIST (retention_class)", "sqlite_with_rowid": False}


_ALONE = text("batch IS NULL AND salt IS NOT NULL")


def _partial(name: str, *columns: str) -> Index:
    """An index of the rows that have the first of these columns."""
    known = text(f"{columns[0]} IS NOT NULL")
    return Index(name, *columns, postgresql_where=known, sqlite_where=known)


class DecisionColumns:
    """A `policy.decision.Decision`, field for field, the batch it came in, and what is made of it."""

    at: Mapped[datetime] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    retention_class: Mapped[RetentionClass] = mapped_column(primary_key=True)
    exchange: Mapped[UUID]
    step: Mapped[Step]
    final: Mapped[bool]
    gateway: Mapped[str]
    organisation: Mapped[str | None]
    person: Mapped[str | None]
    person_how: Mapped[PersonHow]
    unit: Mapped[str | None]
    role: Mapped[str | None]
    device: Mapped[str | None]
    client_ip: Mapped[str | None]
    resource: Mapped[Resource]
    resource_why: Mapped[str]
    page: Mapped[str | None]
    method: Mapped[str | None]
    scheme: Mapped[str | None]
    host: Mapped[str | None]
    port: Mapped[int | None]
    path: Mapped[str | None]
    names: Mapped[Data]
    referrer_host: Mapped[str | None]
    decrypted: Mapped[bool]
    verdict: Mapped[Verdict]
    would_be: Mapped[Verdict | None]
    reason: Mapped[Reason]
    category: Mapped[str | None]
    categories: Mapped[Data]
    clause: Mapped[str | None]
    list: Mapped[str | None]
    line: Mapped[int | None] = mapped_column(BigInteger)
    entry: Mapped[str | None]
    entry_kind: Mapped[str | None]
    found_by: Mapped[str | None]
    matches: Mapped[Data]
    exemption: Mapped[str | None]
    confirmation: Mapped[str | None]
    local_entry: Mapped[str | None]
    approval: Mapped[str | None]
    record: Mapped[RecordLevel]
    replayable: Mapped[bool]
    sealed: Mapped[bytes | None]
    reference: Mapped[str]
    ruleset: Mapped[str]
    policy: Mapped[str]
    engine: Mapped[str]
    batch: Mapped[UUID | None]  # None: `category` level, for which "beside whom" is too much already
    salt: Mapped[bytes | None]  # of its leaf in the batch's root
    # On PostgreSQL the host from its end, for "it and everything below it" by an index; on SQLite the host.
    host_key: Mapped[str | None] = mapped_column(
        Text().with_variant(Text(collation="C"), "postgresql"),
        Computed("reverse(host) || '.'", persisted=True),
    )


class OutcomeColumns:
    """A `policy.decision.Outcome`, field for field."""

    decision: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    retention_class: Mapped[RetentionClass] = mapped_column(primary_key=True)
    status: Mapped[int | None]
    content_type: Mapped[str | None]
    bytes_in: Mapped[int] = mapped_column(BigInteger)
    bytes_out: Mapped[int] = mapped_column(BigInteger)
    duration_us: Mapped[int] = mapped_column(BigInteger)
    ended: Mapped[Ended]
    batch: Mapped[UUID | None]  # None: of a decision that names none
    salt: Mapped[bytes | None]


class DecisionRow(DecisionColumns, Base):
    """One decision of the log."""

    __tablename__ = "decision"
    __table_args__ = (
        Index("decision_reference", "reference"),
        # What is stored about somebody, and what an exemption was used for: asked without reading the rest.
        _partial("decision_person", "person", "at", "id", "verdict", "resource", "category"),
        _partial("decision_exemption", "exemption", "at"),
        # What a unit was refused, visited or did of one category is found among all it did without the rows.
        _partial("decision_unit", "unit", "at", "id", "verdict", "resource", "category", "list", "host_key"),
        _partial("decision_category", "category", "reference"),
        _partial("decision_host", "host_key", "at"),
        _partial("decision_entry", "entry", "list", "at"),
        # What is covered by its hour.
        Index("decision_alone", "at", postgresql_where=_ALONE, sqlite_where=_ALONE),
        PARTITIONED,
    )


class OutcomeRow(OutcomeColumns, Base):
    """What came of one decision."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index("outcome_alone", "at", postgresql_where=_ALONE, sqlite_where=_ALONE),
        PARTITIONED,
    )


class BatchRow(Base):
    """
    One transaction of shipping that brought decisions which name it.

    Nothing in it may tell how many others came along: a count or a length of all of them would.
    """

    __tablename__ = "batch"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    slot: Mapped[int]
    decisions: Mapped[int]  # that name it, and no others
    roots: Mapped[Exactly | None]  # over what names it (`db/proof/roots.py`); None: by the release before


class AccessRow(Base):
    """One look into the log: asked before the rows are read, answered by a row of its own."""

    __tablename__ = "access"
    __table_args__ = (
        Index("access_at", "at"),
        Index("access_answers", "answers"),
        Index("access_authority", "authority", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    what: Mapped[str]  # the command or page
    question: Mapped[Data]  # what was asked for, as it was asked
    purpose: Mapped[str | None]
    answers: Mapped[UUID | None]  # set if and only if this row says what came of an earlier one
    rows_seen: Mapped[int | None]
    result: Mapped[str | None]
    via: Mapped[str | None]  # the login that wrote it: the review service's, where it is not the actor's own
    organisation: Mapped[str | None]  # the actor's, where the review service looked
    authority: Mapped[str | None]
    scope: Mapped[Exactly | None]  # the bounds of a look at decisions that name people


class ChangeRow(Base):
    """One change of a list, register or setting: who, what, before, after, why."""

    __tablename__ = "change"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    what: Mapped[str]
    before: Mapped[Data | None]
    after: Mapped[Data | None]
    because: Mapped[str]
    via: Mapped[str | None]  # the login that wrote it


class DisposalRow(Base):
    """One disposal. While it is open rows of this table and class from before `before` may go, no others."""

    __tablename__ = "disposal"
    __table_args__ = (CheckConstraint("before < at", name="disposal_of_the_past"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    source: Mapped[str]  # the table
    retention_class: Mapped[str | None]  # for decision and outcome
    before: Mapped[datetime]
    disposed: Mapped[int | None]  # rows; None while it is open
    held: Mapped[int | None]  # of these, what a legal hold kept: copied out before they went


class LocalEntryRow(Base):
    """A `policy.registers.LocalEntry`. Forgetting it says when, by whom and why; it stays."""

    __tablename__ = "local_entry"
    __table_args__ = (
        # One standing entry a target: the later word of an administrator replaces the earlier.
        Index(
            "local_entry_standing",
            "kind",
            "target",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        Index("local_entry_proposal", "proposal", unique=True),
        CheckConstraint("because <> ''", name="local_entry_because"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[Action]
    kind: Mapped[TargetKind]
    target: Mapped[str]
    until: Mapped[datetime | None]
    because: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_because: Mapped[str | None]
    proposal: Mapped[str | None]  # that two people agreed on
    confirm_by: Mapped[
        datetime | None
    ]  # set of an emergency: entered by one person, to be confirmed by another
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    confirmed_because: Mapped[str | None]


class ExemptionRow(Base):
    """
    A `policy.registers.Exemption`. Revoking it says when, by whom and why; it stays.

    `ends` is set where the release before would take the exemption for another (`db/exemption_rows.py`): for
    that release it is over, and it opens nothing.
    """

    __tablename__ = "exemption"
    __table_args__ = (
        CheckConstraint("purpose <> ''", name="exemption_purpose"),
        CheckConstraint('"start" < until', name="exemption_period"),
        CheckConstraint(
            "grantee_kind <> 'person' OR lower(grantee) <> lower(granted_by)", name="exemption_not_ones_own"
        ),
        # One request gives one exemption.
        Index("exemption_request_granted", "request", unique=True),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    grantee_kind: Mapped[GranteeKind]
    grantee: Mapped[str]
    kind: Mapped[TargetKind]
    target: Mapped[str]
    start: Mapped[datetime]
    until: Mapped[datetime]
    purpose: Mapped[str]
    granted_by: Mapped[str]
    at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoked_because: Mapped[str | None]
    organisation: Mapped[str] = mapped_column(default="", server_default="")
    ends: Mapped[datetime | None]
    requested_by: Mapped[str] = mapped_column(default="", server_default="")
    second_by: Mapped[str | None]
    second_at: Mapped[datetime | None]
    review: Mapped[datetime | None]
    procedure: Mapped[str | None]
    restricted: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    request: Mapped[str | None]  # that it answers


class BreakGlassRow(Base):
    """One word on an opening or bypass (`db/break_glass.py`): added to, and never changed."""

    __tablename__ = "break_glass"
    __table_args__ = (
        # Each thing is said once of an opening.
        Index("break_glass_once", "opening", "event", unique=True),
        CheckConstraint("because <> ''", name="break_glass_because"),
        CheckConstraint("begins < until", name="break_glass_period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    event: Mapped[BreakGlassEvent]
    opening: Mapped[str]  # the reference that all rows of one opening or bypass have
    because: Mapped[str]
    begins: Mapped[datetime | None]  # set, as `until`, of what was opened or bypassed
    until: Mapped[datetime | None]
    account: Mapped[str | None]  # the system's, that made a bypass


class RulesetRow(Base):
    """One Ruleset that was put in force, and who stood by it. Only added to, and kept for good."""

    __tablename__ = "ruleset"
    __table_args__ = (
        Index("ruleset_digest", "digest"),
        # One approval puts one Ruleset in force.
        Index("ruleset_proposal", "proposal", unique=True),
        CheckConstraint("because <> ''", name="ruleset_because"),
        CheckConstraint("(proposal IS NULL) = (proposed_by IS NULL)", name="ruleset_proposed"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    what: Mapped[str]  # the word of the change that made it
    digest: Mapped[str]
    engine: Mapped[str]
    lists: Mapped[Exactly]  # a `categories.manifest.ListInfo` each
    entries: Mapped[int] = mapped_column(BigInteger)
    proposal: Mapped[str | None]
    proposed_by: Mapped[str | None]
    because: Mapped[str]


class ProposalRow(Base):
    """A change of lists that waits for a second person, or was decided by one, and then once."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("because <> ''", name="proposal_because"),
        CheckConstraint(
            "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_because IS NULL) OR "
            "(outcome IN ('approved', 'refused', 'taken-back') AND decided_at IS NOT NULL "
            "AND decided_by IS NOT NULL AND decided_because <> '')",
            name="proposal_decided_as_a_whole",
        ),
        CheckConstraint(
            "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(actor))",
            name="proposal_not_ones_own",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    change: Mapped[Exactly]
    summary: Mapped[Exactly]  # what its proposer was shown of it
    because: Mapped[str]
    outcome: Mapped[ProposalOutcome | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_because: Mapped[str | None]


class WithdrawalRow(Base):
    """An entry found wrong: decisions it made since `since` are shown so, and do not count any more."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        Index(
            "withdrawal_standing",
            "list",
            "kind",
            "entry",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("because <> ''", name="withdrawal_because"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    list: Mapped[str]
    kind: Mapped[EntryKind]
    entry: Mapped[str]  # as `decision.entry` has it
    category: Mapped[str]
    since: Mapped[datetime | None]  # None: ever
    because: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    ended_because: Mapped[str | None]


class RegisterVersionRow(Base):
    """One row: an identifier that each change of a register replaces, and whether entries need two people."""

    __tablename__ = "register_version"
    __table_args__ = (CheckConstraint("id = 1", name="register_version_only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[UUID]
    two_people: Mapped[bool | None]  # `db/two_people.py`; None: not asked for
