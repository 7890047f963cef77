"""
The tables of reviews: by which authority somebody looked, who was told, what is held, and what is counted.

Nothing in them is ever changed but the columns that say how something came out, and those once. The
review service writes them in the name of a person: `via` is the login it did so with, which the server says.
`held_decision` and `held_outcome` have the rows of the log that a legal hold keeps from disposal; who may
read them is as for the log itself. `tally` and `tally_person` are kept by triggers as rows come in, and go
with them.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Data, Exactly
from db.models import DecisionColumns, OutcomeColumns
from policy.words import AuthorityOutcome, Purpose, RetentionClass, ReviewerRole, Verdict

_DECIDED = (
    "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_office IS NULL "
    "AND decided_because IS NULL) OR "
    "(outcome IN ('granted', 'refused', 'taken-back') AND decided_at IS NOT NULL AND decided_by IS NOT NULL "
    "AND decided_office IS NOT NULL AND decided_because <> '')"
)
_NOT_ONES_OWN = "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(requested_by))"


class AuthorityRow(Base):
    """A `policy.review.authority.Authority`: its terms, what was decided of them, and how it ended."""

    __tablename__ = "authority"
    __table_args__ = (
        Index("authority_of", "organisation", "at"),
        CheckConstraint(
            "matter <> '' AND necessity <> '' AND proportionality <> '' AND less_intrusive <> ''",
            name="authority_in_words",
        ),
        CheckConstraint("since < until", name="authority_period"),
        CheckConstraint("days BETWEEN 1 AND 28", name="authority_days"),
        CheckConstraint(_DECIDED, name="authority_decided_as_a_whole"),
        CheckConstraint(_NOT_ONES_OWN, name="authority_not_ones_own"),
        CheckConstraint(
            "(coalesce(outcome, '') = 'granted') = (begins IS NOT NULL) "
            "AND (begins IS NULL) = (ends IS NULL)",
            name="authority_in_force_if_granted",
        ),
        CheckConstraint(
            "(revoked_at IS NULL AND revoked_by IS NULL AND revoked_because IS NULL) OR "
            "(begins IS NOT NULL AND revoked_at IS NOT NULL AND revoked_by IS NOT NULL "
            "AND revoked_because <> '')",
            name="authority_revoked_as_a_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    role: Mapped[ReviewerRole]  # in which it was asked for, and in which alone it serves
    matter: Mapped[str]
    purpose: Mapped[Purpose]
    necessity: Mapped[str]
    proportionality: Mapped[str]
    less_intrusive: Mapped[str]
    people: Mapped[Exactly]  # logins
    units: Mapped[Exactly]
    since: Mapped[datetime]
    until: Mapped[datetime]
    categories: Mapped[Exactly]  # none: any
    allowed_visits: Mapped[bool]
    sealed: Mapped[bool]
    days: Mapped[int]
    renews: Mapped[str | None]
    requested_by: Mapped[str]
    at: Mapped[datetime]
    via: Mapped[str]
    outcome: Mapped[AuthorityOutcome | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_office: Mapped[str | None]
    decided_because: Mapped[str | None]
    begins: Mapped[datetime | None]
    ends: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None]
    revoked_because: Mapped[str | None]


class TellingRow(Base):
    """One word on whether the people an authority named are told, once it is over. Only added to."""

    __tablename__ = "telling"
    __table_args__ = (
        Index("telling_of", "authority", "at"),
        CheckConstraint("(withheld IS NULL) = (ask_again IS NULL)", name="telling_asked_again_if_withheld"),
        CheckConstraint("withheld <> ''", name="telling_withheld_because"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    via: Mapped[str]
    withheld: Mapped[str | None]  # why they are not told; None: they are
    ask_again: Mapped[datetime | None]


class ReviewNoticeRow(Base):
    """What one person is told of one authority that named them. Only that they read it is added."""

    __tablename__ = "review_notice"
    __table_args__ = (
        # Each is told once.
        Index("review_notice_once", "authority", "organisation", "person", unique=True),
        Index("review_notice_of", "organisation", "person"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    authority: Mapped[str]
    organisation: Mapped[str]
    person: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]  # the service's login, where nobody had to be asked
    via: Mapped[str]
    notice: Mapped[Exactly]  # what they are told, to the letter
    read_at: Mapped[datetime | None]


class SealedOpeningRow(Base):
    """A wish to take sealed parts out by an authority, a second person's word on it, and that it was used."""

    __tablename__ = "sealed_opening"
    __table_args__ = (
        Index("sealed_opening_of", "authority"),
        CheckConstraint("because <> ''", name="sealed_opening_because"),
        CheckConstraint(_DECIDED, name="sealed_opening_decided_as_a_whole"),
        CheckConstraint(_NOT_ONES_OWN, name="sealed_opening_not_ones_own"),
        CheckConstraint(
            "(used_at IS NULL) = (used_by IS NULL) "
            "AND (used_at IS NULL OR coalesce(outcome, '') = 'granted')",
            name="sealed_opening_used_if_granted",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    authority: Mapped[str]
    requested_by: Mapped[str]
    at: Mapped[datetime]
    via: Mapped[str]
    because: Mapped[str]
    outcome: Mapped[AuthorityOutcome | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_office: Mapped[str | None]
    decided_because: Mapped[str | None]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None]


class LegalHoldRow(Base):
    """What may not be disposed of while it stands: the rows about these people, or anybody's, of a period."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("matter <> '' AND because <> ''", name="legal_hold_because"),
        CheckConstraint("since < until", name="legal_hold_period"),
        CheckConstraint(
            "(released_at IS NULL AND released_by IS NULL AND released_because IS NULL) OR "
            "(released_at IS NOT NULL AND released_by IS NOT NULL AND released_because <> '')",
            name="legal_hold_released_as_a_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    people: Mapped[Exactly]  # logins; none: anybody
    since: Mapped[datetime]
    until: Mapped[datetime]
    matter: Mapped[str]
    because: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    via: Mapped[str]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str | None]
    released_because: Mapped[str | None]


class HeldDecisionRow(DecisionColumns, Base):
    """A decision that was past its time, and is under a legal hold."""

    __tablename__ = "held_decision"
    __table_args__ = (
        Index("held_decision_person", "person", "at"),
        {"sqlite_with_rowid": False},
    )

    held_at: Mapped[datetime]
    proof: Mapped[Data | None]  # what of its batch it takes to show that it is as it was shipped


class HeldOutcomeRow(OutcomeColumns, Base):
    """What came of a held decision."""

    __tablename__ = "held_outcome"
    __table_args__ = ({"sqlite_with_rowid": False},)

    held_at: Mapped[datetime]
    proof: Mapped[Data | None]


class ReviewTicketRow(Base):
    """Somebody's word, through their own database login, that it is they who ask: good once, for a minute."""

    __tablename__ = "review_ticket"

    digest: Mapped[bytes] = mapped_column(primary_key=True)  # SHA-256; the ticket itself is nowhere
    login: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]


class ChainRow(Base):
    """One link over a row, in the order in which they were committed (`db/proof/chain.py`)."""

    __tablename__ = "chain"
    __table_args__ = (Index("chain_row", "row", "source", unique=True),)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str]  # the table
    row: Mapped[UUID]
    at: Mapped[datetime]  # the row's own
    digest: Mapped[bytes]
    link: Mapped[bytes]


class HourCoverRow(Base):
    """The leaves of rows that name no batch, by class and hour, in order; only added to."""

    __tablename__ = "hour_cover"
    __table_args__ = (Index("hour_cover_of", "source", "retention_class", "hour"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    source: Mapped[str]  # decision or outcome
    retention_class: Mapped[RetentionClass]
    hour: Mapped[datetime]
    leaves: Mapped[bytes]  # 32 bytes each: those that no earlier row of the hour has


class TallyRow(Base):
    """How many final decisions of an hour were alike; what a decision does not name is the empty text."""

    __tablename__ = "tally"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    # Each gateway counts in rows of its own: nobody waits for another's transaction.
    gateway: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    retention_class: Mapped[RetentionClass] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(primary_key=True)
    visit: Mapped[bool] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)


class TallyPersonRow(Base):
    """Whose decisions are counted in a month: how few people are behind a number, and never shown itself."""

    __tablename__ = "tally_person"

    month: Mapped[datetime] = mapped_column(primary_key=True)  # the first instant of it, in UTC
    gateway: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    retention_class: Mapped[RetentionClass] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(primary_key=True)
    visit: Mapped[bool] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
