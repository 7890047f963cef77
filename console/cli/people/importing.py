"""`sluicegate people import`: the register of people, taken over from a file or a directory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson, Organisation
from console.cli.progress import progress
from console.cli.storage import open_store
from console.cli.times import show_moment
from console.cli.workplace import Workplace, workplace
from console.people.difference import Changed
from console.people.importing import Imported, import_people
from console.people.records import read_people
from console.people.table import Table
from db.people import PeopleStore
from db.person_rows import PersonEntry

SHOWN = 20  # of each kind


def import_(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A CSV file.")
    ] = None,
    ldap: Annotated[bool, typer.Option("--ldap", help="From the directory of identity.ldap.")] = False,
    organisation: Organisation = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    accept_leavers: Annotated[
        bool, typer.Option("--accept-leavers", help="More than a fifth may have left.")
    ] = False,
    because: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Take people over from a file, or from the directory.

    Everybody who is there, each time: who is in the register and not in the
    import has left, and is refused within two seconds. Nobody is deleted. A
    file needs the column login, and may have organisation, name, email, kind,
    unit, manager, ends and roles; what it has no column for stays. All of it is
    taken over or nothing. What the register says of yourself stays as it is.

    Examples:
      sluicegate people import people.csv --dry-run
      sluicegate people import people.csv --because "nightly, from personnel"
      sluicegate people import --ldap
    """
    if (path is None) is not ldap:
        raise typer.BadParameter("give a FILE, or --ldap", param_hint="FILE")
    place = workplace()
    with progress() as say:
        if path is not None:
            told, source = read_people(path, organisation), path.name
        else:
            told, source = (
                _read_directory(place, organisation, lambda so_far: say("reading", so_far, 0)),
                "ldap",
            )
        done = import_people(
            open_store(PeopleStore, place),
            told,
            now=datetime.now(UTC),
            role_days=place.settings.people.role_days,
            because=because or f"imported from {show.plain(source, 100)}",
            dry_run=dry_run,
            accept_leavers=accept_leavers,
            on_progress=lambda written, total: say("writing", written, total),
        )
    if as_json:
        show.json_line(_as_record(done, dry_run=dry_run))
    else:
        _print(done, dry_run=dry_run)


def _read_directory(place: Workplace, organisation: str, say: Callable[[int], None]) -> Table[PersonEntry]:
    from console.people.directory import directory, read_directory  # noqa: PLC0415 - ldap3 takes its time

    ldap = place.settings.identity.ldap
    with directory(ldap) as line:
        return read_directory(line, ldap, place.settings.people, organisation, say)


def _print(done: Imported, *, dry_run: bool) -> None:
    found = done.difference
    for what, rows in _rows(done):
        if rows:
            show.table([what, "organisation", "what"], rows[:SHOWN])
            if len(rows) > SHOWN:
                show.line(f"  and {len(rows) - SHOWN:,} more; --json has all of them")
    numbers = f"{len(found.added):,} added, {len(found.changed):,} changed, {len(found.left):,} left"
    show.line(f"would be: {numbers}; nothing was changed" if dry_run else numbers)
    if done.entered and done.entered.own:
        own = ", ".join(show.plain(login) for _, login in done.entered.own)
        show.note(f"{own} stayed as it was: nobody changes what the register says of themselves")
    if done.strangers:
        show.note(f"{done.strangers:,} of them have a line manager who is nobody of the register")


def _rows(done: Imported) -> Iterator[tuple[str, Sequence[Sequence[object]]]]:
    found = done.difference
    yield "added", [[one.login, one.organisation, _told(one)] for one in found.added]
    yield "changed", [[one.after.login, one.after.organisation, _differs(one)] for one in found.changed]
    yield "left", [[one.login, one.organisation, _told(one)] for one in found.left]


def _told(person: PersonEntry) -> str:
    parts = [person.name, person.unit, ", ".join(person.roles)]
    return "; ".join(part for part in parts if part)


def _differs(changed: Changed) -> str:
    return "; ".join(
        f"{column}: {_shown(getattr(changed.before, column))} -> {_shown(getattr(changed.after, column))}"
        for column in changed.columns
    )


def _shown(value: object) -> str:
    match value:
        case datetime():
            return show_moment(value)
        case tuple():
            return ", ".join(value) or "none"
    return "none" if value is None else str(value)


def _as_record(done: Imported, *, dry_run: bool) -> dict[str, object]:
    found = done.difference
    return {
        "dry_run": dry_run,
        "added": [asdict(one) for one in found.added],
        "changed": [
            {
                "organisation": one.after.organisation,
                "login": one.after.login,
                "before": {column: getattr(one.before, column) for column in one.columns},
                "after": {column: getattr(one.after, column) for column in one.columns},
            }
            for one in found.changed
        ],
        "left": [{"organisation": one.organisation, "login": one.login} for one in found.left],
        "own": [login for _, login in done.entered.own] if done.entered else [],
        "strangers": done.strangers,
    }
