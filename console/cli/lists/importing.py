"""`sluicegate lists import` and `lists status`: from somebody's file to a Ruleset in force."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from categories.confidential.digests import Digester
from categories.library import SourceList
from categories.list_change import Put
from categories.packed import list_blocks, list_size
from categories.packed.squidguard import FILES_AND_CHANGES as SQUIDGUARD_NAMES
from categories.readers import read_list
from categories.ruleset import Ruleset
from console.cli import show
from console.cli.lists.outcome import SHOWN, outcome_record, print_outcome
from console.cli.progress import progress
from console.cli.times import show_moment, show_span
from console.cli.workplace import Workplace, workplace
from console.lists.confidential import confidential_digester
from console.lists.enact import activate as enact_activate
from console.lists.enact import enact
from console.lists.enact import rebuild as enact_rebuild
from policy.errors import ListRefused

_SUFFIXES = {".txt", ".list", ".lst", ".hosts", ".csv", ".json", ".yaml", ".conf"}
_SUFFIXES |= {".gz", ".bz2", ".xz", ".tar", ".tgz", ".tbz2", ".txz", ".zip"}


def import_list(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            exists=True,
            help="A file, packed or not, a SquidGuard folder, or several files of one list.",
        ),
    ],
    category: Annotated[str, typer.Option(metavar="C", help="A category of the policy.")],
    name: Annotated[
        str | None, typer.Option(metavar="N", help="The list's name; without it, from the file's.")
    ] = None,
    inside: Annotated[
        str, typer.Option(metavar="NAME", help="Of an archive: the file or folder that is the list.")
    ] = "",
    column: Annotated[
        str, typer.Option(metavar="NAME", help="Of CSV or JSON: the column or key that has the entries.")
    ] = "",
    confidential: Annotated[
        bool,
        typer.Option("--confidential", help="Keep and match keyed digests: nobody can read the entries."),
    ] = False,
    because: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate/--no-activate", help="Put the new Ruleset in force.")
    ] = True,
    leave_out_protected: Annotated[
        bool,
        typer.Option(
            "--leave-out-protected",
            help="Leave out for good what covers hosts that must stay open; nobody is asked about it.",
        ),
    ] = False,
    accept_size: Annotated[
        bool, typer.Option("--accept-size", help="The list may have shrunk or grown beyond the bounds.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Take a list in, build, put in force.

    The format is recognised from the content (docs/lists-formats.md). A list
    of the same name is replaced. Every worker judges by the new Ruleset within
    two seconds; no connection is disturbed.

    What is no list is refused (exit code 1): then nothing has changed, neither
    the library nor what is in force. Entries that cover hosts which must stay
    open are held back ("lists pending"). A list of an essential, help or
    privileged category waits for a second person, and every list does where
    categories.two_people is set. With --no-activate the list is checked and
    kept, and takes effect with "lists activate" or the next import.

    With --confidential neither the library nor a Ruleset has an entry in
    clear: hosts and URL prefixes alone (docs/lists-confidential.md).

    Examples:
      sluicegate lists import --category gambling gambling-hosts.txt
      sluicegate lists import --category pornography --name ut1-adult blacklists/adult
      sluicegate lists import --category gambling --inside data/casinos lists.zip
      sluicegate lists import --category phishing --column url urls.csv
      sluicegate lists import --category malware --because "ticket 4711" feed.txt
      sluicegate lists import --category offensive --confidential ours.txt
    """
    place = workplace()
    place.state.create()
    given = ", ".join(map(str, paths))
    with one_of(paths, inside, column) as path, _kept_only_if_done(place) as read:
        # Of several files the text has been made.
        inside, column = (inside, column) if len(paths) == 1 else ("", "")
        source = read_in(
            place,
            name or name_of(paths),
            category,
            path,
            given,
            inside=inside,
            column=column,
            digester=confidential_digester(place, category) if confidential else None,
        )
        read.append(source)
        change = Put(record=source.record, leave_out_protected=leave_out_protected)
        reason = because or f"imported from {show.plain(paths[0].name, 100)}"
        done = enact(place, change, because=reason, accept_size=accept_size, in_force=activate)
    if as_json:
        show.json_line({**_as_record(source), **outcome_record(done, in_force=activate)})
    else:
        _print(source)
        print_outcome(done, in_force=activate)


