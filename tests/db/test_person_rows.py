"""People as rows: what requests are judged by is there, and what they are not is not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from db.devices import DeviceEntry, DeviceStore
from db.engine import reading
from db.people import PeopleStore
from db.person_rows import Disabled, PersonEntry, disabled, find_person, people_at, registered
from policy.errors import RegisterRefused
from policy.people import Device, HeldRole, Person

UNTIL = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    people = PeopleStore(engine)
    entries = [
        PersonEntry("", "jane", name="Jane Doe", unit="fraud", roles=("press",), ends=UNTIL),
        PersonEntry("fire", "jane"),
    ]
    people.enter(entries, roles_until=UNTIL, because="a test")
    people.disable("fire", "jane", because="left her card")
    devices = DeviceStore(engine)
    devices.enter([DeviceEntry("", "pc", "10.0.0.7", person="jane")], because="a test")
    devices.disable("", "pc", because="lost")
    return engine


def test_people_are_judged_by_unit_roles_end_and_standing(filled: Engine) -> None:
    with reading(filled) as connection:
        people = people_at(connection)
    assert people.persons == {
        ("", "jane"): Person("", "jane", unit="fraud", roles=(HeldRole("press", UNTIL),), ends=UNTIL),
        ("fire", "jane"): Person("fire", "jane", disabled=True),
    }
    assert list(people.devices) == [Device("pc", "", "10.0.0.7", person="jane", disabled=True)]


def test_one_of_them_is_found_by_organisation_and_login(filled: Engine) -> None:
    with reading(filled) as connection:
        assert find_person(connection, "", "jane").entry.name == "Jane Doe"
        found = find_person(connection, "fire", "jane").disabled
        assert found is not None
        assert found.because == "left her card"
        assert len(registered(connection)) == 2
        with pytest.raises(RegisterRefused, match="bob of fire is not in the register"):
            find_person(connection, "fire", "bob")


def test_who_is_disabled_without_a_reason_is_disabled() -> None:
    class Row:
        disabled_at, disabled_by, disabled_because = UNTIL, "bob", None

    assert disabled(Row()) == Disabled(UNTIL, "bob", "")  # type: ignore[arg-type]  # as a row has it
