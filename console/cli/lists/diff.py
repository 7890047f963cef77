"""`sluicegate lists diff`: which entries came and went between two Rulesets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from categories.manifest import ListInfo
from console.cli import show
from console.cli.progress import progress
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.difference import ListDifference, differences
from console.lists.past import earlier, lists_of
from db.ruleset_history import PastRuleset, RulesetHistory
from policy.errors import ListRefused

_SHOWN = 10


def diff(
    first: Annotated[
        str | None, typer.Argument(metavar="[A]", help="How its digest begins; without it, the one before.")
    ] = None,
    second: Annotated[
        str | None, typer.Argument(metavar="[B]", help="The other; without it, the one in force.")
    ] = None,
    only: Annotated[str | None, typer.Option("--list", metavar="NAME", help="Of this list alone.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every entry, not the first ten.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a list.")] = False,
) -> None:
    """
    Which entries came and went between two Rulesets.

    List by list, counted, with the first of them. Digests as "lists history"
    shows them. Entries of confidential lists are counted and not shown. What a
    change would do to visits is told by "lists preview".

    Examples:
      sluicegate lists diff
      sluicegate lists diff 3f2a9c1b7d40 --list ut1-gambling --all
    """
    place = workplace()
    past = open_store(RulesetHistory, place).all()
    if not past:
        raise ListRefused("no Ruleset is on the record yet; the next change of lists begins it")
    was = earlier(past, first)
    now = earlier(past, second) if second is not None else past[0]
    sides = _of(was, only), _of(now, only)
    if only is not None and not any(sides):
        raise ListRefused(f"{only}: no list of this name in either of them: sluicegate lists history")
    if not as_json:
        show.line(f"from {_named(was)}")
        show.line(f"to   {_named(now)}")
    alike = True
    for one in _differences(place, *sides, shown=None if everything else _SHOWN):
        alike = False
        if as_json:
            show.json_line(asdict(one))
        else:
            _print(one)
    if alike and not as_json:
        show.line("no list differs")


def _of(past: PastRuleset, only: str | None) -> list[ListInfo]:
    return [info for info in lists_of(past) if only in {None, info.name}]


def _named(past: PastRuleset) -> str:
    return f"{past.digest[:12]}  {past.at.astimezone():%Y-%m-%d %H:%M}  {show.plain(past.what)}"


def _differences(
    place: Workplace, was: Sequence[ListInfo], now: Sequence[ListInfo], *, shown: int | None
) -> list[ListDifference]:
    names = sorted({info.name for info in (*was, *now)})
    with progress() as say:
        return list(
            differences(
                was,
                now,
                place.library.kept_text,
                shown=shown,
                on_list=lambda name: say(f"comparing {name}", names.index(name), len(names)),
            )
        )


def _print(one: ListDifference) -> None:
    plain = show.plain
    if one.added is None or one.removed is None:
        counts = "its text of then is not kept any more"
    else:
        counts = f"{one.added:,} entries added, {one.removed:,} removed"
    part = "" if one.before and one.after else ", new" if one.after else ", gone"
    show.line(f"{plain(one.name)} ({plain(one.category)}{part}): {counts}")
    for sign, first, number in (("+", one.first_added, one.added), ("-", one.first_removed, one.removed)):
        for entry in first:
            show.line(f"  {sign} {plain(entry)}")
        if number is not None and len(first) < number and not one.confidential:
            show.line(f"  {sign} and {number - len(first):,} more")
