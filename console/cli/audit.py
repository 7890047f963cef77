"""`sluicegate audit`: whether the log is as it was written, and the line that shows it later, elsewhere."""

import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.options import AsJson
from console.cli.settings import read_settings
from console.cli.state import state_folder
from console.cli.times import show_moment
from db.engine import make_engine
from db.proof.anchors import Anchor, read_anchors, take_anchor
from db.proof.verify import Gone, Verified
from db.proof.verify import verify as verify_log
from db.upgrade import ensure_schema
from policy.errors import EvidenceRefused

_LARGEST = 64 * 1024 * 1024


def verify(
    anchors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Anchors that were kept elsewhere; - reads them from stdin."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Find what was altered, removed or slipped in.

    Looks, changes and disposals are a chain; decisions and outcomes are in
    trees, batch by batch. What a disposal took is told apart from what is
    missing. Somebody with every right on the database can make a chain anew:
    anchors, kept where they cannot write, show that. Reads hashes, no rows.

    Examples:
      sluicegate audit verify --anchors /mnt/elsewhere/anchors.txt
    """
    kept = _anchors_of(anchors)
    settings = read_settings(state := state_folder()).settings
    engine = make_engine(settings.database, state.root)
    ensure_schema(engine)
    found = verify_log(engine, kept)
    if as_json:
        show.json_line({**asdict(found), "disposals": [asdict(one) for one in _latest(found.disposals)]})
    else:
        _show(found, kept)
    if found.findings:
        number = len(found.findings) + found.more
        what = "1 finding" if number == 1 else f"{number} findings"
        raise EvidenceRefused(f"{what}: the log is not as it was written; keep it as it is, and ask why")


def anchor(
    append: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Add it to this file, once its other lines still hold."),
    ] = None,
) -> None:
    """
    One line to keep where nobody here can alter it.

    It names the chain's last link. Write it to another machine, to a log
    server, or on paper, each day: what was written before it cannot be altered
    any more without showing.

    Examples:
      sluicegate audit anchor
      sluicegate audit anchor --append /mnt/elsewhere/anchors.txt
    """
    settings = read_settings(state := state_folder()).settings
    engine = make_engine(settings.database, state.root)
    ensure_schema(engine)
    earlier = _anchors_of(append) if append is not None and append.exists() else []
    made = take_anchor(engine, datetime.now(UTC), earlier)
    if append is not None:
        fd = os.open(append, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(f"{made}\n")
            file.flush()
            os.fsync(file.fileno())
    show.line(str(made))


def _anchors_of(path: Path | None) -> list[Anchor]:
    if path is None:
        return []
    if path == Path("-"):
        return list(read_anchors(sys.stdin))
    if path.stat().st_size > _LARGEST:
        raise EvidenceRefused(f"{path}: {path.stat().st_size:,} bytes are no file of anchors")
    with path.open(encoding="utf-8", errors="backslashreplace") as lines:
        return list(read_anchors(lines))


def _show(found: Verified, kept: Iterable[Anchor]) -> None:
    rows: list[tuple[str, object]] = [
        ("links of the chain", found.links),
        ("anchors held against it", found.anchors),
        ("rows of the log as they were shipped", found.rows),
        ("rows under legal holds, proved", found.held),
        ("disposed of", found.disposed),
        ("rows whose hour is not covered yet", found.open),
    ]
    if found.overdue:
        rows.append(("of these, whose hour was over a day ago", found.overdue))
    if found.late:
        rows.append(("rows shipped days after they say they were made", found.late))
    if found.unproven:
        until = f", until {show_moment(found.unproven_until)}" if found.unproven_until is not None else ""
        rows.append((f"rows from before there were proofs{until}", found.unproven))
    if found.outlived:
        rows.append(("rows whose batch is disposed of", found.outlived))
    show.table(["what", "number"], rows)
    show.table(
        ["disposed of", "class", "from before", "lately at"],
        (
            [one.source, one.retention_class, show_moment(one.before), show_moment(one.at)]
            for one in _latest(found.disposals)
        ),
    )
    if not list(kept):
        show.note(
            "without --anchors nothing shows that the chain was not made anew by who can write all of it"
        )
    for finding in found.findings:
        show.line(show.plain(finding))
    if found.more:
        show.line(f"and {found.more} more")


def _latest(disposals: Iterable[Gone]) -> list[Gone]:
    """Of each table and class the disposal that reached furthest, where it took anything."""
    latest: dict[tuple[str, str], Gone] = {}
    for one in disposals:
        key = (one.source, one.retention_class or "")
        if one.rows and (key not in latest or latest[key].before < one.before):
            latest[key] = one
    return [latest[key] for key in sorted(latest)]
