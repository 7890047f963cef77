"""
People and devices as they stand in the register, and as requests are judged by them.

Names and addresses stay in the database: a `policy.people.Person` has neither.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from db.people_models import DeviceRow, PersonRoleRow, PersonRow
from db.register_rules import is_network
from policy.errors import RegisterRefused
from policy.people import Device, HeldRole, People, Person, PersonKey, PersonKind


@dataclass(frozen=True, slots=True)
class Disabled:
    """When, by whom and why somebody or something is refused."""

    at: datetime
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person as they are to stand in the register; how long they hold their roles is another matter."""

    organisation: str
    login: str  # folded (`policy.people.fold_login`)
    name: str | None = None
    email: str | None = None
    kind: PersonKind = PersonKind.EMPLOYEE
    unit: str | None = None
    manager: str | None = None  # a login of the same organisation
    ends: datetime | None = None  # the first instant on which they are refused
    roles: tuple[str, ...] = ()

    @property
    def key(self) -> PersonKey:
        """Organisation and login."""
        return self.organisation, self.login


@dataclass(frozen=True, slots=True)
class RegisteredPerson:
    """A person as they stand in the register."""

    entry: PersonEntry
    held: tuple[HeldRole, ...]  # also those that nobody confirmed in time; by name
    disabled: Disabled | None
    at: datetime  # of the last change


def registered(connection: Connection, *where: ColumnElement[bool]) -> list[RegisteredPerson]:
    """All that are in the register, also those who left; by organisation and login."""
    held = _roles(connection)
    rows = connection.execute(
        select(PersonRow.__table__).where(*where).order_by(PersonRow.organisation, PersonRow.login)
    )
    return [_registered(row, tuple(held.get((row.organisation, row.login), ()))) for row in rows]


def find_person(connection: Connection, organisation: str, login: str) -> RegisteredPerson:
    """This person. Raises `RegisterRefused` where the register does not have them."""
    found = registered(connection, PersonRow.organisation == organisation, PersonRow.login == login)
    if not found:
        of = f" of {organisation}" if organisation else ""
        raise RegisterRefused(f"{login}{of} is not in the register; `sluicegate people list` shows who is")
    return found[0]


def people_at(connection: Connection) -> People:
    """Everybody and every device, as requests are judged by them."""
    held = _roles(connection)
    columns = (
        PersonRow.organisation,
        PersonRow.login,
        PersonRow.unit,
        PersonRow.ends,
        PersonRow.disabled_at,
    )
    persons = [
        Person(
            organisation=row.organisation,
            login=row.login,
            unit=row.unit,
            roles=tuple(held.get((row.organisation, row.login), ())),
            ends=row.ends,
            disabled=row.disabled_at is not None,
        )
        for row in connection.execute(select(*columns))
    ]
    devices = [
        Device(
            id=row.id,
            organisation=row.organisation,
            network=row.network,
            person=row.person,
            unit=row.unit,
            disabled=row.disabled_at is not None,
        )
        for row in connection.execute(select(DeviceRow.__table__))
        # One row that somebody wrote past every command must not keep all registers from the workers.
        if is_network(row.network)
    ]
    return People.of(persons, devices)


def disabled(row: Row[Any]) -> Disabled | None:
    """What a row says of that."""
    if row.disabled_at is None:
        return None
    return Disabled(row.disabled_at, row.disabled_by, row.disabled_because or "")


def _roles(connection: Connection) -> dict[PersonKey, list[HeldRole]]:
    found: defaultdict[PersonKey, list[HeldRole]] = defaultdict(list)
    columns = PersonRoleRow.organisation, PersonRoleRow.login, PersonRoleRow.role, PersonRoleRow.until
    for organisation, login, role, until in connection.execute(select(*columns).order_by(PersonRoleRow.role)):
        found[organisation, login].append(HeldRole(role, until))
    return found


def _registered(row: Row[Any], held: tuple[HeldRole, ...]) -> RegisteredPerson:
    entry = PersonEntry(
        organisation=row.organisation,
        login=row.login,
        name=row.name,
        email=row.email,
        kind=row.kind,
        unit=row.unit,
        manager=row.manager,
        ends=row.ends,
        roles=tuple(one.role for one in held),
    )
    return RegisteredPerson(entry, held, disabled(row), row.at)
