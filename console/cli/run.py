"""
`sluicegate run`: what an operator starts becomes the supervisor, which starts the same command again.

That second time, and at every reload, it is a generation (`generation.py`): a fresh interpreter, with the
code and the settings of that moment. The command is the one that was typed, not the file it stands for now:
where a symbolic link in it leads to another release by then, the next generation is of that release.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from addons.server.channel import inherit
from console.cli.state import state_folder


def run(
    listen: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS:PORT", help="Where to listen; may be given again."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Worker processes.")] = None,
    mode: Annotated[
        Literal["explicit", "transparent", "both"] | None,
        typer.Option(help="For clients that were told of the proxy, that are redirected to it, or both."),
    ] = None,
) -> None:
    """
    Run the gateway.

    An empty state folder gets its database and a Ruleset of the shipped
    lists. The certificate authority is made by you: sluicegate ca init.
    Runs in the foreground; SIGTERM and Ctrl-C drain and end it. Lists and
    registers need no reload; settings and policy do: sluicegate reload.

    Examples:
      sluicegate run
      sluicegate run --listen 0.0.0.0:8080 --listen [::]:8080 --workers 4
      sluicegate run --mode both
    """
    inherited = inherit(os.environ)
    if inherited is None:
        _supervise()
    # What follows takes a second to import, and the supervisor has no use for it.
    from console.cli.generation import generation  # noqa: PLC0415

    generation(inherited, listen, workers, mode)


def _supervise() -> NoReturn:
    """Become the supervisor, in this very process: it is the one that a service manager knows."""
    command = own_command(sys.argv)
    # -P: without it a module would first be looked for in the current folder, which may be anybody's.
    supervisor = [sys.executable, "-P", "-m", "addons.server.supervisor"]
    sys.stdout.flush()
    os.execv(  # noqa: S606 (ourselves, by a path that nobody else gave)
        sys.executable, [*supervisor, str(state_folder().root), *command]
    )


def own_command(arguments: Sequence[str]) -> list[str]:
    """
    What starts this program again, from its own arguments (`sys.argv`).

    A program by its path as it was called, which may lead elsewhere by then; a module by the interpreter's,
    likewise as it was called.
    """
    program = Path(arguments[0]).absolute()  # which leaves symbolic links as they are
    if program.suffix != ".py" and os.access(program, os.X_OK):
        return [str(program), *arguments[1:]]
    return [sys.executable, "-P", "-m", "console.cli.main", *arguments[1:]]
