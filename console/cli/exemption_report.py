"""`sluicegate exemptions report`: how often exemptions are needed, and which are to be seen to."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from console.cli import show
from console.cli.exemptions_shown import whom
from console.cli.options import AsJsonLines, since_of
from console.cli.storage import open_store
from console.cli.times import read_span, show_moment
from console.cli.workplace import workplace
from console.people.caring import Care, care
from db.exemption_uses import exemption_uses
from db.exemptions import ExemptionStore
from policy.identifiers import show_reference


def report(
    since: Annotated[str, typer.Option(metavar="TIME", help="Uses since then: 90d, or a date.")] = "90d",
    soon: Annotated[str, typer.Option(metavar="SPAN", help="What ends soon: within 14d.")] = "14d",
    as_json: AsJsonLines = False,
) -> None:
    """
    How often the exemptions that stand are needed.

    What is to be seen to comes first: those that were in force all the while
    and nobody used, that end soon, and whose review is due. It counts
    decisions, and tells days and never times. That you looked is recorded.

    Examples:
      sluicegate exemptions report
      sluicegate exemptions report --since 30d --soon 7d --json
    """
    now, begins = datetime.now(UTC), since_of(since)
    try:
        within = read_span(soon)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--soon") from error
    place = workplace()
    standing = [one.entry for one in open_store(ExemptionStore, place).exemptions()]
    uses = open_store(partial(exemption_uses, since=begins), place)
    found = care(standing, uses, since=begins, soon=within, now=now)
    if as_json:
        for one in found:
            show.json_line(_as_record(one))
        return
    show.table(
        ["id", "for", "opens", "until", "requests", "days", "last", "to be seen to"],
        (
            [
                *(show_reference(one.exemption.id), whom(one.exemption)),
                *(f"{one.exemption.kind} {one.exemption.target}", show_moment(one.exemption.until)),
                *((one.uses.uses, one.uses.days, one.uses.last_day) if one.uses else (0, 0, None)),
                _to_be_seen_to(one),
            ]
            for one in found
        ),
    )
    unused, ending = sum(one.unused for one in found), sum(one.ending for one in found)
    due = sum(one.review_due for one in found)
    show.line(
        f"{len(found):,} stand; since {show_moment(begins)} nobody used {unused:,} of them, {ending:,} end "
        f"soon, {due:,} are due for review"
    )


def _to_be_seen_to(one: Care) -> str:
    said = [
        (one.unused, "unused"),
        (one.ending, "ends soon"),
        (one.review_due, "review due"),
    ]
    return ", ".join(word for is_so, word in said if is_so)


def _as_record(one: Care) -> dict[str, object]:
    uses = one.uses
    return {
        **asdict(one.exemption),
        "uses": uses.uses if uses else 0,
        "days": uses.days if uses else 0,
        "last_day": uses.last_day.isoformat() if uses else None,
        "unused": one.unused,
        "ending": one.ending,
        "review_due": one.review_due,
    }
