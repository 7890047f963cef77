"""Files that people and devices are read from."""

from pathlib import Path

from console.people import fields
from console.people.table import Table, read_table
from db.devices import DeviceEntry
from db.person_rows import PersonEntry
from policy.errors import RegisterRefused

PERSON_COLUMNS = ("organisation", "name", "email", "kind", "unit", "manager", "ends", "roles")
DEVICE_COLUMNS = ("organisation", "person", "unit")


def read_people(path: Path, organisation: str = "") -> Table[PersonEntry]:
    """
    The people of a CSV file; of `organisation` where it has no such column.

    Raises `RegisterRefused` with each line that is wrong, or for a login that stands twice; `OSError`.
    """

    def person(cells: dict[str, str]) -> PersonEntry:
        return PersonEntry(
            login=fields.login(cells["login"]),
            organisation=fields.text(cells.get("organisation", organisation), "organisation") or "",
            name=fields.text(cells.get("name", ""), "name"),
            email=fields.mail(cells.get("email", "")),
            kind=fields.kind(cells.get("kind", "")),
            unit=fields.text(cells.get("unit", ""), "unit"),
            manager=fields.optional_login(cells.get("manager", ""), "manager"),
            ends=fields.moment(cells.get("ends", ""), "ends"),
            roles=fields.roles(cells.get("roles", "")),
        )

    table = read_table(path, ("login",), PERSON_COLUMNS, person)
    refuse_twice(str(path), [" of ".join(filter(None, reversed(one.key))) for one in table.rows])
    return table


def read_devices(path: Path, organisation: str = "") -> Table[DeviceEntry]:
    """The devices of a CSV file. Raises as `read_people` does, for an id that stands twice too."""

    def device(cells: dict[str, str]) -> DeviceEntry:
        return DeviceEntry(
            id=fields.identifier(cells["id"]),
            network=fields.network(cells["network"]),
            organisation=fields.text(cells.get("organisation", organisation), "organisation") or "",
            person=fields.optional_login(cells.get("person", ""), "person"),
            unit=fields.text(cells.get("unit", ""), "unit"),
        )

    table = read_table(path, ("id", "network"), DEVICE_COLUMNS, device)
    refuse_twice(str(path), [one.id for one in table.rows])
    refuse_twice(str(path), [one.network for one in table.rows])
    return table


def refuse_twice(where: str, names: list[str]) -> None:
    """Raise `RegisterRefused` where something stands twice: which of the two would hold?"""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise RegisterRefused(f"{where}: {name} stands there twice (capitals do not count)")
        seen.add(name)
