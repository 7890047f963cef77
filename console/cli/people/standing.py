"""`sluicegate people disable|enable|confirm-role|share`: what holds of one person from this moment on."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, Because, Login, Organisation, login_of, moment_of
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import workplace
from db.people import PeopleStore
from db.shared_use import SharedUseStore
from policy.identifiers import show_reference


def disable(login: Login, because: Because, organisation: Organisation = "", as_json: AsJson = False) -> None:
    """
    Refuse a person everything but what is essential, from now on.

    In force in every worker within two seconds, on connections that are open
    too. An import does not take it back.

    Examples:
      sluicegate people disable jane.doe --because "left today"
    """
    store = open_store(PeopleStore, workplace())
    person = store.disable(organisation, login_of(login), because=because)
    _say(person.entry.login, "refused from now on", as_json=as_json, disabled=True)


def enable(login: Login, because: Because, organisation: Organisation = "", as_json: AsJson = False) -> None:
    """
    Take back that a person is disabled.

    Who has left is brought back by the next import that has them.

    Examples:
      sluicegate people enable jane.doe --because "back from leave"
    """
    store = open_store(PeopleStore, workplace())
    person = store.enable(organisation, login_of(login), because=because)
    _say(person.entry.login, "no longer disabled", as_json=as_json, disabled=False)


def confirm_role(
    login: Login,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="One that they have.")],
    because: Because = "still has it",
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Until when; without it, for people.role_days.")
    ] = None,
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Say that somebody still has a role.

    A role that nobody confirms in time opens nothing any more. Who has it is
    the import's to say; nobody confirms their own.

    Examples:
      sluicegate people confirm-role jane.doe press
      sluicegate people confirm-role jane.doe press --until 90d
    """
    place = workplace()
    usual = datetime.now(UTC) + timedelta(days=place.settings.people.role_days)
    ends = moment_of(until, "--until") if until else usual
    person = open_store(PeopleStore, place).confirm_role(
        organisation, login_of(login), role, until=ends, because=because
    )
    if as_json:
        show.json_line({"login": person.entry.login, "role": role, "until": ends})
    else:
        show.line(
            f"{show.plain(person.entry.login)} has the role {show.plain(role)} until {show_moment(ends)}"
        )


def share(
    because: Because,
    reference: Annotated[str, typer.Option(metavar="REF", help="Of the authorisation.")],
    until: Annotated[str, typer.Option(metavar="TIME", help="When it ends: +2h, 7d, 2026-12-01.")],
    login: Annotated[str | None, typer.Argument(metavar="LOGIN", help="Whose login others use.")] = None,
    device: Annotated[
        str | None, typer.Option(metavar="ID", help="A device that several use, in place of LOGIN.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="When it begins or began; without it, now.")
    ] = None,
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Record that a login or a device is lawfully used by others (S3.5.3).

    It opens nothing. Whoever reads what was recorded of that time is shown it,
    because the record then does not say who it was.

    Examples:
      sluicegate people share jane.doe --reference OPS-17 --until +4h \\
          --because "control room without its own logins"
      sluicegate people share --device KIOSK-2 --reference OPS-18 --until 90d --because "front desk"
    """
    begins = moment_of(start, "--from") if start else datetime.now(UTC)
    use = open_store(SharedUseStore, workplace()).record(
        organisation,
        person=login_of(login) if login else None,
        device=device,
        reference=reference,
        because=because,
        start=begins,
        until=moment_of(until, "--until"),
    )
    if as_json:
        show.json_line(asdict(use))
        return
    show.line(
        f"{show_reference(use.id)}: {show.plain(use.person or use.device or '')} used by others from "
        f"{show_moment(use.start)} until {show_moment(use.until)}, on the authority of "
        f"{show.plain(use.reference)}"
    )


def _say(login: str, what: str, *, as_json: bool, disabled: bool) -> None:
    if as_json:
        show.json_line({"login": login, "disabled": disabled})
    else:
        show.line(f"{show.plain(login)}: {what}")
