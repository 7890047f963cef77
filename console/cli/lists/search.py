"""`sluicegate lists search`: which lists have a host, its parents, what is below it, or a word."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from categories.readers.confidential import ConfidentialReader
from categories.ruleset import Ruleset
from categories.search.since import Since
from categories.search.term import HostTerm, read_term
from console.cli import show
from console.cli.times import show_moment
from console.cli.workplace import Workplace, workplace
from console.lists.searching import FoundHost, FoundText, Past, search_host, search_text
from policy.errors import DatabaseAway

_SHOWN = 20  # of what is below a host, and lines with a piece of text
_SECONDS_FOR_SINCE = 0.4  # so that all of it takes less than a second


def search(
    term: Annotated[
        str, typer.Argument(metavar="TERM", help="A host, a URL, or three characters or more of an entry.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Which lists in force have this host, its parents, and what is below it.

    For a host or URL: every entry that covers it, with list, line and since
    when the list has had it; then the nearest entries below it, and how many
    there are. "or before" says that older texts are no longer kept, or that
    there are too many to look through in a second.

    Anything else ("casino", "*.bet") is looked for as it is in the texts of
    all lists in force: how often it stands in each, and the first lines.

    Entries of confidential lists are not searched. What the gateway makes of
    a URL: sluicegate explain.

    Examples:
      sluicegate lists search bet365.com
      sluicegate lists search https://example.org/casino/
      sluicegate lists search online-casino --json
    """
    wanted = read_term(term)
    place = workplace()
    ruleset = place.ruleset()
    text_of = place.library.kept_text
    if isinstance(wanted, HostTerm):
        history = _history(place)
        host = search_host(ruleset, wanted, history, text_of, most=_SHOWN, seconds=_SECONDS_FOR_SINCE)
        if as_json:
            show.json_line({"term": term, "ruleset": ruleset.digest, **asdict(host)})
        else:
            _print_host(wanted, host)
    else:
        texts = search_text(ruleset.lists, wanted, text_of, most=_SHOWN)
        if as_json:
            lists = [asdict(one) for one in texts]
            show.json_line({"term": term, "ruleset": ruleset.digest, "lists": lists})
        else:
            _print_texts(texts)
    _say_confidential(ruleset)


def _history(place: Workplace) -> Sequence[Past]:
    from console.cli.storage import open_store  # noqa: PLC0415 - half the time that a text takes without
    from db.ruleset_history import RulesetHistory  # noqa: PLC0415 - half the time that a text takes without

    try:
        return open_store(RulesetHistory, place).all()
    except DatabaseAway as away:
        show.note(f"{away}; since when an entry has been there is not known without it")
        return ()


def _print_host(term: HostTerm, found: FoundHost) -> None:
    asked = term.host + (term.target if term.target != "/" else "")
    if found.covering:
        show.table(
            ["list", "category", "line", "kind", "entry", "since"],
            (
                [
                    *(hit.list, hit.category, hit.line, hit.kind, hit.entry),
                    _show_since(each.since),
                ]
                for each in found.covering
                for hit in [each.hit]
            ),
        )
    else:
        show.line(f"{show.plain(asked)}: no list in force covers it")
    if not found.below_count:
        return
    count = f"{found.below_count:,}" if found.counted_all else f"more than {found.below_count:,}"
    more = ", the nearest are" if found.below_count > len(found.below) else ""
    show.line(f"Below it: {count} entries{more}:")
    show.table(
        ["list", "category", "line", "kind", "entry"],
        ([hit.list, hit.category, hit.line, hit.kind, hit.entry] for hit in found.below),
    )


def _show_since(since: Since | None) -> str:
    if since is None:
        return "not known"
    return show_moment(since.at) + ("" if since.exact else " or before")


def _print_texts(found: Sequence[FoundText]) -> None:
    if not found:
        show.line("No list in force has it.")
        return
    show.table(["list", "category", "times"], ([one.list, one.category, f"{one.count:,}"] for one in found))
    show.table(
        ["list", "line", "text"], ([one.list, line.number, line.text] for one in found for line in one.lines)
    )


def _say_confidential(ruleset: Ruleset) -> None:
    hidden = [info for info in ruleset.lists if info.format == ConfidentialReader.name]
    if hidden:
        entries = sum(info.entries for info in hidden)
        show.note(f"not searched: {len(hidden)} confidential lists with {entries:,} entries")
