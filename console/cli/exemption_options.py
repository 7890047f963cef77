"""For whom an exemption is and what it opens, as typed for `exemptions grant` and `exemptions request`."""

from typing import Annotated

import typer

from console.cli.options import login_of
from console.cli.targets import Target, read_host, read_prefix
from console.people import fields
from policy.registers import GranteeKind, TargetKind

type Grantee = tuple[GranteeKind, str]

Person = Annotated[str | None, typer.Option(metavar="P", help="For this person.")]
Role = Annotated[str | None, typer.Option(metavar="R", help="For whoever acts in this role.")]
Unit = Annotated[str | None, typer.Option(metavar="U", help="For this unit.")]
Network = Annotated[str | None, typer.Option(metavar="N", help="For whoever asks from this network.")]
Everyone = Annotated[bool, typer.Option("--everyone", help="For everyone.")]
Category = Annotated[str | None, typer.Option(metavar="C", help="Opens a category.")]
Host = Annotated[str | None, typer.Option(metavar="H", help="Opens a host and its subdomains.")]
Prefix = Annotated[str | None, typer.Option(metavar="P", help="Opens a part of one host.")]


def grantee_of(
    person: str | None, role: str | None, unit: str | None, network: str | None, *, everyone: bool
) -> Grantee | None:
    """For whom; None where nobody is named. Raises `typer.BadParameter` for more than one."""
    given = {
        GranteeKind.PERSON: person,
        GranteeKind.ROLE: role,
        GranteeKind.UNIT: unit,
        GranteeKind.NETWORK: network,
        GranteeKind.EVERYONE: "" if everyone else None,
    }
    chosen = [(kind, name) for kind, name in given.items() if name is not None]
    if len(chosen) > 1:
        raise typer.BadParameter(
            "give one of --person, --role, --unit, --network and --everyone", param_hint="for whom"
        )
    if not chosen:
        return None
    kind, name = chosen[0]
    if kind is GranteeKind.PERSON:
        return kind, login_of(name, "--person")
    if kind is GranteeKind.NETWORK:
        try:
            return kind, fields.network(name, "--network")
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return kind, name


def target_of(category: str | None, host: str | None, prefix: str | None) -> Target | None:
    """What it opens; None where nothing is named. Raises `typer.BadParameter`."""
    if sum(one is not None for one in (category, host, prefix)) > 1:
        raise typer.BadParameter("give one of --category, --host and --prefix", param_hint="what it opens")
    if category is not None:
        return TargetKind.CATEGORY, category
    if host is not None:
        return read_host(host)
    return read_prefix(prefix) if prefix is not None else None


def needed[T](found: T | None, what: str, hint: str) -> T:
    """What was found. Raises `typer.BadParameter` where nothing was given."""
    if found is None:
        raise typer.BadParameter(f"give one of {what}", param_hint=hint)
    return found


FOR_WHOM = "--person, --role, --unit, --network and --everyone"
OPENS = "--category, --host and --prefix"
