"""A small organisation, authorities in it, and the review service's own login to ask with."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.review.authorities import AuthorityStore
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.review.authority import Authority, Terms
from policy.review.reviewer import Reviewer
from policy.review.scope import Scope
from policy.words import Purpose, ReviewerRole
from tests.db.conftest import Database
from tests.db.examples import outcome
from tests.db.people import Becoming

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
SINCE, UNTIL = EPOCH, EPOCH + timedelta(days=30)

MANAGERS = {"alice": "mona", "bob": "mona", "carol": "max", "mona": "chief", "rita": "chief"}
TERMS = Terms(
    organisation="",
    role=ReviewerRole.PROFESSIONAL_STANDARDS,
    matter="PSD/7",
    purpose=Purpose.BREACH,
    necessity="a complaint that names two people",
    proportionality="only the days that the complaint is about",
    less_intrusive="both were asked, and denied it",
    people=("alice", "bob"),
    units=(),
    since=SINCE,
    until=UNTIL,
    categories=(),
    allowed_visits=True,
    sealed=False,
    days=28,
    renews=None,
)
RITA = Reviewer("", "rita", frozenset({ReviewerRole.PROFESSIONAL_STANDARDS}), manager="chief")
MONA = Reviewer(
    "", "mona", frozenset({ReviewerRole.LINE_MANAGER}), manager="chief", team=frozenset({"alice", "bob"})
)
GRANTER = Reviewer("", "greta", frozenset())


def terms(**changes: object) -> Terms:
    """Of alice and bob, for a month, changed as asked."""
    return replace(TERMS, **changes)  # type: ignore[arg-type]  # any field, of any type


def scope_of(authority: Authority, **changes: object) -> Scope:
    """All that an authority permits, changed as asked."""
    given = authority.terms
    whole = Scope(
        organisation=given.organisation,
        since=given.since,
        until=given.until,
        people=frozenset(given.people),
        units=frozenset(given.units),
        only=None,
        never=frozenset(),
        categories=frozenset(given.categories) or None,
        allowed_visits=given.allowed_visits,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # any field, of any type


def enter_people(engine: Engine) -> None:
    """Everybody of these tests, and who manages whom."""
    PeopleStore(engine).enter(
        [
            PersonEntry("", login, unit="Finance", manager=MANAGERS.get(login))
            for login in ("alice", "bob", "carol", "mona", "max", "rita", "greta", "chief")
        ],
        roles_until=datetime.now(UTC) + timedelta(days=90),
        because="a test",
    )


def grant(engine: Engine, by: Reviewer = RITA, **changes: object) -> Authority:
    """An authority in force that somebody asked for, and greta granted."""
    store = AuthorityStore(engine)
    asked = store.request(terms(**changes), by)
    return store.grant(asked.id, GRANTER, office="Head of Standards", because="it is needed")


def ship(database: Database, decisions: Iterable[Decision]) -> None:
    """Into the log, each with what came of it."""
    spool: Path = database.state / "spool"
    writer = SpoolWriter(spool / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
        writer.outcome(outcome(one))
    writer.close()
    Shipper(database.engine, spool, 10_000).ship_once()


@pytest.fixture
def bounded(postgresql: Database, becoming_login: Becoming) -> Iterator[Engine]:
    """The review service's login on PostgreSQL: row-level security shows it what is within a look."""
    enter_people(postgresql.engine)
    with becoming_login("login_review", "sluicegate_review") as engine:
        yield engine


@pytest.fixture
def service(request: pytest.FixtureRequest, database: Database) -> Iterator[Engine]:
    """The review service's engine: its own login on PostgreSQL, which is bound by row-level security."""
    enter_people(database.engine)
    if not database.is_postgresql:
        yield database.engine
        return
    becoming: Becoming = request.getfixturevalue("becoming_login")
    with becoming("login_review", "sluicegate_review") as engine:
        yield engine
