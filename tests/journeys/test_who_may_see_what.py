"""
Who may see what under which authority, on a real PostgreSQL: through the review service, by raw SQL with its
login, and by raw SQL with every role that a person may have.

The table is `tests/policy/review/looks_table.py`, which the pure judgement is held against too. Raw SQL is
what somebody could do who got hold of a login: name the Access of a look, and read whatever the database
then shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from console.review.made import Made, make_service
from console.review.settings import ReviewSettings
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.review.looks import Looks
from db.roles import GRANTS
from db.settings import DatabaseSettings
from policy.document import Policy
from policy.errors import ReviewRefused
from policy.review.question import Question
from policy.review.scope import Scope, bound
from policy.words import RecordLevel, Resource, ReviewerRole, Verdict
from tests.db.conftest import Database, postgres, postgresql, upgraded
from tests.db.examples import decision
from tests.db.people import Becoming, becoming_login
from tests.db.stored import stored
from tests.policy.review.looks_table import AUTHORITIES, LOG, PEOPLE, TABLE, Asked, reviewer
from tests.samples import policy_with_authority

__all__ = ["becoming_login", "postgres", "postgresql", "upgraded"]

# What the database keeps of who did what: whoever reads one of these without a look reads the log.
KEPT = (
    "decision",
    "outcome",
    "held_decision",
    "held_outcome",
    "tally_person",
    "operator_decision",
    "page_decision",
    "replay_decision",
    "sample_decision",
)
# The service, which is no person; the gateway, which only writes; who owns the schema, who is the operator.
NO_PERSON = {"sluicegate_review", "sluicegate_gateway", "sluicegate_migrate"}


@dataclass(frozen=True)
class World:
    """The table's people, log and authorities in a database, and the service before it."""

    database: Database
    engine: Engine  # of the service's login
    made: Made
    policy: Policy
    now: datetime
    names: dict[Any, str]  # of decisions, by identifier

    def shown_by_service(self, row: Asked) -> frozenset[str] | str:
        """What the service answers, or why it does not."""
        try:
            found = self.made.service.by_login(row.who).reviewing.search(row.made(self.now)).answer
        except ReviewRefused as refused:
            return str(refused)
        assert found.after is None
        return frozenset(self.names[one.id] for one in (*(page.visit for page in found.visits), *found.rest))

    def shown_by_database(self, row: Asked, scope: Scope) -> frozenset[str]:
        """What the database shows to the service's login within this look, whatever is selected."""
        looks = Looks(self.engine)
        who = reviewer(row.who, self.policy.file.review)
        asked = {"what": "raw", "question": {}, "purpose": "an attack"}
        try:
            with looks.open(who, **asked, authority=row.authority, scope=scope) as look:  # type: ignore[arg-type]  # by name
                rows = look.connection.exec_driver_sql("SELECT id FROM decision WHERE true OR random() < 2")
                return frozenset(self.names[id_] for (id_,) in rows)
        except ReviewRefused:
            return frozenset()


@pytest.fixture
def world(postgresql: Database, becoming_login: Becoming) -> Iterator[World]:
    now = datetime.now(UTC)
    PeopleStore(postgresql.engine).enter(
        [
            PersonEntry(one.organisation, login, unit=one.unit, manager=one.manager, roles=one.offices)
            for login, one in PEOPLE.items()
        ],
        roles_until=now + timedelta(days=1),
        because="the cast",
    )
    decisions = {
        name: decision(
            at=now - row.at,
            person=row.person,
            unit=row.unit,
            category=row.category,
            verdict=row.verdict,
            resource=row.resource,
            reason=row.reason,
            retention_class=row.retention_class,
            organisation=row.organisation,
            host=row.host,
            referrer_host=None,
            client_ip=None,
            record=RecordLevel.FULL if row.person else RecordLevel.ANONYMOUS,
        )
        for name, row in LOG.items()
    }
    stored(postgresql.engine, *decisions.values())
    written_down(postgresql, now)
    policy = policy_with_authority()
    with becoming_login("login_review", "sluicegate_review") as engine:
        url = DatabaseSettings(url=engine.url.render_as_string(hide_password=False))  # type: ignore[arg-type]  # fit for what is tested
        made = make_service(ReviewSettings(), url, Path("nowhere"), policy)
        yield World(postgresql, engine, made, policy, now, {one.id: name for name, one in decisions.items()})


