"""`sluicegate lists preview`: what a change would have done to what people asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from categories.list_change import Disable, Enable, ListChange, Put, Remove
from categories.ruleset import Ruleset
from console.cli.categorise import read_lines
from console.cli.lists.importing import name_of, one_of, read_in
from console.cli.lists.preview_shown import Told, as_record, print_told
from console.cli.progress import progress
from console.cli.show import json_line
from console.cli.storage import register_store, replay_view, ruleset_history
from console.cli.workplace import Workplace, workplace
from console.lists.candidate import (
    Candidate,
    candidate_of_change,
    candidate_of_policy,
    candidate_of_proposal,
)
from console.lists.past import earlier, restoring
from console.lists.preview import preview as preview_log
from console.lists.replay import Replay, Side
from console.lists.url_preview import UrlPreview, preview_urls
from policy.identifiers import read_reference
from policy.registers import Registers

_MOST_DAYS = 366


def preview(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH...]", exists=True, help='A list, as for "lists import".'),
    ] = None,
    category: Annotated[str | None, typer.Option(metavar="C", help="With PATH: its category.")] = None,
    name: Annotated[
        str | None, typer.Option(metavar="N", help="With PATH: the list's name; without it, the file's.")
    ] = None,
    remove: Annotated[str | None, typer.Option(metavar="LIST", help="This list removed.")] = None,
    disable: Annotated[str | None, typer.Option(metavar="LIST", help="This list disabled.")] = None,
    enable: Annotated[str | None, typer.Option(metavar="LIST", help="This list enabled again.")] = None,
    rollback: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="The lists of this earlier Ruleset.")
    ] = None,
    proposal: Annotated[
        str | None, typer.Option(metavar="REF", help="What waits for a second person.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Another policy file.")
    ] = None,
    days: Annotated[
        int, typer.Option(metavar="N", min=0, max=_MOST_DAYS, help="So many whole days back, and today.")
    ] = 7,
    urls: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Also the URLs of this file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    What a change of lists or of the policy would have done.

    Builds what would be in force, without putting it there, and judges the
    requests of the last days by both: what is newly blocked and newly allowed,
    by category, list and host. So it does with the URLs of a file. Nothing
    changes, and that you looked is recorded.

    Nobody is shown, and nothing that is nearly somebody: fewer than 10 people
    are "fewer than 10", and a host is named only where 10 known people or more
    asked for it (docs/lists-preview.md).

    Examples:
      sluicegate lists preview --category gambling gambling-hosts.txt
      sluicegate lists preview --disable ut1-gambling --days 30
      sluicegate lists preview --proposal K7QF-2M9T
      sluicegate lists preview --policy policy.new.toml --urls our-sites.txt
    """
    asked = _Asked(
        tuple(paths or ()), category or "", name, remove, disable, enable, rollback, proposal, policy
    )
    asked.refuse_unfit()
    place, now = workplace(), datetime.now(UTC)
    in_force = place.ruleset()
    candidate = _candidate(place, asked, in_force, now)
    local = Registers.of(local=(each.entry for each in register_store(place).local_entries()))
    replay = Replay(Side(in_force, place.policy), Side(candidate.ruleset, candidate.policy), local, now)
    question = {
        "change": candidate.change,
        "ruleset": in_force.digest,
        "candidate": candidate.ruleset.digest,
        "policy": place.policy.digest,
        "candidate_policy": candidate.policy.digest,
    }
    with progress() as say:
        of_urls = _preview_urls(urls, replay) if urls else None
        log = preview_log(replay_view(place), replay, days=days, question=question, now=now, on_progress=say)
    told = Told(**question, notes=candidate.notes, waits_at=candidate.waits_at, log=log, urls=of_urls)
    if as_json:
        json_line(as_record(told))
    else:
        print_told(told)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be previewed: exactly one of these."""

    paths: tuple[Path, ...]
    category: str
    name: str | None
    remove: str | None
    disable: str | None
    enable: str | None
    rollback: str | None
    proposal: str | None
    policy: Path | None

    def refuse_unfit(self) -> None:
        """Raise a usage error where it is none or several."""
        one_of_them = (
            *(self.paths, self.remove, self.disable, self.enable),
            *(self.rollback, self.proposal, self.policy),
        )
        if sum(map(bool, one_of_them)) != 1:
            raise typer.BadParameter(
                "preview one change: PATH with --category, --remove, --disable, --enable, --rollback, "
                "--proposal or --policy"
            )
        if bool(self.paths) != bool(self.category):
            raise typer.BadParameter("PATH and --category go together", param_hint="--category")
        if self.name and not self.paths:
            raise typer.BadParameter("goes with PATH", param_hint="--name")

    @property
    def change(self) -> ListChange | None:
        """The change of a list of the library, if it is one."""
        if self.remove:
            return Remove(name=self.remove)
        if self.disable:
            return Disable(name=self.disable)
        return Enable(name=self.enable) if self.enable else None


def _candidate(place: Workplace, asked: _Asked, in_force: Ruleset, now: datetime) -> Candidate:
    if asked.policy:
        return candidate_of_policy(place, asked.policy, in_force, now)
    if asked.proposal:
        return candidate_of_proposal(place, read_reference(asked.proposal))
    if asked.rollback:
        past = ruleset_history(place).all()
        change: ListChange = restoring(past, earlier(past, asked.rollback), place.library.shipped_names())
        return candidate_of_change(place, change)
    return candidate_of_change(place, asked.change or _import(place, asked.paths, asked.category, asked.name))


def _import(place: Workplace, paths: Sequence[Path], category: str, name: str | None) -> Put:
    """
    The list read in.

    Its text stays in the library, as that of an import does: the Access names it, so that whoever looks into
    who previewed what can read it.
    """
    with one_of(paths) as path:
        source = read_in(place, name or name_of(paths), category, path, ", ".join(map(str, paths)))
    return Put(record=source.record)


def _preview_urls(file: Path, replay: Replay) -> UrlPreview:
    with file.open("rb") as stream:
        return preview_urls(chain.from_iterable(read_lines(stream)), replay)
