"""The register of people: all of an import or nothing, nobody by themselves, no name without need."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.backup import MOST_LINE_BYTES
from db.engine import reading, writing
from db.models import ChangeRow
from db.people import Entered, PeopleStore
from db.person_rows import PersonEntry
from db.registers import RegisterStore
from policy.errors import RegisterRefused
from policy.people import HeldRole, PersonKind
from tests.db.conftest import Database
from tests.db.exemptions import me
from tests.db.people import Becoming, becoming_login

__all__ = ["becoming_login"]

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
JANE = PersonEntry(
    "",
    "jane",
    name="Jane Doe",
    email="jane@example.org",
    kind=PersonKind.AGENCY,
    unit="fraud",
    manager="bob",
    ends=NOW + 30 * DAY,
    roles=("licensing", "press"),
)
BOB = PersonEntry("", "bob")
FIRE = PersonEntry("fire", "jane", unit="watch")


@pytest.fixture
def store(engine: Engine) -> PeopleStore:
    return PeopleStore(engine, now=lambda: NOW)


def enter(store: PeopleStore, *entries: PersonEntry, left: tuple[tuple[str, str], ...] = ()) -> Entered:
    return store.enter(entries, left=left, roles_until=NOW + 90 * DAY, because="the personnel system")


def test_people_are_kept_as_they_were_entered_and_judged_by_less(store: PeopleStore) -> None:
    assert enter(store, JANE, BOB, FIRE) == Entered(3, 0)
    assert [one.entry for one in store.everybody()] == [BOB, JANE, FIRE]
    assert store.one("", "jane").held == (
        HeldRole("licensing", NOW + 90 * DAY),
        HeldRole("press", NOW + 90 * DAY),
    )
    people = store.load()
    assert set(people.persons) == {("", "jane"), ("", "bob"), ("fire", "jane")}
    jane = people.persons["", "jane"]
    assert (jane.unit, jane.ends, jane.disabled) == ("fraud", NOW + 30 * DAY, False)
    assert people.persons["fire", "jane"].unit == "watch"
    assert "Jane" not in repr(people)
    with pytest.raises(RegisterRefused, match="eve is not in the register"):
        store.one("", "eve")


def test_an_import_confirms_no_role_and_takes_away_what_it_does_not_tell_of(store: PeopleStore) -> None:
    enter(store, JANE)
    later = PeopleStore(store._engine, now=lambda: NOW + DAY)
    moved = PersonEntry("", "jane", unit="licensing", roles=("press", "radio"))
    later.enter([moved], roles_until=NOW + 200 * DAY, because="moved")
    assert later.one("", "jane").held == (
        HeldRole("press", NOW + 90 * DAY),
        HeldRole("radio", NOW + 200 * DAY),
    )
    assert later.one("", "jane").entry.name is None


def test_who_has_left_is_refused_from_now_on_and_still_there(store: PeopleStore, engine: Engine) -> None:
    enter(store, JANE, BOB)
    before = RegisterStore(engine).version()
    assert enter(store, left=(("", "jane"),)) == Entered(0, 1)
    assert store.load().persons["", "jane"].ends == NOW
    assert len(store.everybody()) == 2
    assert RegisterStore(engine).version() != before
    with pytest.raises(RegisterRefused, match="cannot have left"):
        enter(store, PersonEntry("", "new"), left=(("", "eve"),))
    assert len(store.everybody()) == 2, "all of it or nothing"


def test_somebody_is_disabled_and_enabled_and_each_is_a_change(store: PeopleStore, engine: Engine) -> None:
    enter(store, JANE)
    disabled = store.disable("", "jane", because="lost her card").disabled
    assert disabled is not None
    assert (disabled.because, disabled.by) == ("lost her card", me(engine))
    assert store.load().persons["", "jane"].disabled
    with pytest.raises(RegisterRefused, match="disabled already"):
        store.disable("", "jane", because="again")
    assert store.enable("", "jane", because="found it").disabled is None
    assert not store.load().persons["", "jane"].disabled
    with pytest.raises(RegisterRefused, match="not disabled"):
        store.enable("", "jane", because="again")
    with pytest.raises(RegisterRefused, match="fire is not in the register"):
        store.disable("fire", "jane", because="another's")
    with reading(engine) as connection:
        told = connection.scalars(select(ChangeRow.what).order_by(ChangeRow.id)).all()
    assert told == ["people entered", "person disabled", "person enabled"]


def test_a_role_is_confirmed_where_somebody_has_it(store: PeopleStore) -> None:
    enter(store, JANE)
    confirmed = store.confirm_role("", "jane", "press", until=NOW + 180 * DAY, because="still does")
    assert HeldRole("press", NOW + 180 * DAY) in confirmed.held
    assert HeldRole("licensing", NOW + 90 * DAY) in confirmed.held
    for login, role, until in (
        ("jane", "radio", NOW + DAY),
        ("jane", "press", NOW - DAY),
        ("eve", "press", NOW + DAY),
    ):
        with pytest.raises(RegisterRefused):
            store.confirm_role("", login, role, until=until, because="x")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(PersonEntry("", ""), id="no-login"),
        pytest.param(PersonEntry("", "Jane"), id="a-login-in-another-form"),
        pytest.param(PersonEntry("", "a\0b"), id="a-login-that-cannot-be"),
        pytest.param(PersonEntry("", "x" * 201), id="a-login-without-end"),
        pytest.param(PersonEntry("a\x1bb", "jane"), id="an-organisation-that-cannot-be"),
        pytest.param(PersonEntry("", "jane", name="x" * 201), id="a-name-without-end"),
        pytest.param(PersonEntry("", "jane", roles=("\u202epress",)), id="a-role-that-reads-backwards"),
    ],
)
def test_who_cannot_be_is_refused_with_everybody_else(store: PeopleStore, entry: PersonEntry) -> None:
    with pytest.raises(RegisterRefused):
        enter(store, BOB, entry)
    assert store.everybody() == []


def test_nobody_changes_what_the_register_says_of_themselves(store: PeopleStore, engine: Engine) -> None:
    mine = me(engine).casefold()
    own = PersonEntry("", mine, roles=("press",))
    assert enter(store, own, BOB) == Entered(1, 0, (("", mine),))
    assert [one.entry for one in store.everybody()] == [BOB]
    assert enter(store, left=(("", mine),)).own == (("", mine),)
    with pytest.raises(RegisterRefused, match="of themselves"):
        store.disable("", mine, because="x")
    with pytest.raises(RegisterRefused, match="of themselves"):
        store.enable("", mine, because="x")
    with pytest.raises(RegisterRefused, match="of themselves"):
        store.confirm_role("", mine, "press", until=NOW + DAY, because="x")


def test_the_change_log_has_logins_and_neither_names_nor_addresses(
    store: PeopleStore, engine: Engine
) -> None:
    enter(store, JANE)
    enter(store, PersonEntry("", "jane", name="Jane Roe", unit="fraud"))
    with reading(engine) as connection:
        first, second = connection.scalars(select(ChangeRow.after).order_by(ChangeRow.id)).all()
    ends = (NOW + 30 * DAY).isoformat()
    jane = {"organisation": "", "login": "jane"}
    assert first == {
        "entered": [{**jane, "unit": "fraud", "ends": ends, "roles": ["licensing", "press"]}],
        "ended": [],
    }
    assert second == {"entered": [{**jane, "ends": None, "roles": []}], "ended": []}


def test_an_import_of_everybody_makes_no_change_that_a_backup_could_not_bring_back(
    store: PeopleStore, engine: Engine
) -> None:
    everybody = [PersonEntry("", f"login{number}", unit="u" * 200) for number in range(1_200)]
    enter(store, *everybody)
    enter(store, left=tuple(one.key for one in everybody))
    with reading(engine) as connection:
        changes: list[Any] = list(connection.scalars(select(ChangeRow.after).order_by(ChangeRow.id)))
    assert [(len(one["entered"]), len(one["ended"])) for one in changes] == [
        *((500, 0), (500, 0), (200, 0)),
        *((0, 500), (0, 500), (0, 200)),
    ]
    assert max(len(json.dumps(one)) for one in changes) < MOST_LINE_BYTES


OWN = [
    "INSERT INTO person (organisation, login, kind, at, actor) "
    "VALUES ('', 'People-Eve', 'employee', now(), session_user)",
    "UPDATE person SET unit = 'x', actor = session_user WHERE login = 'people-eve'",
    "UPDATE person SET login = 'people-eve', actor = session_user WHERE login = 'jane'",
    "INSERT INTO person_role (organisation, login, role, until, at, actor) "
    "VALUES ('', 'people-eve', 'press', now(), now(), session_user)",
    "INSERT INTO device (organisation, id, network, person, at, actor) "
    "VALUES ('', 'x', '10.0.0.7', 'people-eve', now(), session_user)",
]
FORGED = [
    "UPDATE person SET unit = 'x', actor = 'bob' WHERE login = 'jane'",
    "UPDATE person SET unit = 'x' WHERE login = 'jane'",
    "UPDATE person SET disabled_at = now(), disabled_by = 'bob', actor = session_user WHERE login = 'jane'",
]


def test_raw_sql_gets_nobody_further(postgresql: Database, becoming_login: Becoming) -> None:
    enter(PeopleStore(postgresql.engine, now=lambda: NOW), JANE, PersonEntry("", "people-eve"))
    with becoming_login("people-eve", "sluicegate_people") as eve:
        for statements, why in ((OWN, "of themselves"), (FORGED, "is the login")):
            for statement in statements:
                with eve.connect() as connection, pytest.raises(DBAPIError, match=why):
                    connection.execute(text(statement))
        for statement in ("DELETE FROM person", "TRUNCATE person"):
            with eve.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(text(statement))
        PeopleStore(postgresql.engine).disable("", "jane", because="lost")
        anothers = (
            "UPDATE person SET disabled_because = 'on a whim', actor = session_user WHERE login = 'jane'"
        )
        with eve.connect() as connection, pytest.raises(DBAPIError, match="is the login"):
            connection.execute(text(anothers))
        PeopleStore(postgresql.engine).enable("", "jane", because="found")
        # And what she may, as herself.
        assert PeopleStore(eve).disable("", "jane", because="x").disabled is not None


def test_who_is_there_is_not_deleted_before_their_time(store: PeopleStore, engine: Engine) -> None:
    enter(store, JANE)
    with pytest.raises(DBAPIError, match="by disposal only"), writing(engine) as connection:
        connection.execute(text("DELETE FROM person"))
