"""
What is stored about one person, for that person: asked by the desk, shown on the gateway's own page.

Of decisions there are counts by class and the days they span, never a host: the page may be open on a screen
that others see. The refused pieces of a page that somebody is looking at are named, for half an hour. Both
leave an Access, committed before a row is read; on PostgreSQL functions look with their owner's rights, and
only for the very person in that question, since the gateway's login reads no decision.

Of a restricted exemption the record says that there is one. What the person is told of reviews that are over
(`db/review/tellings.py`) is in it to the letter, and read once it has been asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, or_, select, text

from db.access import record_access, record_answer
from db.columns import UtcDateTime
from db.engine import reading
from db.exemption_rows import REQUESTS, AccessRequest, access_request, exemption, exemption_ends
from db.models import ExemptionRow
from db.people_models import (
    AcknowledgementRow,
    ActiveRoleRow,
    ConfirmationRow,
    DeviceRow,
    ExemptionRequestRow,
    PersonRow,
)
from db.person_rows import RegisteredPerson, registered
from db.reports import Report, ReportStore
from db.review.tellings import ReviewNotice, TellingStore
from policy.people import fold_login
from policy.registers import Exemption, GranteeKind
from policy.words import PersonHow

LOOKED_BACK = timedelta(minutes=30)
MOST_PIECES = 100
MOST_ROWS = 1_000  # of each kind

_RECORD, _PIECES = "my record", "missing pieces"


@dataclass(frozen=True, slots=True)
class StoredDecisions:
    """How many decisions of one class name the person, and the days (UTC) they span."""

    retention_class: str
    decisions: int
    oldest: date
    newest: date


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """One acknowledgement."""

    version: str
    at: datetime
    how: PersonHow


@dataclass(frozen=True, slots=True)
class StatedPurpose:
    """One confirmation."""

    site: str
    purpose: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PersonalRecord:
    """What is stored about one person; lists are newest first and bounded by `MOST_ROWS`."""

    organisation: str
    login: str
    person: RegisteredPerson | None  # None where the register does not have them
    active_role: str | None
    devices: tuple[str, ...]
    decisions: tuple[StoredDecisions, ...]
    notices: tuple[NoticeRead, ...]
    exemptions: tuple[Exemption, ...]  # that stand and are theirs, by name, role or unit
    requests: tuple[AccessRequest, ...]
    reports: tuple[Report, ...]
    purposes: tuple[StatedPurpose, ...]
    reviews: tuple[ReviewNotice, ...] = ()  # what they were told of reviews that are over


@dataclass(frozen=True, slots=True)
class RefusedPiece:
    """One piece of a page that was refused."""

    host: str
    category: str | None
    reference: str


class MyRecords:
    """May look up what is stored about one person at a time, and can do nothing else."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def record(self, organisation: str, person: str) -> PersonalRecord:
        """What is stored about this person. Leaves an Access. Raises `DatabaseAway`."""
        now = self._now()
        question = {"organisation": organisation, "person": person}
        access = record_access(self._engine, what=_RECORD, question=question)
        with reading(self._engine) as connection:
            who = PersonRow.organisation == organisation, PersonRow.login == person
            known = next(iter(registered(connection, *who)), None)
            decisions = _decisions(connection, organisation, person)
            found = PersonalRecord(
                organisation=organisation,
                login=person,
                person=known,
                active_role=connection.scalar(
                    select(ActiveRoleRow.role).where(
                        ActiveRoleRow.organisation == organisation, ActiveRoleRow.person == person
                    )
                ),
                devices=tuple(
                    connection.scalars(
                        select(DeviceRow.id)
                        .where(DeviceRow.organisation == organisation, DeviceRow.person == person)
                        .order_by(DeviceRow.id)
                        .limit(MOST_ROWS)
                    )
                ),
                decisions=decisions,
                notices=_notices(connection, organisation, person),
                exemptions=_exemptions(connection, organisation, person, known, now),
                requests=_requests(connection, organisation, person),
                reports=tuple(ReportStore(self._engine).of(organisation, person)[:MOST_ROWS]),
                purposes=_purposes(connection, organisation, person),
            )
        record_answer(self._engine, access, what=_RECORD, rows_seen=sum(one.decisions for one in decisions))
        return replace(found, reviews=self._reviews(organisation, person))

    def _reviews(self, organisation: str, person: str) -> tuple[ReviewNotice, ...]:
        """What they were told, newest first; what they had not read, they have now."""
        tellings = TellingStore(self._engine, self._now)
        told = tellings.notices_of(organisation, person)
        for one in told:
            if one.read_at is None:
                tellings.read(one.id, organisation, person)
        return tuple(told)

    def requests(self, organisation: str, person: str, host: str | None = None) -> list[AccessRequest]:
        """What this person asked for, or somebody for them, about a host or at all; newest first."""
        with reading(self._engine) as connection:
            return list(_requests(connection, organisation, person, host))

    def missing_pieces(self, organisation: str, person: str, page: str) -> list[RefusedPiece]:
        """
        What of a page (scheme and host) was refused to this person lately, each host once, by host.

        Leaves an Access, which does not say which page: it is kept for years, with a name in it.
        Raises `DatabaseAway`.
        """
        question = {"organisation": organisation, "person": person}
        access = record_access(self._engine, what=_PIECES, question=question)
        with reading(self._engine) as connection:
            query = text(_PIECES_ON[connection.dialect.name]).bindparams(
                bindparam("since", self._now() - LOOKED_BACK, type_=UtcDateTime()), **question, page=page
            )
            rows = connection.execute(query)
            found = {row.host: RefusedPiece(row.host, row.category, row.reference) for row in rows}
        record_answer(self._engine, access, what=_PIECES, rows_seen=len(found))
        return [found[host] for host in sorted(found)][:MOST_PIECES]


