"""
What people do on the gateway's own pages and is in force: kept here, carried to the workers by the desk.

Every change replaces the marker in `presence_version`, in the same transaction; that row is also the lock
that lets one change in after another. What is over is not loaded, and `expire` removes that of which
nothing is to stay.

Acknowledgements are only ever added, and there are several of each person. So a store that has read them once
reads only what was added since, with some overlap for those that were committed late, or by a gateway whose
clock is behind; once an hour, and where the clock was set back, it reads all of them again, since a disposal
takes some away.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, update

from db.access import record_access, record_answer
from db.actor import actor
from db.engine import never_hold_long, reading, writing
from db.people_models import (
    AcknowledgementRow,
    ActiveRoleRow,
    ConfirmationRow,
    PersonRoleRow,
    PersonRow,
    PresenceVersionRow,
    SignInRow,
)
from db.register_rules import fit_reason
from policy.errors import RegisterRefused
from policy.identifiers import new_reference, uuid7
from policy.people import PersonKey
from policy.presence import Acknowledged, Confirmation, Presence, SignedIn
from policy.words import PersonHow

MOST_CONFIRMATIONS = 200  # of one person that hold at a time
_UNREAD = "notice unread"
_OVERLAP = timedelta(minutes=10)
_TICK = timedelta(microseconds=1)
_ASKED_AGAIN = timedelta(minutes=1)  # longer than a worker asks for (`addons/desk/client.py`)
_WHOLE_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which notice one person of the register has read last; None where they have read none."""

    organisation: str
    login: str
    unit: str | None
    version: str | None
    at: datetime | None
    how: PersonHow | None


