"""Whether PostgreSQL itself asks for two people: who may say so, and what then holds for `psql` too."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.changes import ListChanges
from db.emergencies import EmergencyStore, one_site
from db.engine import writing
from db.local_entries import LocalChange
from db.proposals import ProposalStore
from db.register_rules import same_person
from db.registers import RegisterStore
from db.two_people import hold_two_people, two_people_held
from policy.errors import ConfigurationError
from policy.registers import TargetKind
from policy.words import Action
from tests.db.conftest import Database
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

HOST = TargetKind.HOST


def enter(engine: Engine) -> None:
    RegisterStore(engine).block(HOST, "bet.test", until=None, because="alone")


def test_it_is_said_once_and_taken_back(database: Database) -> None:
    engine = database.engine
    assert not two_people_held(engine)
    assert hold_two_people(engine, wanted=True) is database.is_postgresql
    assert two_people_held(engine) is database.is_postgresql
    assert hold_two_people(engine, wanted=True) is False
    assert hold_two_people(engine, wanted=False) is database.is_postgresql
    assert not two_people_held(engine)
    enter(engine)
    said = [one.what for one in ListChanges(engine).recent()]
    rule = ["local entry rule: two people"] * 2 if database.is_postgresql else []
    assert said == ["local entry: block", *rule]


def test_who_enters_local_entries_may_not_say_it(database: Database, becoming: Becoming) -> None:
    hold_two_people(database.engine, wanted=True)
    if not database.is_postgresql:
        return
    with becoming("bea") as hers:
        with pytest.raises(ConfigurationError, match=r"permission denied|role"):
            hold_two_people(hers, wanted=False)
        with pytest.raises(ConfigurationError, match="permission denied"), writing(hers) as connection:
            connection.execute(text("UPDATE register_version SET two_people = false"))
    assert two_people_held(database.engine)


def test_then_one_person_enters_and_ends_nothing_by_whatever_way(
    database: Database, becoming: Becoming
) -> None:
    engine = database.engine
    enter(engine)
    hold_two_people(engine, wanted=True)
    if not database.is_postgresql:
        return
    with becoming("bea") as hers:
        store = RegisterStore(hers)
        with pytest.raises(DBAPIError, match="needs two people: propose it"):
            store.allow(HOST, "other.test", until=None, because="alone")
        for attempt in (store.allow, store.block):
            with pytest.raises(DBAPIError, match="needs two people: propose it"):
                attempt(HOST, "bet.test", until=None, because="alone")
        with pytest.raises(DBAPIError, match="that a local entry ends needs two people"):
            store.forget(HOST, "bet.test", because="alone")
        own = ProposalStore(hers).propose(LocalChange(None, HOST, "bet.test").plain(), {}, because="x")
    assert len(RegisterStore(engine).local_entries()) == 1
    with becoming("carl") as his:
        RegisterStore(his).enact(own.id, because="agreed")
    assert RegisterStore(engine).local_entries() == []


def test_an_approval_is_good_for_its_own_target_and_transaction(
    database: Database, becoming: Becoming
) -> None:
    engine = database.engine
    enter(engine)
    hold_two_people(engine, wanted=True)
    if not database.is_postgresql:
        return
    change = LocalChange(Action.ALLOW, HOST, "other.test", None)
    proposal = ProposalStore(engine).propose(change.plain(), {}, because="x")
    with becoming("bea") as hers:
        RegisterStore(hers).enact(proposal.id, because="agreed")
        with pytest.raises(DBAPIError, match="that a local entry ends needs two people"):
            RegisterStore(hers).forget(HOST, "bet.test", because="while I am at it")
        with pytest.raises(DBAPIError, match="that a local entry ends needs two people"):
            RegisterStore(hers).forget(HOST, "other.test", because="afterwards")


def test_what_its_own_time_ended_makes_room_without_two(postgresql: Database) -> None:
    """An entry that has run out opens and closes nothing; only its place is taken."""
    engine = postgresql.engine
    with writing(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO local_entry (id, action, kind, target, until, because, by, at) VALUES "
                "('A', 'block', 'host', 'bet.test', now() - interval '1 minute', 'x', session_user, now())"
            )
        )
    hold_two_people(engine, wanted=True)
    until = datetime.now(UTC).replace(microsecond=0)
    made = EmergencyStore(engine).allow_in_emergency(HOST, "bet.test", until=None, because="an emergency")
    assert made.ended > until


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("alice", "ALICE", id="capitals"),
        pytest.param("alice", " alice", id="a-blank"),
        pytest.param("alice", "\uff41lice", id="a-letter-of-full-width"),
        pytest.param("alice", "alic\u00e9", id="another-letter"),
        pytest.param("alice", "bob", id="another"),
    ],
)
def test_the_database_takes_for_one_person_whom_we_do(postgresql: Database, one: str, other: str) -> None:
    ask = text("SELECT sluicegate_same_person(:one, :other)")
    with postgresql.engine.connect() as connection:
        assert connection.scalar(ask, {"one": one, "other": other}) is same_person(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a.test", "a.test/b", True),
        ("a.test/c", "a.test/b", True),
        ("www.a.test", "a.test", True),
        ("a.test", "www.a.test/b", True),
        ("ba.test", "a.test", False),
        ("a.test", "a.test.b", False),
        ("wwwXa.test", "a.test", False),
    ],
)
def test_the_database_takes_for_one_site_what_we_do(
    postgresql: Database, one: str, other: str, *, same: bool
) -> None:
    ask = text("SELECT sluicegate_one_site(:one, :other)")
    with postgresql.engine.connect() as connection:
        assert connection.scalar(ask, {"one": one, "other": other}) is same is one_site(one, other)
