"""`sluicegate devices`: the register of devices, known by their addresses."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, AsJsonLines, Because, Organisation, login_of
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import workplace
from console.people import fields
from console.people.records import read_devices
from db.devices import DeviceEntry, DevicesEntered, DeviceStore, RegisteredDevice
from db.shared_use import SharedUseStore
from policy.errors import RegisterRefused

Id = Annotated[str, typer.Argument(metavar="ID", help='As "devices list" shows it.')]


def list_(as_json: AsJsonLines = False) -> None:
    """
    The devices, and networks of devices, of the register.

    One that is lawfully used by several ("people share") says until when.

    Examples:
      sluicegate devices list
      sluicegate devices list --json
    """
    place = workplace()
    found = open_store(DeviceStore, place).devices()
    shared = {
        (use.organisation, use.device): use.until for use in open_store(SharedUseStore, place).shared_uses()
    }
    if as_json:
        for device in found:
            until = shared.get((device.entry.organisation, device.entry.id))
            show.json_line({**_as_record(device), "shared_until": until})
        return
    show.table(
        ["id", "organisation", "network", "person", "unit", "disabled", "shared until"],
        (
            [
                *(device.entry.id, device.entry.organisation, device.entry.network),
                *(device.entry.person, device.entry.unit, _disabled(device)),
                _until(shared.get((device.entry.organisation, device.entry.id))),
            ]
            for device in found
        ),
    )


def add(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="What it is called: its asset number.")],
    network: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or a network in CIDR.")],
    person: Annotated[str | None, typer.Option(metavar="LOGIN", help="Who alone uses it.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="U", help="The unit it belongs to.")] = None,
    because: Because = "added by hand",
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Enter a device, or a network of devices; one of that ID is replaced.

    Who asks from its address and proves nothing is taken for --person, where
    identity.kinds has "device". The narrowest network that has an address is
    the device.

    Examples:
      sluicegate devices add LAP-0042 10.1.2.3 --person jane.doe
      sluicegate devices add CID-LAN 10.4.0.0/16 --unit CID --because "ticket 4711"
    """
    try:
        entry = DeviceEntry(
            organisation=organisation,
            id=fields.identifier(identifier, "ID"),
            network=fields.network(network, "ADDRESS"),
            person=login_of(person, "--person") if person else None,
            unit=unit,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    entered = open_store(DeviceStore, workplace()).enter([entry], because=because)
    if entered.own:
        raise RegisterRefused("nobody changes a device of their own; let somebody else do it")
    _say(entered, as_json=as_json)


def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A CSV file.")],
    because: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")
    ] = None,
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Enter the devices of a file, all of them or none; others stay.

    A file needs the columns id and network, and may have organisation, person
    and unit.

    Examples:
      sluicegate devices import inventory.csv
    """
    table = read_devices(path, organisation)
    reason = because or f"imported from {show.plain(path.name, 100)}"
    _say(open_store(DeviceStore, workplace()).enter(table.rows, because=reason), as_json=as_json)


def disable(
    identifier: Id, because: Because, organisation: Organisation = "", as_json: AsJson = False
) -> None:
    """
    Refuse what comes from a device, from now on: for one that is lost.

    In force in every worker within two seconds, on connections that are open
    too.

    Examples:
      sluicegate devices disable LAP-0042 --because "lost on a train"
    """
    device = open_store(DeviceStore, workplace()).disable(organisation, identifier, because=because)
    _say_standing(device, as_json=as_json)


def enable(
    identifier: Id, because: Because, organisation: Organisation = "", as_json: AsJson = False
) -> None:
    """
    Take back that a device is disabled.

    Examples:
      sluicegate devices enable LAP-0042 --because "found again, and wiped"
    """
    device = open_store(DeviceStore, workplace()).enable(organisation, identifier, because=because)
    _say_standing(device, as_json=as_json)


def _say(entered: DevicesEntered, *, as_json: bool) -> None:
    if as_json:
        show.json_line(asdict(entered))
        return
    show.line(f"{entered.entered:,} devices are new, or other than they were")
    if entered.own:
        own: Sequence[str] = [show.plain(one) for one in entered.own]
        show.note(f"{', '.join(own)} stayed as they were: nobody changes a device of their own")


def _say_standing(device: RegisteredDevice, *, as_json: bool) -> None:
    if as_json:
        show.json_line(_as_record(device))
    else:
        what = "refused from now on" if device.disabled else "no longer disabled"
        show.line(f"{show.plain(device.entry.id)}: {what}")


def _until(moment: datetime | None) -> str:
    return show_moment(moment) if moment else ""


def _disabled(device: RegisteredDevice) -> str:
    one = device.disabled
    return f"by {one.by} at {show_moment(one.at)}: {one.because}" if one else ""


def _as_record(device: RegisteredDevice) -> dict[str, object]:
    disabled = asdict(device.disabled) if device.disabled else None
    return {**asdict(device.entry), "disabled": disabled, "at": device.at}
