"""Who asks, by the registers and by what was said instead of them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from addons.identity.settings import IdentityKind, IdentitySettings
from console.cli.asker import Asker, known_as, told_against
from policy.people import Device, HeldRole, People, Person
from policy.words import PersonHow
from tests.samples import NOW, shipped_policy

HOUR = timedelta(hours=1)
JANE = Person("", "jane", "Licensing", (HeldRole("tutor", NOW + HOUR), HeldRole("sergeant", NOW + HOUR)))
PEOPLE = People.of([JANE], [Device("D1", "", "192.0.2.7", person="jane"), Device("D2", "", "192.0.2.8")])
DEVICES = IdentitySettings(kinds=(IdentityKind.DEVICE,))


def test_a_person_is_as_the_register_has_them_and_has_read_the_notice() -> None:
    who, _ = known_as(Asker(person="Jane"), PEOPLE, DEVICES, shipped_policy(), NOW)
    assert (who.person, who.unit, who.role, who.how) == ("jane", "Licensing", None, PersonHow.BASIC)
    assert (who.notified, who.notice) == (True, "2")


def test_what_was_said_counts_instead() -> None:
    asker = Asker(person="jane", role="tutor", unit="Elsewhere", address="192.0.2.8")
    who, notes = known_as(asker, PEOPLE, DEVICES, shipped_policy(), NOW)
    assert (who.role, who.unit, who.device, who.client_ip) == ("tutor", "Elsewhere", "D2", "192.0.2.8")
    assert notes == ()


@pytest.mark.parametrize(
    ("identity", "person"),
    [pytest.param(DEVICES, "jane", id="a-way"), pytest.param(IdentitySettings(), None, id="no-way")],
)
def test_an_address_is_its_devices_person_where_that_is_a_way_to_be_known(
    identity: IdentitySettings, person: str | None
) -> None:
    who, _ = known_as(Asker(address="192.0.2.7"), PEOPLE, identity, shipped_policy(), NOW)
    assert (who.person, who.device) == (person, "D1")


@pytest.mark.parametrize(
    ("asker", "note"),
    [
        pytest.param(Asker(person="jane"), "has several roles (tutor, sergeant)", id="no-role-chosen"),
        pytest.param(Asker(person="jane", role="chief"), "does not hold that role", id="not-theirs"),
    ],
)
def test_what_there_is_to_say_of_roles(asker: Asker, note: str) -> None:
    [said] = known_as(asker, PEOPLE, DEVICES, shipped_policy(), NOW)[1]
    assert said.startswith(note)


def test_who_is_in_no_file_of_passwords_is_said_to_be_in_none(tmp_path: Path) -> None:
    file = tmp_path / "people"
    file.write_text(f"Jane:$2b$04${'a' * 53}\n")
    identity = IdentitySettings(kinds=(IdentityKind.HTPASSWD,), htpasswd_file=file)
    for person, notes in (("jane", ()), ("john", ("this person is not in identity.htpasswd_file",))):
        people = People()
        assert known_as(Asker(person=person), people, identity, shipped_policy(), NOW)[1] == notes


@pytest.mark.parametrize(
    ("person", "told"),
    [
        pytest.param(JANE, "", id="good"),
        pytest.param(replace(JANE, disabled=True), "disabled", id="disabled"),
        pytest.param(replace(JANE, login="x"), "no such person", id="unknown"),
    ],
)
def test_what_stands_against_somebody_is_told(person: Person, told: str) -> None:
    who, _ = known_as(Asker(person="jane"), People.of([person]), DEVICES, shipped_policy(), NOW)
    said = "".join(told_against(who, "fine.test", DEVICES))
    assert (told in said) if told else not said