_DECISIONS_ON = {
    "postgresql": """
        SELECT retention_class, decisions, oldest, newest
        FROM sluicegate_stored_about(:organisation, :person) ORDER BY retention_class
    """,
    "sqlite": """
        SELECT retention_class, count(*) AS decisions, min(date(at)) AS oldest, max(date(at)) AS newest
        FROM decision WHERE person = :person AND coalesce(organisation, '') = :organisation
        GROUP BY retention_class ORDER BY retention_class
    """,
}
_PIECES_ON = {
    "postgresql": """
        SELECT host, category, reference
        FROM sluicegate_missing_pieces(:organisation, :person, :page, :since)
    """,
    # The latest of each host comes last, and stays.
    "sqlite": f"""
        SELECT host, category, reference FROM (
            SELECT at, host, category, reference FROM decision
            WHERE person = :person AND coalesce(organisation, '') = :organisation
            AND at >= :since AND page = :page AND final AND verdict <> 'allow' AND host IS NOT NULL
            AND retention_class <> 'privileged'
            ORDER BY at DESC LIMIT {MOST_ROWS}
        ) ORDER BY at
    """,  # noqa: S608 - a number of our own
}


def _decisions(connection: Connection, organisation: str, person: str) -> tuple[StoredDecisions, ...]:
    query = text(_DECISIONS_ON[connection.dialect.name])
    rows = connection.execute(query, {"organisation": organisation, "person": person})
    return tuple(
        StoredDecisions(row.retention_class, row.decisions, _day(row.oldest), _day(row.newest))
        for row in rows
    )


def _notices(connection: Connection, organisation: str, person: str) -> tuple[NoticeRead, ...]:
    rows = connection.execute(
        select(AcknowledgementRow.version, AcknowledgementRow.at, AcknowledgementRow.how)
        .where(AcknowledgementRow.organisation == organisation, AcknowledgementRow.person == person)
        .order_by(AcknowledgementRow.at.desc())
        .limit(MOST_ROWS)
    )
    return tuple(NoticeRead(*row) for row in rows)


def _purposes(connection: Connection, organisation: str, person: str) -> tuple[StatedPurpose, ...]:
    columns = ConfirmationRow.site, ConfirmationRow.purpose, ConfirmationRow.at, ConfirmationRow.until
    rows = connection.execute(
        select(*columns)
        .where(ConfirmationRow.organisation == organisation, ConfirmationRow.person == person)
        .order_by(ConfirmationRow.at.desc())
        .limit(MOST_ROWS)
    )
    return tuple(StatedPurpose(*row) for row in rows)


def _requests(
    connection: Connection, organisation: str, person: str, host: str | None = None
) -> tuple[AccessRequest, ...]:
    theirs = and_(
        ExemptionRequestRow.grantee_kind == GranteeKind.PERSON, ExemptionRequestRow.grantee == person
    )
    query = select(REQUESTS).where(
        ExemptionRequestRow.organisation == organisation,
        or_(ExemptionRequestRow.requested_by == person, theirs),
        # What others ask for them in confidence is not theirs to be shown on a screen.
        or_(~ExemptionRequestRow.restricted, ExemptionRequestRow.requested_by == person),
    )
    if host is not None:
        query = query.where(ExemptionRequestRow.target == host)
    rows = connection.execute(query.order_by(ExemptionRequestRow.at.desc()).limit(MOST_ROWS))
    return tuple(access_request(row) for row in rows)


def _exemptions(
    connection: Connection, organisation: str, person: str, known: RegisteredPerson | None, now: datetime
) -> tuple[Exemption, ...]:
    names = {(GranteeKind.PERSON, person)}
    if known is not None:
        names |= {(GranteeKind.ROLE, fold_login(one.role)) for one in known.held if now < one.until}
        if known.entry.unit is not None:
            names.add((GranteeKind.UNIT, fold_login(known.entry.unit)))
    kinds = {kind for kind, _ in names}
    rows = connection.execute(
        select(ExemptionRow.__table__)
        .where(
            ExemptionRow.organisation == organisation,
            ExemptionRow.grantee_kind.in_(kinds),
            ExemptionRow.revoked_at.is_(None),
            exemption_ends > now,
        )
        .order_by(ExemptionRow.at.desc())
    )
    mine = (row for row in rows if (row.grantee_kind, fold_login(row.grantee)) in names)
    return tuple(map(_shown, mine))[:MOST_ROWS]


def _shown(row: Row[Any]) -> Exemption:
    one = exemption(row)
    if not one.restricted:
        return one
    return Exemption(
        id=one.id,
        grantee_kind=one.grantee_kind,
        grantee=one.grantee,
        kind=one.kind,
        target="",
        start=one.start,
        until=one.until,
        purpose="",
        granted_by="",
        organisation=one.organisation,
        restricted=True,
    )


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
