"""
What a generation of the gateway does before it carries anybody: look at everything, make ready, hand over.

The order is the order of cost to whoever made a mistake: settings, policy and authority first, in
milliseconds and before anything is made. The schema is looked at meanwhile by a process of its own, which
keeps SQLAlchemy out of the arbiter, and so out of every worker that is forked from it.
"""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import typer
from pydantic import ValidationError

from addons.ca.folder import load_ca
from addons.harden import apart
from addons.server.channel import Inherited
from addons.server.plan import ServePlan
from addons.server.serve import import_gateway, serve
from addons.settings import GatewaySettings
from console.cli import show
from console.cli.main import AWAY, CONFIGURATION, exit_code
from console.cli.settings import Settings
from console.cli.workplace import workplace
from policy.errors import Away, ConfigurationError, Refused


def generation(
    inherited: Inherited, listen: list[str] | None, workers: int | None, mode: str | None
) -> NoReturn:
    """
    Be a generation of the gateway, until told to end.

    Raises `ConfigurationError`, `ListRefused` or `Away`, each told to the supervisor, too.
    """
    with inherited.telling(exit_code):
        place = workplace()
        gateway = with_options(place.settings.gateway, listen, workers, mode)
        apart(lambda: load_ca(place.state.ca))
        place.state.create()
        # -P: without it a module would first be looked for in the current folder, which may be anybody's.
        schema = [sys.executable, "-P", "-m", "console.cli.fit_schema"]
        with subprocess.Popen(schema, stderr=subprocess.PIPE, text=True) as looking:
            place.ensure_own_ruleset()
            import_gateway()  # a second that would otherwise come after the schema's
            _, said = looking.communicate()
        _judge(looking.returncode, said, place.state.snapshot)
        plan = plan_of(place.settings, gateway, place.state.root)
        serve(replace(plan, never_decrypt=place.take_never_decrypt()), inherited)


def with_options(
    settings: GatewaySettings, listen: list[str] | None, workers: int | None, mode: str | None = None
) -> GatewaySettings:
    """The settings with what was given on the command line. Raises `typer.BadParameter`."""
    given = {"listen": tuple(listen) if listen else None, "workers": workers, "mode": mode}
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
        observe=settings.observe,
        mail=settings.mail,
        webhook=settings.webhook,
        pages=settings.pages,
        shared_folder=settings.categories.shared_folder,
    )


def _judge(code: int, said: str, snapshot: Path) -> None:
    """A gateway that has known the registers may start while the database is away; another may not."""
    *before, why = said.strip().splitlines() or [""]
    for line in before:
        show.note(line)
    why = why.removeprefix("sluicegate: ")
    if code < 0:
        # SQLite maps a file of its own, and on a full disk that is the end of whoever asked it anything.
        name = signal.Signals(-code).name
        code, why = AWAY, f"what looked at the schema was killed by {name}: is the database's disk full?"
    if code == AWAY and snapshot.exists():
        show.note(why)
        show.note("starting with the registers last read; decisions wait in the spool for the database")
    elif code:
        kind = {AWAY: Away, CONFIGURATION: ConfigurationError}.get(code, Refused)
        raise kind(why or f"the schema could not be looked at (status {code})")
    elif why:
        show.note(why)