class PresenceStore:
    """What people may do about themselves, and what is in force of it. Used by one thread at a time."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now
        self._acknowledged: dict[PersonKey, Acknowledged] = {}
        self._read_upto: datetime | None = None  # until when nothing new is expected, but for the overlap
        self._whole_at: datetime | None = None

    def load(self) -> tuple[Presence, str]:
        """
        What is in force, and the marker of that state. Raises `DatabaseAway`.

        Minutes of the personal-use allowance are not kept here: `used` is empty.
        """
        now = self._now()
        with reading(self._engine) as connection:
            # The marker first: a change that comes between is then seen as a change once more, never missed.
            version = _marker(connection)
            self._read_acknowledgements(connection, now)
            signed_in = connection.execute(
                select(SignInRow.address, SignInRow.person, SignInRow.organisation, SignInRow.until).where(
                    SignInRow.until > now
                )
            )
            roles = connection.execute(
                select(ActiveRoleRow.organisation, ActiveRoleRow.person, ActiveRoleRow.role)
            )
            confirmed = connection.execute(
                select(
                    ConfirmationRow.id,
                    ConfirmationRow.person,
                    ConfirmationRow.site,
                    ConfirmationRow.until,
                    ConfirmationRow.organisation,
                )
                .where(ConfirmationRow.until > now)
                .order_by(ConfirmationRow.until)
            )
            presence = Presence(
                acknowledged=dict(self._acknowledged),
                signed_in={
                    row.address: SignedIn(row.person, row.organisation, row.until) for row in signed_in
                },
                active_role={(row.organisation, row.person): row.role for row in roles},
                confirmations={
                    (row.organisation, row.person, row.site): Confirmation(*row) for row in confirmed
                },
            )
            return presence, version

    def version(self) -> str:
        """A marker that differs after every change. One row of one table is read. Raises `DatabaseAway`."""
        with reading(self._engine) as connection:
            return _marker(connection)

    def acknowledge(
        self, organisation: str, person: str, version: str, *, how: PersonHow, policy: str
    ) -> bool:
        """
        This person has read this version of the notice; whether that is news.

        `policy` is the digest of the policy whose text they were shown. Raises `DatabaseAway`.
        """
        with _changing(self._engine) as connection:
            last = connection.execute(
                select(AcknowledgementRow.version, AcknowledgementRow.at)
                .where(AcknowledgementRow.organisation == organisation, AcknowledgementRow.person == person)
                .order_by(AcknowledgementRow.at.desc())
                .limit(1)
            ).one_or_none()
            if last is not None and last.version == version:
                return False
            now = self._now()
            connection.execute(
                insert(AcknowledgementRow).values(
                    id=uuid7(),
                    organisation=organisation,
                    person=person,
                    version=version,
                    how=how,
                    policy=policy,
                    # The last is what holds, also where the clock was ahead when they read the one before.
                    at=now if last is None else max(now, last.at + _TICK),
                    actor=actor(connection),
                )
            )
            return True

    def state_purpose(
        self,
        organisation: str,
        person: str,
        *,
        site: str,
        category: str,
        purpose: str,
        reference: str,
        minutes: int,
    ) -> Confirmation:
        """
        A work purpose for one site, for so many minutes from now; `reference` is the Decision's that asked.

        Said twice within a minute it is kept once: a worker asks again where a desk ended before it answered.
        Raises `RegisterRefused` for a purpose that says nothing and for more sites than anybody works on at a
        time, `DatabaseAway`.
        """
        purpose = fit_reason(purpose, "the work purpose")
        with _changing(self._engine) as connection:
            now = self._now()
            mine = (
                ConfirmationRow.organisation == organisation,
                ConfirmationRow.person == person,
                ConfirmationRow.until > now,
            )
            stated = connection.execute(
                select(ConfirmationRow.id, ConfirmationRow.until).where(
                    *mine,
                    ConfirmationRow.site == site,
                    ConfirmationRow.category == category,
                    ConfirmationRow.purpose == purpose,
                    ConfirmationRow.reference == reference,
                    ConfirmationRow.at > now - _ASKED_AGAIN,
                )
            ).first()
            if stated is not None:
                return Confirmation(stated.id, person, site, stated.until, organisation)
            standing = connection.scalar(select(func.count()).select_from(ConfirmationRow).where(*mine))
            if (standing or 0) >= MOST_CONFIRMATIONS:
                raise RegisterRefused(f"{MOST_CONFIRMATIONS} sites at a time; wait until one of them is over")
            confirmation = Confirmation(
                id=new_reference(),
                person=person,
                host=site,
                until=now + timedelta(minutes=minutes),
                organisation=organisation,
            )
            connection.execute(
                insert(ConfirmationRow).values(
                    id=confirmation.id,
                    organisation=organisation,
                    person=person,
                    site=site,
                    category=category,
                    purpose=purpose,
                    reference=reference,
                    at=now,
                    until=confirmation.until,
                    actor=actor(connection),
                )
            )
            return confirmation

    def choose_role(self, organisation: str, person: str, role: str) -> None:
        """The role to act in from now on. Raises `RegisterRefused` for one that they do not have now."""
        with _changing(self._engine) as connection:
            held = exists().where(
                PersonRoleRow.organisation == organisation,
                PersonRoleRow.login == person,
                PersonRoleRow.role == role,
                PersonRoleRow.until > self._now(),
            )
            if not connection.scalar(select(held)):
                raise RegisterRefused("that role is not yours, or nobody has confirmed it in time")
            connection.execute(
                delete(ActiveRoleRow).where(
                    ActiveRoleRow.organisation == organisation, ActiveRoleRow.person == person
                )
            )
            connection.execute(
                insert(ActiveRoleRow).values(
                    organisation=organisation, person=person, role=role, at=self._now()
                )
            )

    def sign_in(self, address: str, organisation: str, person: str, until: datetime) -> None:
        """From now until `until` this address stands for this person, and for nobody before them."""
        with _changing(self._engine) as connection:
            connection.execute(delete(SignInRow).where(SignInRow.address == address))
            connection.execute(
                insert(SignInRow).values(
                    address=address, organisation=organisation, person=person, at=self._now(), until=until
                )
            )

    def sign_out(self, address: str) -> bool:
        """The address stands for nobody any more; whether it did."""
        with _changing(self._engine) as connection:
            return connection.execute(delete(SignInRow).where(SignInRow.address == address)).rowcount > 0

    def expire(self) -> int:
        """Remove sign-ins that are over and roles that were chosen and are held no more; how many."""
        held = exists().where(
            PersonRoleRow.organisation == ActiveRoleRow.organisation,
            PersonRoleRow.login == ActiveRoleRow.person,
            PersonRoleRow.role == ActiveRoleRow.role,
            PersonRoleRow.until > self._now(),
        )
        # No new marker: none of it was in force.
        with writing(self._engine) as connection:
            signed_in = connection.execute(delete(SignInRow).where(SignInRow.until <= self._now()))
            chosen = connection.execute(delete(ActiveRoleRow).where(~held))
            return signed_in.rowcount + chosen.rowcount

    def notice_report(self) -> list[Reading]:
        """Which notice everybody has read last who is in the register and has not left; by login."""
        now = self._now()
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(
                    AcknowledgementRow.organisation,
                    AcknowledgementRow.person,
                    AcknowledgementRow.version,
                    AcknowledgementRow.at,
                    AcknowledgementRow.how,
                ).order_by(AcknowledgementRow.at)
            )
            last = {(row.organisation, row.person): row for row in rows}
            people = connection.execute(
                select(PersonRow.organisation, PersonRow.login, PersonRow.unit, PersonRow.ends).order_by(
                    PersonRow.organisation, PersonRow.login
                )
            )
            found = []
            for person in people:
                if person.ends is not None and person.ends <= now:
                    continue
                read = last.get((person.organisation, person.login))
                key = person.organisation, person.login, person.unit
                found.append(
                    Reading(*key, read.version, read.at, read.how)
                    if read
                    else Reading(*key, None, None, None)
                )
            return found

    def unread(self, version: str) -> list[Reading]:
        """
        Who has not read this version of the notice, by name: a look at people, and on record as one.

        Leaves an Access, committed before anything is read. Raises `DatabaseAway`.
        """
        access = record_access(self._engine, what=_UNREAD, question={"version": version})
        found = [one for one in self.notice_report() if one.version != version]
        record_answer(self._engine, access, what=_UNREAD, rows_seen=len(found))
        return found

    def _read_acknowledgements(self, connection: Connection, now: datetime) -> None:
        query = select(
            AcknowledgementRow.organisation,
            AcknowledgementRow.person,
            AcknowledgementRow.version,
            AcknowledgementRow.at,
        ).order_by(AcknowledgementRow.at)
        upto, whole_at = self._read_upto, self._whole_at
        whole = upto is None or whole_at is None or now < upto or now - whole_at > _WHOLE_EVERY
        if upto is not None and not whole:
            query = query.where(AcknowledgementRow.at >= upto - _OVERLAP)
        # All of them before any is taken: a database may go away between two.
        rows = connection.execute(query).all()
        if whole:
            self._acknowledged, self._whole_at = {}, now
        for organisation, person, version, at in rows:
            self._acknowledged[organisation, person] = Acknowledged(version, at)
        # By the clock, not by the latest that was read, which a clock that is ahead may have written.
        self._read_upto = now


def _marker(connection: Connection) -> str:
    return str(connection.scalars(select(PresenceVersionRow.version)).one())


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        never_hold_long(connection)
        # First: this row is the lock.
        connection.execute(update(PresenceVersionRow).values(version=uuid7()))
        yield connection