def written_down(database: Database, now: datetime) -> None:
    """The authorities, past every trigger: some of them no trigger would let begin when they did."""
    with connected(database) as connection:
        connection.execute("SET session_replication_role = replica")
        for reference, word in AUTHORITIES.items():
            authority = word.made(reference, now)
            terms = authority.terms
            values: dict[str, object] = {
                "id": reference,
                **{name: getattr(terms, name) for name in terms.__slots__},
                **{name: Jsonb(list(getattr(terms, name))) for name in ("people", "units", "categories")},
                "requested_by": authority.requested_by,
                "at": authority.requested_at,
                "via": "a test",
                "begins": authority.begins,
                "ends": authority.ends,
            }
            if authority.decided is not None:
                decided = authority.decided
                values |= {
                    "outcome": decided.outcome,
                    "decided_at": decided.at,
                    "decided_by": decided.by,
                    "decided_office": decided.office,
                    "decided_because": decided.because,
                }
            if authority.revoked is not None:
                revoked = authority.revoked
                values |= {
                    "revoked_at": revoked.at,
                    "revoked_by": revoked.by,
                    "revoked_because": revoked.because,
                }
            columns = ", ".join(f'"{name}"' for name in values)
            places = ", ".join(["%s"] * len(values))
            statement = f"INSERT INTO authority ({columns}) VALUES ({places})"  # noqa: S608 - names of ours
            connection.execute(statement.encode(), list(values.values()))


def connected(database: Database, login: str | None = None) -> Connection[Any]:
    """As the superuser, or as somebody, in a connection that keeps nothing open."""
    url = database.engine.url.set(drivername="postgresql")
    url = url.set(username=login) if login is not None else url
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def test_through_the_review_service(world: World) -> None:
    """Row for row as the table has it; and each look, shown or refused, is on record."""
    wrong = {
        row.name: (sorted(found) if isinstance(found, frozenset) else found)
        for row in TABLE
        for found in [world.shown_by_service(row)]
        if not (row.shown in found if isinstance(row.shown, str) else found == row.shown)
    }
    assert wrong == {}
    with connected(world.database) as connection:
        looks = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE result LIKE 'refused: %') FROM access "
            "WHERE answers IS NULL"
        ).fetchone()
    assert looks == (len(TABLE), sum(isinstance(row.shown, str) for row in TABLE))


def test_by_raw_sql_within_a_look_of_the_service(world: World) -> None:
    """A query that forgets every bound shows what is within the look, and not a row more."""
    wrong = {}
    for row in TABLE:
        if isinstance(row.shown, str):
            continue
        who = reviewer(row.who, world.policy.file.review)
        authority = AUTHORITIES[row.authority].made(row.authority, world.now)
        scope = bound(row.made(world.now), authority, who, world.policy.file.review, world.now)
        expected = {name for name, one in LOG.items() if scope.holds(**one.facts(world.now))}
        found = world.shown_by_database(row, scope)
        assert found >= row.shown
        if found != expected:
            wrong[row.name] = (sorted(found - expected), sorted(expected - found))
    assert wrong == {}


def test_by_raw_sql_within_a_look_that_was_made_up(world: World) -> None:
    """
    Whoever has the service's login may write down any bounds at all: the authority's own hold all the same.

    Which offices somebody has is the policy's to say, which the database does not read; all else it knows.
    """
    wrong = {}
    for who, reference in {(row.who, row.authority): row for row in TABLE}:
        row = Asked("made up", who, reference, "")
        found = world.shown_by_database(row, boundless(world, who))
        expected = {
            name for name, one in LOG.items() if is_the_databases_to_show(world, name, who, reference)
        }
        if found != expected:
            wrong[who, reference] = (sorted(found - expected), sorted(expected - found))
    assert wrong == {}


