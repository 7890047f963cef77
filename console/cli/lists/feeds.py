"""`sluicegate lists subscribe|unsubscribe|catalogue|stale`: which feeds there are, and how they are."""

from dataclasses import asdict, astuple
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError

from categories.feeds.catalogue import KnownFeed, read_catalogue
from categories.feeds.state import Standing
from categories.feeds.subscription import Subscription
from console.cli import show
from console.cli.times import read_span, show_moment
from console.cli.workplace import workplace
from console.lists.subscriptions import from_catalogue, standings
from console.lists.subscriptions import subscribe as begin_feed
from console.lists.subscriptions import unsubscribe as end_feed

Name = Annotated[str, typer.Argument(metavar="NAME", help="The list's name.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")]


def subscribe(
    name: Name,
    because: Because,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where it is; https.")] = None,
    category: Annotated[str | None, typer.Option(metavar="C", help="A category of the policy.")] = None,
    every: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How often: 6h, 1d; from 15m to 31d.")
    ] = None,
    checksum: Annotated[
        str | None, typer.Option(metavar="URL", help="A published MD5, SHA-256 or SHA-512 of it.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The publisher's minisign key; nothing else is taken.")
    ] = None,
    signature: Annotated[
        str | None, typer.Option(metavar="URL", help="Its minisign signature; without it, URL.minisig.")
    ] = None,
    inside: Annotated[
        str | None, typer.Option(metavar="PATH", help="Of an archive: the file or folder that is the list.")
    ] = None,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a CSV or JSON list: where its entries are.")
    ] = None,
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Accept http, where anybody on the way can change it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Fetch a list from a URL on a schedule.

    A feed of the catalogue needs no more than its name. What is fetched goes
    the way of every import: checked, built, recorded, and put in force or
    proposed to a second person. Where anything is wrong with it, the last good
    list stays. Nothing is fetched by this command: "lists update" does that,
    from a timer or with --every. A feed of the same name is replaced.

    Examples:
      sluicegate lists subscribe hagezi-gambling --because "recommended set"
      sluicegate lists subscribe bets --url https://lists.example/bets.txt \\
          --category gambling --every 6h --because "ticket 4711"
      sluicegate lists subscribe ours --url https://lists.example/a.zip --inside a/domains \\
          --category games --key RWQf6LRCGA9i... --because "our own list"
    """
    now = datetime.now(UTC)
    given: dict[str, object] = {
        "category": category,
        "url": url,
        "every": span_of("--every", every),
        "checksum_url": checksum,
        "public_key": key,
        "signature_url": signature,
        "inside": inside,
        "column": column,
        "allow_http": allow_http or None,
    }
    said = {key: value for key, value in given.items() if value is not None}
    if url is None:
        said = from_catalogue(name, now).model_dump() | said
    elif category is None:
        raise typer.BadParameter("give the category of its entries too: --category C")
    try:
        feed = Subscription.model_validate({"name": name, "subscribed_at": now} | said)
    except ValidationError as error:
        raise typer.BadParameter(_first(error)) from None
    before = begin_feed(workplace(), feed, because=because)
    if as_json:
        show.json_line(feed.model_dump(mode="json"))
        return
    again = " again, in place of the one before" if before else ""
    show.line(f"{show.plain(name)}: subscribed{again}; fetch it now: sluicegate lists update {name}")


def unsubscribe(name: Name, because: Because, as_json: AsJson = False) -> None:
    """
    End a feed; the list that it brought stays.

    "lists remove" ends the list, too.

    Examples:
      sluicegate lists unsubscribe ut1-games --because "blocks our app stores"
    """
    end_feed(workplace(), name, because=because)
    if as_json:
        show.json_line({"name": name, "subscribed": False})
    else:
        show.line(f"{show.plain(name)}: no longer fetched; its list stays as it is")


def catalogue(
    category: Annotated[str | None, typer.Option(metavar="C", help="Only feeds of this category.")] = None,
    recommended: Annotated[bool, typer.Option("--recommended", help="Only the recommended set.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """
    Public feeds: what they are, under which licence, and what they get wrong.

    Popular: of the 100,000 hosts most looked up, how many it covers, rightly or
    not. Benign: of 7,376 hosts that others call benign, how many; that is its
    over-blocking. Found: of the hosts that others put into its category. Read
    a licence before you rely on it; preview a list before it is in force.

    Examples:
      sluicegate lists catalogue
      sluicegate lists catalogue --category gambling
      sluicegate lists catalogue --recommended --json
    """
    shown = [
        feed
        for feed in read_catalogue()
        if category in {None, feed.category} and (feed.recommended or not recommended)
    ]
    if as_json:
        for feed in shown:
            show.json_line(feed.model_dump(mode="json"))
        return
    columns = ["feed", "category", "licence", "entries", "popular", "benign", "found", "what it is"]
    show.table(columns, map(_row, shown))
    for feed in shown:
        if feed.note:
            show.line(f"{feed.name}: {feed.note}")


def stale(
    after: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="Stale after this long; without it, 3 of its own spans."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> int:
    """
    How the feeds are; exit code 1 where one is stale.

    For monitoring. A feed is well when its server gave, or confirmed, what is
    in force or waits for approval; it is stale when it has not been well for
    three of its own spans. The last good list stays in force all the same.

    Examples:
      sluicegate lists stale
      sluicegate lists stale --after 2d --json
    """
    found = tuple(standings(workplace(), datetime.now(UTC), span_of("--after", after)))
    if as_json:
        for one in found:
            show.json_line(asdict(one))
    else:
        columns = ["feed", "category", "state", "well at", "next", "failures", "problem"]
        show.table(
            columns,
            (
                (
                    *astuple(one)[:2],
                    one.standing,
                    _moment(one.well_at),
                    _moment(one.next_at),
                    *astuple(one)[-2:],
                )
                for one in found
            ),
        )
    return int(any(one.standing is Standing.STALE for one in found))


def span_of(option: str, text: str | None) -> timedelta | None:
    """The span an option gives; None where it was not given."""
    if text is None:
        return None
    try:
        return read_span(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def _moment(at: datetime | None) -> str:
    return show_moment(at) if at else "never"


def _row(feed: KnownFeed) -> list[object]:
    told = feed.measured
    name = f"{feed.name} *" if feed.recommended else feed.name
    if told is None:
        return [name, feed.category, feed.licence, "not measured", "", "", "", feed.title]
    found = f"{told.found} of {told.of}" if told.of else ""
    figures = [f"{told.entries:,}", told.popular, told.benign, found]
    return [name, feed.category, feed.licence, *figures, feed.title]


def _first(error: ValidationError) -> str:
    """What is wrong, in one line."""
    one = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, one["loc"]))
    return f"{place}: {one['msg'].removeprefix('Value error, ')}".removeprefix(": ")
