"""A small organisation with the shipped policy's offices, its log, and the service that each of them asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from console.review.made import Made
from console.review.protocol import Review
from db.engine import reading
from db.models import AccessRow
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.review.authority import Authority, Terms
from policy.review.question import Question
from policy.words import Purpose, ReviewerRole
from tests.console.review.making import made_on
from tests.db.conftest import Database

REVIEWER, GRANTER, AUDITOR, OPERATOR, STATISTICIAN = "rita", "greta", "adam", "olga", "stan"
SUBJECT, OTHER, CHIEF = "sam", "una", "chief"
OFFICES = {
    REVIEWER: ("Professional Standards",),
    GRANTER: ("Chief Executive and Monitoring Officer",),
    AUDITOR: ("Internal Auditor",),
    OPERATOR: ("ICT Service Desk",),
    STATISTICIAN: ("Senior Information Risk Owner",),
    SUBJECT: (),
    OTHER: (),
    CHIEF: (),
}
NOW = datetime.now(UTC)
TERMS = Terms(
    organisation="",
    role=ReviewerRole.PROFESSIONAL_STANDARDS,
    matter="PSD/7",
    purpose=Purpose.BREACH,
    necessity="a complaint names this person and a site",
    proportionality="one person, and the days of the complaint",
    less_intrusive="they were asked, and no other record shows it",
    people=(SUBJECT,),
    units=(),
    since=NOW - timedelta(days=3),
    until=NOW + timedelta(days=1),
    categories=(),
    allowed_visits=True,
    sealed=False,
    days=7,
    renews=None,
)


class Office:
    """All of it, on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.made: Made = made_on(database.engine)
        entries = [
            PersonEntry("", login, unit=f"unit of {login}", manager=CHIEF, roles=offices)
            for login, offices in OFFICES.items()
        ]
        ends = NOW + timedelta(days=90)
        PeopleStore(database.engine).enter(entries, roles_until=ends, because="the register of a test")

    def by(self, login: str) -> Review:
        """What this person may ask."""
        return self.made.service.by_login(login)

    def record(self, *decisions: Decision) -> None:
        """Bring decisions into the log."""
        spool = self._database.state / "spool"
        writer = SpoolWriter(spool / "slot-0", SpoolSettings())
        for one in decisions:
            writer.record(one)
        writer.close()
        Shipper(self._database.engine, spool, 1000).ship_once()

    def granted(self, **changes: Any) -> Authority:
        """An authority in force, asked for by the reviewer and granted by who may."""
        asked = self.by(REVIEWER).authorities.request(replace(TERMS, **changes))
        return self.by(GRANTER).authorities.grant(asked.id, "it is necessary")

    def accesses(self, what: str | None = None) -> list[Any]:
        """Every Access there is, oldest first."""
        query = select(AccessRow.__table__).order_by(AccessRow.id)
        with reading(self._database.engine) as connection:
            return [row for row in connection.execute(query) if what in {None, row.what}]


def question(authority: Authority, **more: Any) -> Question:
    """All that an authority permits, or what is asked for besides."""
    return Question(authority=authority.id, purpose="matter PSD/7", **more)
