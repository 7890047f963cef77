"""`sluicegate lists allow|block|forget`: an administrator's own word on a host or prefix, within seconds."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from categories.sites import is_address
from console.cli import show
from console.cli.protected import refuse_allow, refuse_block
from console.cli.storage import register_store
from console.cli.targets import read_target
from console.cli.times import read_moment, show_moment
from console.cli.workplace import workplace
from policy.registers import TargetKind
from policy.words import Action

TargetArgument = Annotated[
    str, typer.Argument(metavar="TARGET", help="A host, or a host with a path such as example.org/games.")
]
Until = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="When it ends: +2h, 7d, 17:30, 2026-12-01; without it, never."),
]
Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def allow(target: TargetArgument, because: Because, until: Until = None, as_json: AsJson = False) -> None:
    """
    Allow a host or prefix, whatever lists say.

    A host stands for its subdomains too. In force in every worker within two
    seconds, ending to the second. It opens nothing that the policy never
    exempts (malware and the like). A public suffix such as co.uk is refused.
    Who did it and why is kept.

    Examples:
      sluicegate lists allow example.org --because "wrongly listed as games"
      sluicegate lists allow example.org/docs --until 7d --because "ticket 4711"
    """
    _enter(Action.ALLOW, target, until, because, as_json=as_json)


def block(target: TargetArgument, because: Because, until: Until = None, as_json: AsJson = False) -> None:
    """
    Block a host or prefix.

    A host stands for its subdomains too. In force in every worker within two
    seconds, ending to the second. Essential, privileged and help hosts are
    refused. Who did it and why is kept.

    Examples:
      sluicegate lists block example.org --because "phishing mail of today"
      sluicegate lists block example.org/games --until 17:30 --because "until reviewed"
    """
    _enter(Action.BLOCK, target, until, because, as_json=as_json)


def forget(target: TargetArgument, because: Because = "no longer needed", as_json: AsJson = False) -> None:
    """
    Take an own allow or block away.

    The lists decide again, within two seconds. That it stood is not forgotten.

    Examples:
      sluicegate lists forget example.org
    """
    kind, normalised = read_target(target)
    entry = register_store(workplace()).forget(kind, normalised, because=because)
    if as_json:
        show.json_line(asdict(entry))
    else:
        show.line(f"{show.plain(entry.target)}: no longer {_DONE[entry.action]}; the lists decide again")


_SHOWN = 10
_DONE = {Action.ALLOW: "allowed", Action.BLOCK: "blocked"}


def _enter(action: Action, target: str, until: str | None, because: str, *, as_json: bool) -> None:
    kind, normalised = read_target(target)
    end = read_until(until)
    place = workplace()
    stay_open: list[str] = []
    if action is Action.ALLOW:
        refuse_allow(place, (kind, normalised))
    else:
        stay_open = refuse_block(place, (kind, normalised))
    store = register_store(place)
    enter = store.allow if action is Action.ALLOW else store.block
    entry = enter(kind, normalised, until=end, because=because)
    if stay_open:
        more = f" and {len(stay_open) - _SHOWN} more" if len(stay_open) > _SHOWN else ""
        show.note(f"essential, so still open: {', '.join(stay_open[:_SHOWN])}{more}")
    if as_json:
        show.json_line(asdict(entry))
        return
    until_shown = f"until {show_moment(entry.until)}" if entry.until else "until it is taken away"
    what = "and its subdomains " if kind is TargetKind.HOST and not is_address(entry.target) else ""
    show.line(f"{show.plain(entry.target)} {what}{_DONE[action]} by {show.plain(entry.by)}, {until_shown}")


def read_until(text: str | None) -> datetime | None:
    """A time to come, as typed. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        return read_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from error
