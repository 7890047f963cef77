"""`sluicegate people list|show|unused`: who is in the register, and who has not been seen."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, AsJsonLines, Login, Organisation, login_of, since_of
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import workplace
from db.devices import DeviceStore
from db.people import PeopleStore
from db.person_rows import Disabled, RegisteredPerson
from db.shared_use import SharedUseStore
from db.unused_people import unused_people
from policy.identifiers import show_reference
from policy.people import HeldRole, PersonKey
from policy.words import Standing


def standing(person: RegisteredPerson, now: datetime) -> Standing:
    """Whether they are refused, and why."""
    if person.disabled is not None:
        return Standing.DISABLED
    ends = person.entry.ends
    return Standing.ENDED if ends is not None and ends <= now else Standing.GOOD


def list_(
    unit: Annotated[str | None, typer.Option(metavar="U", help="Only this unit's.")] = None,
    role: Annotated[str | None, typer.Option(metavar="R", help="Only who has this role.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also who has left.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """
    Who is in the register, by organisation and login.

    A role that nobody confirmed in time is marked: it opens nothing.

    Examples:
      sluicegate people list --unit Licensing
      sluicegate people list --role press --json
      sluicegate people list --all
    """
    now = datetime.now(UTC)
    found = [
        person
        for person in open_store(PeopleStore, workplace()).everybody()
        if (everything or standing(person, now) is not Standing.ENDED)
        and unit in {None, person.entry.unit}
        and (role is None or role in person.entry.roles)
    ]
    if as_json:
        for person in found:
            show.json_line(_as_record(person, now))
        return
    show.table(
        ["login", "organisation", "name", "unit", "kind", "roles", "manager", "standing"],
        (
            [
                *(person.entry.login, person.entry.organisation, person.entry.name, person.entry.unit),
                *(person.entry.kind, _roles(person.held, now), person.entry.manager, standing(person, now)),
            ]
            for person in found
        ),
    )
    show.line(f"{len(found):,} people")


def show_(login: Login, organisation: Organisation = "", as_json: AsJson = False) -> None:
    """
    What the register says of one person.

    With their roles and until when, their devices, and the authorised shared
    use of their login. What was recorded of them is a review's to ask.

    Examples:
      sluicegate people show jane.doe
      sluicegate people show jane.doe --organisation Kent --json
    """
    place, now = workplace(), datetime.now(UTC)
    key = organisation, login_of(login)
    person = open_store(PeopleStore, place).one(*key)
    devices = [
        one.entry
        for one in open_store(DeviceStore, place).devices()
        if (one.entry.organisation, one.entry.person) == key
    ]
    shared = [
        one
        for one in open_store(SharedUseStore, place).shared_uses(everything=True)
        if (one.organisation, one.person) == key
    ]
    if as_json:
        more = {"devices": [one.id for one in devices], "shared": [asdict(one) for one in shared]}
        show.json_line({**_as_record(person, now), **more})
        return
    entry = person.entry
    for what, value in (
        ("login", entry.login),
        ("organisation", entry.organisation),
        ("name", entry.name),
        ("email", entry.email),
        ("kind", entry.kind),
        ("unit", entry.unit),
        ("manager", entry.manager),
        ("ends", entry.ends and show_moment(entry.ends)),
        ("standing", _standing_in_words(person.disabled, standing(person, now))),
        ("changed", show_moment(person.at)),
    ):
        if value:
            show.line(f"{what:<13} {show.plain(value, 400)}")
    for held in person.held:
        over = "" if now < held.until else ": nobody confirmed it in time, it opens nothing"
        show.line(f"{'role':<13} {show.plain(held.role)}, until {show_moment(held.until)}{over}")
    for device in devices:
        show.line(f"{'device':<13} {show.plain(device.id)} ({show.plain(device.network)})")
    for use in shared:
        show.line(
            f"{'shared use':<13} {show_reference(use.id)}, {show_moment(use.start)} to "
            f"{show_moment(use.until)}, on the authority of {show.plain(use.reference)}: "
            f"{show.plain(use.because)}"
        )


def unused(
    since: Annotated[str, typer.Option(metavar="TIME", help="Not seen since: 90d, or a date.")] = "90d",
    as_json: AsJsonLines = False,
) -> None:
    """
    Who has a login and has not been seen.

    Of whom no decision that names them was recorded since then, and no notice
    read: for a review of access rights. Where nobody is named in the log it
    can say nothing. That you looked is recorded.

    Examples:
      sluicegate people unused
      sluicegate people unused --since 30d --json
    """
    place, begins = workplace(), since_of(since)
    found: list[PersonKey] = open_store(partial(unused_people, since=begins), place)
    if as_json:
        for organisation, login in found:
            show.json_line({"organisation": organisation, "login": login})
        return
    show.table(["login", "organisation"], ([login, organisation] for organisation, login in found))
    show.line(f"{len(found):,} people not seen since {show_moment(begins)}")
    if not place.policy.authority.in_force(datetime.now(UTC).date()):
        show.note("no standing authority is in force: the log names nobody, so this says next to nothing")


def _roles(held: tuple[HeldRole, ...], now: datetime) -> str:
    return ", ".join(one.role if now < one.until else f"{one.role} (not confirmed)" for one in held)


def _standing_in_words(disabled: Disabled | None, found: Standing) -> str:
    if disabled is None:
        return found
    return f"disabled by {disabled.by} at {show_moment(disabled.at)}: {disabled.because}"


def _as_record(person: RegisteredPerson, now: datetime) -> dict[str, object]:
    return {
        **asdict(person.entry),
        "roles": [asdict(held) for held in person.held],
        "standing": standing(person, now),
        "disabled": asdict(person.disabled) if person.disabled else None,
        "at": person.at,
    }
