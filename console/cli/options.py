"""Options and arguments that many commands have, and how what was typed for them is read."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli.times import read_moment, read_since
from console.people import fields
from policy.errors import Refused
from policy.identifiers import read_reference

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")]
Login = Annotated[
    str, typer.Argument(metavar="LOGIN", help="As the gateway knows them; capitals do not count.")
]
Organisation = Annotated[
    str, typer.Option(metavar="ORG", help="Whose they are; without it, the gateway's own organisation.")
]


def login_of(text: str, hint: str = "LOGIN") -> str:
    """A login in the form in which logins are compared. Raises `typer.BadParameter`."""
    try:
        return fields.login(text, "a login")
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def moment_of(text: str, hint: str) -> datetime:
    """A moment to come. Raises `typer.BadParameter`."""
    try:
        return read_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def since_of(text: str, hint: str = "--since") -> datetime:
    """A moment gone by. Raises `typer.BadParameter`."""
    try:
        return read_since(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def reference_of(text: str, hint: str) -> str:
    """A reference as somebody read it out. Raises `typer.BadParameter`."""
    try:
        return read_reference(text)
    except Refused as refused:
        raise typer.BadParameter(str(refused), param_hint=hint) from refused
