"""`sluicegate lists allow|block|forget|confirm`: an administrator's own word on a host or prefix."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from categories.urls.sites import is_address
from console.cli import show
from console.cli.storage import open_store
from console.cli.targets import read_target
from console.cli.times import read_moment, show_moment
from console.cli.workplace import workplace
from console.lists.own_entries import allow_in_emergency, change_own_entry
from db.emergencies import EmergencyStore
from db.local_entries import LocalChange
from policy.identifiers import show_reference
from policy.registers import LocalEntry, TargetKind
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


def allow(
    target: TargetArgument,
    because: Because,
    until: Until = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="At once, for 12 hours at most; somebody else confirms it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Allow a host or prefix, whatever lists say.

    A host stands for its subdomains too. In force in every worker within two
    seconds, ending to the second. It opens nothing that the policy never
    exempts (malware and the like). A public suffix such as co.uk is refused.
    Who did it and why is kept.

    Where lists need two people it is proposed, and holds once somebody else
    has approved it. With --emergency it holds at once, for 12 hours at most,
    and somebody else has to confirm it by then.

    Examples:
      sluicegate lists allow example.org --because "wrongly listed as games"
      sluicegate lists allow example.org/docs --until 7d --because "ticket 4711"
      sluicegate lists allow custody.example --emergency --because "ticket 4712"
    """
    if not emergency:
        _enter(Action.ALLOW, target, until, because, as_json=as_json)
        return
    read = read_target(target)
    allowed = allow_in_emergency(workplace(), read, until=read_until(until), because=because)
    if as_json:
        show.json_line(asdict(allowed))
        return
    _show_entry(allowed.entry)
    show.line(
        f"Somebody else has to confirm it by {show_moment(allowed.confirm_by)}: sluicegate lists confirm "
        f"{show.plain(allowed.entry.target)} --because TEXT"
    )


def block(target: TargetArgument, because: Because, until: Until = None, as_json: AsJson = False) -> None:
    """
    Block a host or prefix.

    A host stands for its subdomains too. In force in every worker within two
    seconds, ending to the second. Essential, privileged and help hosts are
    refused. Who did it and why is kept. Where lists need two people it is
    proposed, and holds once somebody else has approved it.

    Examples:
      sluicegate lists block example.org --because "phishing mail of today"
      sluicegate lists block example.org/games --until 17:30 --because "until reviewed"
    """
    _enter(Action.BLOCK, target, until, because, as_json=as_json)


def forget(target: TargetArgument, because: Because = "no longer needed", as_json: AsJson = False) -> None:
    """
    Take an own allow or block away.

    The lists decide again, within two seconds. That it stood is not forgotten.
    Where lists need two people that too is proposed; what was allowed in an
    emergency ends at once.

    Examples:
      sluicegate lists forget example.org
    """
    kind, normalised = read_target(target)
    place = workplace()
    entered = change_own_entry(place, LocalChange(None, kind, normalised), because=because)
    if entered.entry is None:
        _show_proposal(normalised, entered.proposal, as_json=as_json)
    elif as_json:
        show.json_line(asdict(entered.entry))
    else:
        gone = entered.entry
        show.line(f"{show.plain(gone.target)}: no longer {_DONE[gone.action]}; the lists decide again")


def confirm(target: TargetArgument, because: Because, as_json: AsJson = False) -> None:
    """
    Stand by what somebody else allowed in an emergency.

    Nobody confirms their own. Possible after its time too. It is not made
    longer by that: what is to stay open is proposed as any other entry.

    Examples:
      sluicegate lists confirm custody.example --because "called at 03:10, agreed"
    """
    kind, normalised = read_target(target)
    store = open_store(EmergencyStore, workplace())
    confirmed = store.confirm(kind, normalised, because=because)
    if as_json:
        show.json_line(asdict(confirmed))
    elif confirmed.confirmed is not None:
        show.line(f"{show.plain(confirmed.entry.target)}: confirmed by {show.plain(confirmed.confirmed.by)}")
    if not store.keeps_people_apart:
        show.note("SQLite cannot keep two people apart: this shows another account, not another person")


_SHOWN = 10
_DONE = {Action.ALLOW: "allowed", Action.BLOCK: "blocked"}


def _enter(action: Action, target: str, until: str | None, because: str, *, as_json: bool) -> None:
    kind, normalised = read_target(target)
    change = LocalChange(action, kind, normalised, read_until(until))
    entered = change_own_entry(workplace(), change, because=because)
    if stay_open := entered.stay_open:
        more = f" and {len(stay_open) - _SHOWN} more" if len(stay_open) > _SHOWN else ""
        show.note(f"essential, so still open: {', '.join(stay_open[:_SHOWN])}{more}")
    if entered.entry is None:
        _show_proposal(normalised, entered.proposal, as_json=as_json)
    elif as_json:
        show.json_line(asdict(entered.entry))
    else:
        _show_entry(entered.entry)


def _show_entry(entry: LocalEntry) -> None:
    until_shown = f"until {show_moment(entry.until)}" if entry.until else "until it is taken away"
    what = "and its subdomains " if entry.kind is TargetKind.HOST and not is_address(entry.target) else ""
    show.line(
        f"{show.plain(entry.target)} {what}{_DONE[entry.action]} by {show.plain(entry.by)}, {until_shown}"
    )


def _show_proposal(target: str, reference: str | None, *, as_json: bool) -> None:
    assert reference is not None  # noqa: S101 - what was not entered was proposed
    if as_json:
        show.json_line({"proposal": reference, "target": target})
        return
    shown = show_reference(reference)
    show.line(
        f"{show.plain(target)}: proposed as {shown}; nothing has changed. Somebody else has to approve it: "
        f"sluicegate lists approve {shown} --because TEXT"
    )


def read_until(text: str | None) -> datetime | None:
    """A time to come, as typed. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        return read_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from error
