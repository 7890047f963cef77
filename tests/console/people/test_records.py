"""Files of people and devices."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.people.records import read_devices, read_people
from db.devices import DeviceEntry
from db.person_rows import PersonEntry
from policy.errors import RegisterRefused
from policy.people import PersonKind


def csv(folder: Path, *lines: str) -> Path:
    path = folder / "import.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_person_is_read_with_all_that_is_known_of_them(tmp_path: Path) -> None:
    table = read_people(
        csv(
            tmp_path,
            "login,organisation,name,email,kind,unit,manager,ends,roles",
            "Jane.Doe,Essex,Jane Doe,jane@a.test,contractor,CID,BOSS,2027-01-01T00:00:00Z,press;licensing",
            "bob,,,,,,,,",
        )
    )
    jane, bob = table.rows
    assert jane == PersonEntry(
        "Essex",
        "jane.doe",
        "Jane Doe",
        "jane@a.test",
        PersonKind.CONTRACTOR,
        "CID",
        "boss",
        datetime(2027, 1, 1, tzinfo=UTC),
        ("licensing", "press"),
    )
    assert bob == PersonEntry("", "bob")
    assert "unit" in table.columns


def test_without_a_column_for_it_the_organisation_is_the_one_that_is_given(tmp_path: Path) -> None:
    table = read_people(csv(tmp_path, "login", "jane"), "Kent")
    assert table.rows == (PersonEntry("Kent", "jane"),)
    assert table.columns == {"login"}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        pytest.param(("login", "jane", "JANE "), "jane stands there twice", id="capitals"),
        pytest.param(
            ("login,organisation", "jane,Kent", "jane,Kent"), "jane of Kent stands", id="organisation"
        ),
        pytest.param(("login,email", "jane,jane"), "line 2: email: 'jane' is no address", id="address"),
        pytest.param(("login,kind", "jane,boss"), "line 2: kind: 'boss' is none of employee", id="kind"),
    ],
)
def test_a_file_that_could_be_meant_in_two_ways_is_refused(
    tmp_path: Path, lines: tuple[str, ...], says: str
) -> None:
    with pytest.raises(RegisterRefused, match=says):
        read_people(csv(tmp_path, *lines))


def test_the_same_login_may_stand_in_two_organisations(tmp_path: Path) -> None:
    table = read_people(csv(tmp_path, "login,organisation", "jane,Kent", "jane,Essex"))
    assert [person.key for person in table.rows] == [("Kent", "jane"), ("Essex", "jane")]


def test_devices_are_read(tmp_path: Path) -> None:
    table = read_devices(
        csv(tmp_path, "id,network,person,unit", "LAP-1,10.1.2.3/32,Jane,", "LAN,10.2.0.0/16,,CID")
    )
    assert table.rows == (
        DeviceEntry("", "LAP-1", "10.1.2.3", person="jane"),
        DeviceEntry("", "LAN", "10.2.0.0/16", unit="CID"),
    )


@pytest.mark.parametrize("second", ["LAP-1,10.1.2.4", "LAP-2,10.1.2.3/32"])
def test_one_device_and_one_address_stand_once(tmp_path: Path, second: str) -> None:
    with pytest.raises(RegisterRefused, match="stands there twice"):
        read_devices(csv(tmp_path, "id,network", "LAP-1,10.1.2.3", second))
