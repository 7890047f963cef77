"""`sluicegate decisions`: what an operator may see of the log, which is what blocked a site and nobody."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.cli import show
from console.cli.break_glass import say_overlap
from console.cli.review.connect import review
from console.cli.storage import break_glass_store
from console.cli.times import read_since, show_moment
from db.operator_view import MOST_ROWS, ShownDecision
from policy.errors import Refused
from policy.identifiers import read_reference, show_reference

_FOR_A_REFERENCE = timedelta(days=366)


def decisions(
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="30m, 1h, 2d, or a date or time; without it, 1h.")
    ] = None,
    blocked: Annotated[bool, typer.Option("--blocked", help="Only what was blocked.")] = False,
    reference: Annotated[
        str | None, typer.Option(metavar="REF", help="Only this one, such as K7QF-2M9T, in any case.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """
    What the gateway decided lately, without people, newest first.

    Time, verdict, reason, category, host, list, line, kind of resource and
    reference; no person, address, path or referrer, and nothing of privileged
    sites, nor of the time that break-glass was open, which is said beside
    it. What an entry decided that was withdrawn is marked with the day it was
    found to have been wrong. No option shows more. That you looked is recorded. What was
    decided in the last second or two may not be in the database yet.

    Examples:
      sluicegate decisions --since 30m --blocked
      sluicegate decisions --reference k7qf-2m9t
      sluicegate decisions --since 2026-12-01T09:00 --json
    """
    now = datetime.now(UTC)
    wanted = _reference(reference)
    begins = _since(since, now) if since or not wanted else now - _FOR_A_REFERENCE
    rows = review().running.decisions(since=begins, blocked_only=blocked, reference=wanted, limit=MOST_ROWS)
    if as_json:
        for row in rows:
            show.json_line(asdict(row))
    else:
        _print(rows)
        show.line(f"{len(rows)} decisions since {show_moment(begins)}; times are local")
    for overlap in break_glass_store().overlapping(begins, now):
        say_overlap(overlap)
    if len(rows) == MOST_ROWS:
        show.note(f"only the newest {MOST_ROWS:,} are shown; name a later --since")
    if wanted and not rows:
        raise Refused(
            f"{show_reference(wanted)}: no decision that an operator may see has this reference (yet)"
        )


def _print(rows: Sequence[ShownDecision]) -> None:
    columns = ["time", "verdict", "reason", "category", "host", "list", "line", "resource", "reference"]
    withdrawn = any(row.withdrawn_on for row in rows)
    show.table(
        [*columns, "withdrawn as wrong on"] if withdrawn else columns,
        (
            [
                f"{row.at.astimezone():%Y-%m-%d %H:%M:%S}",
                *(row.verdict, row.reason, row.category, row.host, row.list, row.line, row.resource),
                show_reference(row.reference),
                *([show_moment(row.withdrawn_on) if row.withdrawn_on else None] if withdrawn else ()),
            ]
            for row in rows
        ),
    )


def _reference(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return read_reference(text)
    except Refused as refused:
        raise typer.BadParameter(str(refused), param_hint="--reference") from refused


def _since(text: str | None, now: datetime) -> datetime:
    try:
        return read_since(text or "1h", now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from error
