"""
`sluicegate run`: everything is looked at, made ready and then handed to `addons/server/`.

The order is the order of cost to whoever made a mistake: settings, policy and authority first, in
milliseconds and before anything is made. The schema is looked at meanwhile by a process of its own, which
keeps SQLAlchemy out of the supervisor, and so out of every worker that is forked from it.
"""

import sys
from pathlib import Path
from subprocess import Popen
from typing import Annotated

import typer
from pydantic import ValidationError

from addons.ca import load_ca
from addons.server.plan import ServePlan
from addons.server.serve import import_gateway, serve
from addons.settings import GatewaySettings
from console.cli import show
from console.cli.main import AWAY
from console.cli.settings import Settings
from console.cli.workplace import workplace


def run(
    listen: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS:PORT", help="Where to listen; may be given again."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Worker processes.")] = None,
) -> None:
    """
    Run the gateway.

    An empty state folder gets its database and a Ruleset of the shipped
    lists. The certificate authority is made by you: sluicegate ca init.
    Runs in the foreground; SIGTERM and Ctrl-C drain and end it. Lists and
    registers need no restart, settings and policy do.

    Examples:
      sluicegate run
      sluicegate run --listen 0.0.0.0:8080 --listen [::]:8080 --workers 4
    """
    place = workplace()
    settings = place.settings
    gateway = with_options(settings.gateway, listen, workers)
    load_ca(place.state.ca)
    place.state.create()
    # -P: without it a module would first be looked for in the current folder, which may be anybody's.
    # In a group of its own, so that Ctrl-C ends this process and is no traceback in that one.
    with Popen([sys.executable, "-P", "-m", "console.cli.fit_schema"], process_group=0) as schema:
        place.ensure_ruleset()
        import_gateway()  # a second that would otherwise come after the schema's
        _await(schema, place.state.snapshot)
    serve(plan_of(settings, gateway, place.state.root))


def with_options(settings: GatewaySettings, listen: list[str] | None, workers: int | None) -> GatewaySettings:
    """The settings with what was given on the command line. Raises `typer.BadParameter`."""
    given = {"listen": tuple(listen) if listen else None, "workers": workers}
    try:
        return GatewaySettings.model_validate(
            settings.model_dump() | {key: value for key, value in given.items() if value is not None}
        )
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(problem, param_hint="--listen") from error


def plan_of(settings: Settings, gateway: GatewaySettings, state: Path) -> ServePlan:
    """What the settings mean to `addons/server/`."""
    return ServePlan(
        state=state,
        policy_file=settings.policy_file,
        gateway=gateway,
        limits=settings.limits,
        destinations=settings.destinations,
        identity=settings.identity,
        spool=settings.spool,
        database=settings.database,
    )


def _await(schema: Popen[bytes], snapshot: Path) -> None:
    """A gateway that has known the registers may start while the database is away; another may not."""
    code = schema.wait()  # it has said itself what is wrong
    if code == AWAY and snapshot.exists():
        show.note("starting with the registers last read; decisions wait in the spool for the database")
    elif code:
        raise typer.Exit(code)
