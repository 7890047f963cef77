"""Two commands for `test_menu.py`, in a module that nothing imports."""

from typing import Annotated

import typer


def greet(name: Annotated[str, typer.Option(help="Whom.")]) -> int:
    """
    Greet somebody by name.

    Examples:
      sample greet --name Ada
    """
    typer.echo(f"hello {name}")
    return 7


def shout() -> None:
    """Say it loud."""
    typer.echo("HELLO")
