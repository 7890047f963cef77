"""`sluicegate break-glass`: all but the never-exempt, for an hour at most, confirmed by a second person."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.cli import show
from console.cli.bypass_records import RECORDS, Bypass, read_bypasses
from console.cli.storage import break_glass_store
from console.cli.times import read_since, read_span, show_moment
from db.break_glass import BreakGlassStore, Opening, Overlap
from policy.errors import DatabaseAway, Refused
from policy.identifiers import read_reference, show_reference
from policy.words import BreakGlassEvent

Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept for good.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def open_(
    for_: Annotated[str, typer.Option("--for", metavar="SPAN", help="1m to 60m.")],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """
    Open everything but the never-exempt categories, for up to an hour.

    In force in every worker within two seconds, ending to the second by
    itself. While it is open nobody is asked who they are, nobody and no site
    is recorded, and nothing is decrypted. Malware, phishing and whatever else
    the policy never exempts stay refused. You are recorded as who opened it;
    somebody else has to confirm it within 24 hours, or it is reported.

    Examples:
      sluicegate break-glass open --for 30m --because "custody system is blocked, ticket 4711"
    """
    try:
        length = read_span(for_)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--for") from error
    try:
        opening = break_glass_store().open(length, because=because)
    except DatabaseAway as away:
        raise DatabaseAway(
            f"{away}; without it break-glass cannot be opened. Where the gateway itself is dead there is "
            "sluicegate-bypass: docs/break-glass.md"
        ) from away
    if as_json:
        _json(opening)
        return
    again = f" It is number {opening.times} within 24 hours." if opening.times > 1 else ""
    show.line(
        f"{show_reference(opening.id)}: break-glass is open until {show_moment(opening.until)}, in every "
        f"worker within two seconds.{again}"
    )
    _ask_to_confirm(opening)


def close(because: Because = "no longer needed", as_json: AsJson = False) -> None:
    """
    End it before its time.

    In force within two seconds. That it was open stays known, and still has
    to be confirmed.

    Examples:
      sluicegate break-glass close --because "the list is repaired"
    """
    closed = break_glass_store().close(because=because)
    if as_json:
        _json(closed)
        return
    show.line(f"{show_reference(closed.id)}: break-glass is closed, in every worker within two seconds")
    if closed.confirmed is None:
        _ask_to_confirm(closed)


def confirm(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Such as K7QF-2M9T, in any case.")],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """
    Stand by an opening or bypass that somebody else made.

    Nobody confirms their own. Possible after its 24 hours too; that it was
    reported by then stays on record.

    Examples:
      sluicegate break-glass confirm k7qf-2m9t --because "called at 03:10, agreed"
    """
    try:
        reference = read_reference(identifier)
    except Refused as refused:
        raise typer.BadParameter(str(refused), param_hint="ID") from refused
    store = break_glass_store()
    confirmed = store.confirm(reference, because=because)
    if as_json:
        _json(confirmed)
    elif confirmed.confirmed is not None:
        show.line(f"{show_reference(confirmed.id)}: confirmed by {show.plain(confirmed.confirmed.by)}")
    if not store.keeps_people_apart:
        show.note("SQLite cannot keep two people apart: this shows another account, not another person")


def list_(as_json: AsJson = False) -> None:
    """
    Every opening and bypass there ever was, newest first.

    Examples:
      sluicegate break-glass list
      sluicegate break-glass list --json
    """
    now = datetime.now(UTC)
    openings = break_glass_store().openings()
    if as_json:
        for one in openings:
            show.json_line({**_plain(one), "state": state_of(one, now)})
        return
    show.table(
        ["id", "what", "from", "until", "in 24 h", "state", "by", "because"],
        (
            [
                show_reference(one.id),
                one.kind,
                show_moment(one.begins),
                show_moment(one.ended),
                one.times,
                state_of(one, now),
                one.entered.by if one.account is None else f"{one.entered.by} (made by {one.account})",
                one.entered.because,
            ]
            for one in openings
        ),
    )


def record_bypass(
    begins: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="When it began: 40m ago as 40m, or a time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ended: 5m ago as 5m, or a time.")
    ] = None,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, in a sentence.")] = None,
    records: Annotated[
        Path, typer.Option(metavar="DIR", help="Where sluicegate-bypass wrote its records.")
    ] = RECORDS,
    as_json: AsJson = False,
) -> None:
    """
    Write down a bypass of a gateway that was dead, when it is over.

    Without --from, --until and --because: every one that `sluicegate-bypass`
    left a record of and that is not written down yet. Like an opening, it has
    to be confirmed by somebody else within 24 hours: neither by who writes it
    down nor by who made it.

    Examples:
      sluicegate break-glass record-bypass
      sluicegate break-glass record-bypass --from 2026-12-01T03:05 --until 2026-12-01T03:40 \\
          --because "cable pulled around the gateway, ticket 4711"
    """
    given = [one for one in (begins, until, because) if one is not None]
    if given and len(given) < 3:
        raise typer.BadParameter("give all of --from, --until and --because, or none", param_hint="what")
    store = break_glass_store()
    if begins is not None and until is not None and because is not None:
        recorded = [store.record_bypass(_past(begins, "--from"), _past(until, "--until"), because=because)]
    else:
        recorded = _record_all(store, records)
    for one in recorded:
        if as_json:
            _json(one)
            continue
        show.line(
            f"{show_reference(one.id)}: the bypass from {show_moment(one.begins)} until "
            f"{show_moment(one.until)} is written down"
        )
        _ask_to_confirm(one)


def unrecorded(store: BreakGlassStore, records: Path, now: datetime) -> list[Bypass]:
    """The bypasses that are over, have left a record, and are not written down."""
    known = {one.id for one in store.openings()}
    return [one for one in read_bypasses(records) if one.ended <= now and one.id not in known]


def say_overlap(overlap: Overlap) -> None:
    """Say beside what is shown of a time that nobody was recorded in part of it."""
    told = (
        "the gateway was bypassed: nothing of it is recorded"
        if overlap.kind is BreakGlassEvent.BYPASSED
        else "break-glass was open: neither people nor sites are recorded"
    )
    show.note(
        f"from {show_moment(overlap.begins)} until {show_moment(overlap.ended)} {told} "
        f"({show_reference(overlap.id)})"
    )


def state_of(one: Opening, now: datetime) -> str:
    """Where it stands, in words."""
    if one.confirmed is not None:
        late = ", after it was reported" if one.reported_at is not None else ""
        return f"confirmed by {one.confirmed.by}{late}"
    if one.is_overdue(now):
        return "REPORTED: confirmed by nobody" if one.reported_at is not None else "OVERDUE"
    standing = "open; " if one.is_open(now) else ""
    return f"{standing}to be confirmed by {show_moment(one.confirm_by)}"


def _record_all(store: BreakGlassStore, records: Path) -> list[Opening]:
    now = datetime.now(UTC)
    found = unrecorded(store, records, now)
    for one in read_bypasses(records):
        if one.ended > now:
            show.note(f"a bypass goes on until {show_moment(one.ended)}; write it down when it is over")
    if not found:
        raise Refused(
            f"{records}: no bypass that is over and not written down; or give --from, --until, --because"
        )
    return [
        store.record_bypass(
            one.begins, one.ended, because=one.because, account=one.account, identifier=one.id
        )
        for one in found
    ]


def _past(text: str, hint: str) -> datetime:
    try:
        return read_since(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def _ask_to_confirm(one: Opening) -> None:
    show.line(
        f"Somebody else has to confirm it by {show_moment(one.confirm_by)}: "
        f"sluicegate break-glass confirm {show_reference(one.id)} --because TEXT"
    )


def _json(one: Opening) -> None:
    show.json_line(_plain(one))


def _plain(one: Opening) -> dict[str, object]:
    return {**asdict(one), "ended": one.ended, "confirm_by": one.confirm_by}
