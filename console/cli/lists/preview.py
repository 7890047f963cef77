"""`sluicegate lists preview`: what a change would have done to what people asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from categories.library import SourceList
from categories.list_change import Disable, Enable, ListChange, Put, Remove
from categories.readers.confidential import ConfidentialReader
from categories.ruleset import Ruleset
from console.cli.categorise import read_lines
from console.cli.lists.importing import name_of, one_of, read_in
from console.cli.lists.preview_shown import Told, as_record, print_told
from console.cli.progress import progress
from console.cli.review.connect import review_at
from console.cli.show import json_line
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.candidate import (
    Candidate,
    candidate_of_change,
    candidate_of_policy,
    candidate_of_proposal,
)
from console.lists.confidential import confidential_digester
from console.lists.feeds import fetched
from console.lists.past import earlier, restoring
from console.lists.preview import preview as preview_log
from console.lists.replay import Replay, Side
from console.lists.url_preview import UrlPreview, preview_urls
from db.registers import RegisterStore
from db.ruleset_history import RulesetHistory
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
    inside: Annotated[
        str, typer.Option(metavar="NAME", help="With PATH, an archive: the file or folder that is the list.")
    ] = "",
    column: Annotated[
        str, typer.Option(metavar="NAME", help="With PATH, CSV or JSON: what has the entries.")
    ] = "",
    confidential: Annotated[
        bool, typer.Option("--confidential", help="With PATH: as a confidential list.")
    ] = False,
    update: Annotated[
        str | None, typer.Option(metavar="FEED", help="What this feed has published, fetched now.")
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
      sluicegate lists preview --update hagezi-gambling
      sluicegate lists preview --disable ut1-gambling --days 30
      sluicegate lists preview --proposal K7QF-2M9T
      sluicegate lists preview --policy policy.new.toml --urls our-sites.txt
    """
    file = _File(tuple(paths or ()), category or "", name, inside, column, confidential)
    asked = _Asked(file, update, remove, disable, enable, rollback, proposal, policy)
    asked.refuse_unfit()
    place, now = workplace(), datetime.now(UTC)
    in_force = place.ruleset()
    told = _told(place, in_force, _candidate(place, asked, in_force, now), now, days=days, urls=urls)
    if as_json:
        json_line(as_record(told))
    else:
        print_told(told)


def _told(
    place: Workplace, in_force: Ruleset, candidate: Candidate, now: datetime, *, days: int, urls: Path | None
) -> Told:
    local = Registers.of(local=(each.entry for each in open_store(RegisterStore, place).local_entries()))
    replay = Replay(Side(in_force, place.policy), Side(candidate.ruleset, candidate.policy), local, now)
    question = {
        "change": candidate.change,
        "ruleset": in_force.digest,
        "candidate": candidate.ruleset.digest,
        "policy": place.policy.digest,
        "candidate_policy": candidate.policy.digest,
    }
    lists = (*in_force.lists, *candidate.ruleset.lists)
    confidential = frozenset(info.name for info in lists if info.format == ConfidentialReader.name)
    with progress() as say:
        of_urls = _preview_urls(urls, replay) if urls else None
        log = preview_log(
            review_at(place.state, place.effective).running,
            replay,
            days=days,
            question=question,
            now=now,
            on_progress=say,
            confidential=confidential,
        )
    return Told(
        **question,
        notes=candidate.notes,
        waits_at=candidate.waits_at,
        confidential=confidential,
        log=log,
        urls=of_urls,
    )


@dataclass(frozen=True, slots=True)
class _File:
    """A list that is not in the library yet, and what `lists import` would be told of it."""

    paths: tuple[Path, ...]
    category: str
    name: str | None
    inside: str
    column: str
    confidential: bool

    def refuse_unfit(self) -> None:
        """Raise a usage error for a list without a category, and for what goes with none."""
        if bool(self.paths) != bool(self.category):
            raise typer.BadParameter("PATH and --category go together", param_hint="--category")
        if not self.paths and (self.name or self.inside or self.column or self.confidential):
            raise typer.BadParameter("--name, --inside, --column and --confidential go with PATH")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be previewed: exactly one of these."""

    file: _File
    update: str | None
    remove: str | None
    disable: str | None
    enable: str | None
    rollback: str | None
    proposal: str | None
    policy: Path | None

    def refuse_unfit(self) -> None:
        """Raise a usage error where it is none or several."""
        changes = (self.file.paths, self.update, self.remove, self.disable, self.enable, self.rollback)
        if sum(map(bool, (*changes, self.proposal, self.policy))) != 1:
            raise typer.BadParameter(
                "preview one change: PATH with --category, --update, --remove, --disable, --enable, "
                "--rollback, --proposal or --policy"
            )
        self.file.refuse_unfit()


def _candidate(place: Workplace, asked: _Asked, in_force: Ruleset, now: datetime) -> Candidate:
    if asked.policy:
        return candidate_of_policy(place, asked.policy, in_force, now)
    if asked.proposal:
        return candidate_of_proposal(place, read_reference(asked.proposal))
    return candidate_of_change(place, _change(place, asked))


def _change(place: Workplace, asked: _Asked) -> ListChange:
    if asked.remove:
        return Remove(name=asked.remove)
    if asked.disable:
        return Disable(name=asked.disable)
    if asked.enable:
        return Enable(name=asked.enable)
    if asked.rollback:
        past = open_store(RulesetHistory, place).all()
        return restoring(past, earlier(past, asked.rollback), place.library.shipped_names())
    source = fetched(place, asked.update) if asked.update else _read(place, asked.file)
    return Put(record=source.record)


def _read(place: Workplace, file: _File) -> SourceList:
    """
    The list read in.

    Its text stays in the library, as that of an import does: the Access names it, so that whoever looks into
    who previewed what can read it.
    """
    paths, inside, column = file.paths, file.inside, file.column
    with one_of(paths, inside, column) as path:
        inside, column = (inside, column) if len(paths) == 1 else ("", "")  # of several, a text has been made
        return read_in(
            place,
            file.name or name_of(paths),
            file.category,
            path,
            ", ".join(map(str, paths)),
            inside=inside,
            column=column,
            digester=confidential_digester(place, file.category) if file.confidential else None,
        )


def _preview_urls(file: Path, replay: Replay) -> UrlPreview:
    with file.open("rb") as stream:
        return preview_urls(chain.from_iterable(read_lines(stream)), replay)
