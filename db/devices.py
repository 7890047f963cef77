"""
The register of devices and networks of devices, known by their addresses.

A device that is lost is disabled: what comes from its address is refused. Whoever alone uses a device is
known by it where nothing better is known, so nobody changes a device of their own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update

from db.actor import actor
from db.change import record_change
from db.engine import reading
from db.people_models import DeviceRow
from db.person_rows import Disabled, disabled
from db.register_marker import changing
from db.register_rules import (
    fit_reason,
    is_network,
    refuse_own,
    refuse_unfit_login,
    refuse_unfit_names,
    same_person,
)
from policy.errors import RegisterRefused


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device as it is to stand in the register."""

    organisation: str
    id: str
    network: str  # an address, or a network in CIDR
    person: str | None = None  # a login, folded: who alone uses it
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class RegisteredDevice:
    """A device as it stands in the register."""

    entry: DeviceEntry
    disabled: Disabled | None
    at: datetime  # of the last change


@dataclass(frozen=True, slots=True)
class DevicesEntered:
    """What came of an import."""

    entered: int  # new, or not as they were before
    own: tuple[str, ...] = ()  # left as they were: nobody changes their own


class DeviceStore:
    """What may be done with the register of devices. The actor is the connection's own."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now

    def devices(self) -> list[RegisteredDevice]:
        """All of them, by organisation and id."""
        with reading(self._engine) as connection:
            return _devices(connection)

    def enter(self, entries: Iterable[DeviceEntry], *, because: str) -> DevicesEntered:
        """
        Enter these devices as they are now, all of them or none; others stay as they are.

        Raises `RegisterRefused` for what cannot be a device, and for a network that another device has.
        """
        because = fit_reason(because)
        entries = list(entries)
        for one in entries:
            if one.person is not None:
                refuse_unfit_login(one.person)
            refuse_unfit_names(one.organisation, one.id, one.person, one.unit)
            if not is_network(one.network):
                raise RegisterRefused(
                    f"{one.network!r} is no address and no network such as 10.1.2.0/24; correct {one.id}"
                )
        with changing(self._engine) as connection:
            me = actor(connection)
            before = {(one.entry.organisation, one.entry.id): one.entry for one in _devices(connection)}
            after, own = dict(before), []
            for one in entries:
                was = before.get((one.organisation, one.id))
                if any(same_person(person, me) for person in (one.person, was and was.person) if person):
                    own.append(one.id)
                else:
                    after[one.organisation, one.id] = one
            _refuse_two_of_one_network(after.values())
            changed = [one for key, one in after.items() if before.get(key) != one]
            for one in changed:
                columns = {
                    "network": one.network,
                    "person": one.person,
                    "unit": one.unit,
                    "at": self._now(),
                    "actor": me,
                }
                if (one.organisation, one.id) in before:
                    connection.execute(
                        update(DeviceRow).where(*_is(one.organisation, one.id)).values(**columns)
                    )
                else:
                    key = {"organisation": one.organisation, "id": one.id}
                    connection.execute(insert(DeviceRow).values(**key, **columns))
            told = {"entered": [[one.organisation, one.id, one.network] for one in changed]}
            record_change(connection, what="devices entered", before=None, after=told, because=because)
        return DevicesEntered(len(changed), tuple(own))

    def disable(self, organisation: str, identifier: str, *, because: str) -> RegisteredDevice:
        """Refuse what comes from this device. Raises `RegisterRefused`."""
        return self._disable(organisation, identifier, because, disabled=True)

    def enable(self, organisation: str, identifier: str, *, because: str) -> RegisteredDevice:
        """Take that back. Raises `RegisterRefused`."""
        return self._disable(organisation, identifier, because, disabled=False)

    def _disable(
        self, organisation: str, identifier: str, because: str, *, disabled: bool
    ) -> RegisteredDevice:
        because = fit_reason(because)
        with changing(self._engine) as connection:
            device = _find(connection, organisation, identifier)
            me = refuse_own(actor(connection), device.entry.person)
            if (device.disabled is not None) is disabled:
                raise RegisterRefused(f"{identifier} is {'disabled already' if disabled else 'not disabled'}")
            now = self._now()
            word = (now, me, because) if disabled else (None, None, None)
            columns = dict(zip(("disabled_at", "disabled_by", "disabled_because"), word, strict=True))
            connection.execute(
                update(DeviceRow).where(*_is(organisation, identifier)).values(**columns, at=now, actor=me)
            )
            record_change(
                connection,
                what=f"device {'disabled' if disabled else 'enabled'}",
                before=None,
                after={"organisation": organisation, "id": identifier},
                because=because,
            )
            return _find(connection, organisation, identifier)


def _refuse_two_of_one_network(entries: Iterable[DeviceEntry]) -> None:
    seen: dict[str, str] = {}
    for one in entries:
        if (other := seen.setdefault(one.network, one.id)) != one.id:
            raise RegisterRefused(
                f"{one.network} would be that of {other} and of {one.id}; nobody could say which"
            )


def _devices(connection: Connection, *where: ColumnElement[bool]) -> list[RegisteredDevice]:
    query = select(DeviceRow.__table__).where(*where).order_by(DeviceRow.organisation, DeviceRow.id)
    return [_device(row) for row in connection.execute(query)]


def _find(connection: Connection, organisation: str, identifier: str) -> RegisteredDevice:
    found = _devices(connection, *_is(organisation, identifier))
    if not found:
        raise RegisterRefused(f"there is no device {identifier}; `sluicegate devices list` shows them")
    return found[0]


def _device(row: Row[Any]) -> RegisteredDevice:
    entry = DeviceEntry(row.organisation, row.id, row.network, row.person, row.unit)
    return RegisteredDevice(entry, disabled(row), row.at)


def _is(organisation: str, identifier: str) -> tuple[ColumnElement[bool], ...]:
    return DeviceRow.organisation == organisation, DeviceRow.id == identifier
