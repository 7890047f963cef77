"""
The tables about people: who they are, what they were granted, and what they did on the gateway's own pages.

Everywhere a person is an organisation and a login, folded (`policy.people.fold_login`). `acknowledgement` and
`policy_text` are only ever added to; triggers refuse the rest. What a person does all day (`acknowledgement`,
`confirmation`, `active_role`, `sign_in`) moves `presence_version`; what is judged by, and administrators
change, moves `register_version`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, Exactly
from policy.people import PersonKind
from policy.registers import GranteeKind, TargetKind
from policy.words import PersonHow, ReportKind, RequestOutcome


class PersonRow(Base):
    """One person of the register. Who left stays until disposal, ended."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("(disabled_at IS NULL) = (disabled_by IS NULL)", name="person_disabled_as_a_whole"),
    )

    organisation: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    kind: Mapped[PersonKind]
    unit: Mapped[str | None]
    manager: Mapped[str | None]  # a login of the same organisation
    ends: Mapped[datetime | None]  # the first instant on which they are refused
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None]
    disabled_because: Mapped[str | None]
    at: Mapped[datetime]  # of the last change of this row
    actor: Mapped[str]


class PersonRoleRow(Base):
    """A role that somebody has until it is confirmed anew."""

    __tablename__ = "person_role"

    organisation: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    at: Mapped[datetime]  # when it was given or confirmed last
    actor: Mapped[str]


class DeviceRow(Base):
    """A device, or a network of them, known by its address."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("(disabled_at IS NULL) = (disabled_by IS NULL)", name="device_disabled_as_a_whole"),
    )

    organisation: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str]  # in CIDR, or one address
    person: Mapped[str | None]  # who alone uses it
    unit: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None]
    disabled_because: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]


class SharedUseRow(Base):
    """An authorised shared use of a login or a device (S3.5.3): what a record of that time does not show."""

    __tablename__ = "shared_use"
    __table_args__ = (
        CheckConstraint("because <> ''", name="shared_use_because"),
        CheckConstraint('"start" < until', name="shared_use_period"),
        CheckConstraint("(person IS NULL) <> (device IS NULL)", name="shared_use_of_one"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    person: Mapped[str | None]
    device: Mapped[str | None]
    reference: Mapped[str]  # of the authorisation
    because: Mapped[str]
    start: Mapped[datetime]
    until: Mapped[datetime]
    at: Mapped[datetime]
    actor: Mapped[str]


class AcknowledgementRow(Base):
    """That a person has read a version of the notice. Only added to."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index("acknowledgement_of", "organisation", "person", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    person: Mapped[str]
    version: Mapped[str]
    how: Mapped[PersonHow]
    policy: Mapped[str]  # the digest of the policy whose text was shown
    at: Mapped[datetime]
    actor: Mapped[str]  # the gateway's login