def boundless(world: World, who: str) -> Scope:
    """As wide as bounds can be written."""
    return Scope(
        organisation=PEOPLE[who].organisation,
        since=world.now - timedelta(days=9999),
        until=world.now + timedelta(days=9999),
        people=frozenset({*PEOPLE, "nemo"}),
        units=frozenset({"Licensing", "Events", "Standards"}),
        only=None,
        never=frozenset(),
        categories=None,
        allowed_visits=True,
    )


def is_the_databases_to_show(world: World, name: str, who: str, reference: str) -> bool:
    """Said again in other words than the judgement's and the database's."""
    row, word, me = LOG[name], AUTHORITIES[reference], PEOPLE[who]
    authority = word.made(reference, world.now)
    may_look = (
        authority.in_force(world.now)
        and me.organisation == word.organisation
        and who != word.decided_by
        and not {who, me.manager} & set(word.people)
        and (word.role is not ReviewerRole.LINE_MANAGER or who == word.requested_by)
    )
    return (
        may_look
        and (row.organisation or "") == word.organisation
        and authority.terms.since <= world.now - row.at < authority.terms.until
        and (row.person in word.people or row.unit in word.units)
        and row.person not in {who, me.manager}
        and (word.role is not ReviewerRole.LINE_MANAGER or PEOPLE[str(row.person)].manager == who)
        and (not word.categories or row.category in word.categories)
        and (word.allowed_visits or row.resource is not Resource.VISIT or row.verdict is not Verdict.ALLOW)
    )


def test_by_raw_sql_with_every_role_that_a_person_may_have(world: World, becoming_login: Becoming) -> None:
    """Each look of the table is made by the service, and somebody else's login names it: nothing is shown."""
    accesses = list(made_looks(world))
    assert len(accesses) == sum(not isinstance(row.shown, str) for row in TABLE)
    roles = sorted(set(GRANTS) - NO_PERSON)
    assert len(roles) >= 8
    for role in roles:
        login = f"somebody_{role.removeprefix('sluicegate_')}"
        with becoming_login(login, role), connected(world.database, login) as connection:
            for access in accesses:
                connection.execute("SELECT set_config('sluicegate.access', %s, false)", [access])
                refused_everything(connection, role, KEPT if access == accesses[0] else KEPT[:1])


def refused_everything(connection: Connection[Any], role: str, tables: tuple[str, ...]) -> None:
    for table in tables:
        for statement in ("SELECT * FROM {}", "SELECT count(*) FROM {}", "COPY (SELECT 1 FROM {}) TO STDOUT"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement.format(table).encode())
                pytest.fail(f"{role}: {statement.format(table)}")


def made_looks(world: World) -> Iterator[str]:
    """The Accesses of the looks that are answered, as the service commits them."""
    rules = world.policy.file.review
    for row in TABLE:
        if isinstance(row.shown, str):
            continue
        authority = AUTHORITIES[row.authority].made(row.authority, world.now)
        scope = bound(row.made(world.now), authority, reviewer(row.who, rules), rules, world.now)
        asked: dict[str, Any] = {"what": "review search", "question": {}, "purpose": "a complaint"}
        who = reviewer(row.who, rules)
        with Looks(world.engine).open(who, **asked, authority=row.authority, scope=scope) as look:
            yield str(look.access)


def test_the_service_itself_sees_nothing_without_a_look(world: World) -> None:
    with world.engine.connect() as connection:
        for table in KEPT:
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()  # noqa: S608 - names of our own
            assert found == 0, table


def test_somebody_disabled_in_the_meantime_is_nobody(world: World) -> None:
    question = Question("AAAAAAAA", "a complaint")
    assert world.made.service.by_login("insp").reviewing.search(question).answer.rows
    PeopleStore(world.database.engine).disable("county", "insp", because="left in anger")
    with pytest.raises(ReviewRefused, match="disabled"):
        world.made.service.by_login("insp")