def activate(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """
    Build the lists as they are kept, and put them in force.

    After imports with --no-activate, and after an update of the product
    itself, whose shipped lists may be newer than those in force.

    Examples:
      sluicegate lists activate
    """
    done = enact_activate(workplace(), because="sluicegate lists activate")
    if as_json:
        show.json_line(outcome_record(done))
    else:
        print_outcome(done)


def rebuild(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """
    Build the lists in force again, as this release would.

    After an update of the product, whose engine or shipped lists may be newer.
    Where nothing differs it does nothing, so a timer may call it daily. Lists
    that were imported with --no-activate stay as they are: kept.

    Examples:
      sluicegate lists rebuild
    """
    place = workplace()
    done = enact_rebuild(place, because="sluicegate lists rebuild")
    digest = place.store.current_digest() or ""
    if as_json:
        show.json_line({"ruleset": digest, "rebuilt": done is not None})
    elif done is None:
        show.line(f"Ruleset {digest[:12]} in force: as this release would build it")
    else:
        print_outcome(done)


def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """
    The lists, and which are in force.

    A list that was imported with --no-activate is "kept": it takes part in the
    next Ruleset that is built ("lists activate").

    Examples:
      sluicegate lists status
      sluicegate lists status --json
    """
    place = workplace()
    ruleset = place.ruleset()
    now = datetime.now(UTC)
    listed = (*_listed(place.library.items(), ruleset, now), *_disabled(place, now))
    if as_json:
        for one in listed:
            show.json_line(asdict(one))
        return
    columns = ["list", "category", "format", "entries", "bad lines", "left out", "age", "state"]
    show.table(
        columns, ([*astuple(one)[:6], show_span(timedelta(seconds=one.age_s)), one.state] for one in listed)
    )
    show.line(f"Ruleset {ruleset.digest} in force, built {show_moment(ruleset.built_at)}")
    for gone in sorted({info.name for info in ruleset.lists} - {one.name for one in listed}):
        show.note(f"{gone}: in force, and no longer in the library; a new Ruleset will leave it out")


@dataclass(frozen=True, slots=True)
class Listed:
    """One list of the library beside the Ruleset in force."""

    name: str
    category: str
    format: str
    entries: int
    bad_lines: int
    left_out: int
    age_s: int  # since its text was read in
    state: str  # "in force", "kept" (not yet), "newer kept" (an older one is in force), "disabled"
    sha256: str
    ruleset: str | None  # the one in force, where this very list takes part in it


def _disabled(place: Workplace, now: datetime) -> Iterator[Listed]:
    """Those that take no part until they are enabled."""
    state = place.library.files.state()
    everything = place.library.sources(state.model_copy(update={"disabled": frozenset()}))
    off = [source for source in everything if source.name in state.disabled]
    for listed in _listed(off, place.ruleset(), now):
        yield replace(listed, state="disabled", ruleset=None)


def _listed(sources: Iterable[SourceList], ruleset: Ruleset, now: datetime) -> Iterator[Listed]:
    in_force = {info.name: info for info in ruleset.lists}
    for source in sources:
        record, info = source.record, in_force.get(source.name)
        same = (
            info is not None and info.sha256 == record.sha256 and set(info.left_out) == set(source.left_out)
        )
        yield Listed(
            name=record.name,
            category=record.category,
            format=record.format,
            entries=record.entries,
            bad_lines=record.bad_lines,
            left_out=len(source.left_out),
            age_s=max(0, int(now.timestamp() - source.text.stat().st_mtime)),
            state="in force" if same else "newer kept" if info else "kept",
            sha256=record.sha256,
            ruleset=ruleset.digest if same else None,
        )


def name_of(paths: Sequence[Path]) -> str:
    """A list's name from its file's or folder's; the files of a SquidGuard folder have the folder's."""
    path = paths[0].absolute()
    if path.name in SQUIDGUARD_NAMES and path.is_file():
        path = path.parent
    while path.suffix in _SUFFIXES:
        path = path.with_suffix("")
    return re.sub(r"[^a-z0-9_-]+", "-", path.name.lower()).strip("-_")[:64] or "list"


@contextmanager
def one_of(paths: Sequence[Path], inside: str = "", column: str = "") -> Iterator[Path]:
    """Several files as one: those of a SquidGuard folder as that folder, others of one format in a row."""
    if len(paths) == 1:
        yield paths[0]
        return
    with tempfile.TemporaryDirectory(prefix="sluicegate-") as temporary:
        folder = Path(temporary)
        names = [path.name for path in paths]
        if set(names) <= set(SQUIDGUARD_NAMES) and len(set(names)) == len(names):
            for path in paths:
                (folder / path.name).symlink_to(path.absolute())
            yield folder
            return
        parts: dict[Path, Path] = {}
        for number, path in enumerate(paths):
            parts[path] = folder / f"part-{number}"
            with parts[path].open("xb") as part:
                part.writelines(list_blocks(path, inside=inside, column=column))
        formats = {path: read_list(part).format for path, part in parts.items()}
        if len(set(formats.values())) > 1:
            told = ", ".join(f"{path.name} is {form}" for path, form in formats.items())
            raise ListRefused(f"not one list: {told}; import each under a name of its own")
        with (folder / paths[0].name).open("xb") as whole:
            for each in parts.values():
                with each.open("rb") as text:
                    shutil.copyfileobj(text, whole)
                whole.write(b"\n")
        yield folder / paths[0].name


@contextmanager
def _kept_only_if_done(place: Workplace) -> Iterator[list[SourceList]]:
    """Where an import is refused, the library is as it was: without the text of what was read in."""
    before = {path.name for path in (place.lists / "texts").glob("*")}
    read: list[SourceList] = []
    try:
        yield read
    except BaseException:
        # Not while somebody else changes the lists: what they put in force may be this very text.
        with suppress(ListRefused), place.library.files.locked():
            kept = {record.sha256 for record in place.library.files.state().records.values()}
            for source in read:
                if source.text.name not in before and source.record.sha256 not in kept:
                    source.text.unlink(missing_ok=True)
        raise


def read_in(
    place: Workplace,
    name: str,
    category: str,
    path: Path,
    given: str,
    *,
    inside: str = "",
    column: str = "",
    digester: Digester | None = None,
) -> SourceList:
    """Read a list into the library, where it takes no part yet, with a bar that says how far it is."""
    total = list_size(path)
    with progress() as say:
        return place.library.read_in(
            name,
            category,
            path,
            lambda done: say(f"reading {name}", done, total),
            given=given,
            inside=inside,
            column=column,
            digester=digester,
        )


def _as_record(source: SourceList) -> dict[str, object]:
    record = source.record
    return {
        "name": record.name,
        "category": record.category,
        "format": record.format,
        "entries": record.entries,
        "bad_lines": record.bad_lines,
        "first_bad_lines": [asdict(line) for line in source.bad_lines[:SHOWN]],
        "not_applicable": record.not_applicable,
        "exceptions": record.exceptions,
        "exceptions_without_effect": record.without_effect,
        "sha256": record.sha256,
    }


def _print(source: SourceList) -> None:
    plain, record = show.plain, source.record
    show.line(
        f"{plain(record.name)}: {record.entries:,} entries of {plain(record.category)}, "
        f"read as {record.format}, {record.bad_lines:,} bad lines, {record.not_applicable:,} not applicable"
    )
    if record.exceptions:
        show.line(
            f"  {record.exceptions:,} exceptions, {record.without_effect:,} of them without effect, "
            "below a host that the list still names"
        )
    for bad in source.bad_lines[:SHOWN]:
        show.line(f"  line {bad.number}: {plain(bad.why)}: {plain(bad.text, 80)}")
    if record.bad_lines > SHOWN:
        show.line(f"  and {record.bad_lines - SHOWN:,} more")