class ConfirmationRow(Base):
    """A person's own statement of work purpose for one site for a while."""

    __tablename__ = "confirmation"
    __table_args__ = (
        Index("confirmation_of", "organisation", "person"),
        CheckConstraint("purpose <> ''", name="confirmation_purpose"),
        CheckConstraint("at < until", name="confirmation_period"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    person: Mapped[str]
    site: Mapped[str]  # a registrable domain
    category: Mapped[str]
    purpose: Mapped[str]
    reference: Mapped[str]  # of the Decision that asked for it
    at: Mapped[datetime]
    until: Mapped[datetime]
    actor: Mapped[str]


class ActiveRoleRow(Base):
    """The role somebody with several acts in."""

    __tablename__ = "active_role"

    organisation: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    at: Mapped[datetime]


class SignInRow(Base):
    """Who signed in on the gateway's page: the address stands for them until then."""

    __tablename__ = "sign_in"

    address: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    person: Mapped[str]
    at: Mapped[datetime]
    until: Mapped[datetime]


class ExemptionRequestRow(Base):
    """
    A request for an exemption, and what became of it.

    Where the policy asks for two offices, the first one's grant waits here, to the letter, for the second's.
    Of a restricted one `asked_of` names the only other person who may see and decide it.
    """

    __tablename__ = "exemption_request"
    __table_args__ = (
        Index(
            "exemption_request_waiting",
            "organisation",
            "grantee_kind",
            "grantee",
            "kind",
            "target",
            unique=True,
            postgresql_where=text("outcome IS NULL AND NOT restricted"),
            sqlite_where=text("outcome IS NULL AND NOT restricted"),
        ),
        CheckConstraint("purpose <> ''", name="exemption_request_purpose"),
        CheckConstraint(
            "(first_by IS NULL AND first_at IS NULL AND first_grant IS NULL) OR "
            "(first_by IS NOT NULL AND first_at IS NOT NULL AND first_grant IS NOT NULL)",
            name="exemption_request_first_as_a_whole",
        ),
        CheckConstraint(
            "(outcome IS NULL AND decided_at IS NULL AND decided_by IS NULL AND decided_because IS NULL) OR "
            "(outcome IN ('granted', 'refused', 'taken-back') AND decided_at IS NOT NULL "
            "AND decided_by IS NOT NULL AND decided_because <> '')",
            name="exemption_request_decided_as_a_whole",
        ),
        CheckConstraint(
            "outcome IS NULL OR (outcome = 'taken-back') = (lower(decided_by) = lower(requested_by))",
            name="exemption_request_not_ones_own",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    grantee_kind: Mapped[GranteeKind]
    grantee: Mapped[str]
    kind: Mapped[TargetKind]
    target: Mapped[str]
    category: Mapped[str | None]  # that refused it
    purpose: Mapped[str]
    decision: Mapped[str | None]  # the reference of the Decision that refused it
    requested_by: Mapped[str]
    restricted: Mapped[bool]
    asked_of: Mapped[str | None]
    joined: Mapped[int]  # how often the same was asked for again while it waited
    at: Mapped[datetime]
    actor: Mapped[str]  # of a page: the gateway's login
    first_by: Mapped[str | None]
    first_at: Mapped[datetime | None]
    first_grant: Mapped[Exactly | None]
    outcome: Mapped[RequestOutcome | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    decided_because: Mapped[str | None]


class ReportRow(Base):
    """A note, challenge or report of somebody's, under their name or under nobody's."""

    __tablename__ = "report"
    __table_args__ = (
        Index("report_of", "organisation", "person"),
        CheckConstraint(
            "(answered_at IS NULL AND answered_by IS NULL AND answer IS NULL) OR "
            "(answered_at IS NOT NULL AND answered_by IS NOT NULL AND answer <> '')",
            name="report_answered_as_a_whole",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation: Mapped[str]
    person: Mapped[str | None]
    kind: Mapped[ReportKind]
    host: Mapped[str]
    category: Mapped[str | None]
    text: Mapped[str]
    decision: Mapped[str | None]  # the reference of the Decision it is about
    at: Mapped[datetime]
    actor: Mapped[str]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer: Mapped[str | None]


class OutboxRow(Base):
    """A mail or call that is to be sent; once it was, what it said is gone."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "due"),
        CheckConstraint(
            "(sent_at IS NULL AND given_up_at IS NULL) = (content IS NOT NULL)", name="outbox_content"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    channel: Mapped[str]
    about: Mapped[str | None]  # a reference
    content: Mapped[Exactly | None]
    tries: Mapped[int]
    due: Mapped[datetime | None]  # when it is tried next; None once that is over
    error: Mapped[str | None]  # of the last try, a fixed word
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


class PolicyTextRow(Base):
    """A policy that a gateway ran with, to the letter: what people were told, and judged by."""

    __tablename__ = "policy_text"

    digest: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    at: Mapped[datetime]  # first seen
    gateway: Mapped[str]
    actor: Mapped[str]


class PresenceVersionRow(Base):
    """One row: an identifier that each change of presence replaces."""

    __tablename__ = "presence_version"
    __table_args__ = (CheckConstraint("id = 1", name="presence_version_only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[UUID]
