"""`sluicegate lists remove|disable|enable|rollback|never-decrypt`: what takes part, and what did."""

from pathlib import Path
from typing import Annotated

import typer

from categories.feeds.store import FeedStore
from categories.list_change import Disable, Enable, ListChange, NeverDecrypt, Remove
from console.cli import show
from console.cli.lists.outcome import outcome_record, print_outcome
from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.enact import enact
from console.lists.past import earlier, restoring
from db.ruleset_history import RulesetHistory
from policy.errors import ListRefused

_MOST_BYTES = 256 * 1024

Name = Annotated[str, typer.Argument(metavar="NAME", help='A list, as "lists status" names it.')]
Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def remove(name: Name, because: Because, as_json: AsJson = False) -> None:
    """
    End an imported list's part.

    Its text is kept as long as decisions may name it; "lists rollback" brings
    the list back. A list that comes with the product is disabled instead; of
    one that is a feed the feed is ended first.

    Examples:
      sluicegate lists remove ut1-games --because "no longer our policy"
    """
    place = workplace()
    if name in FeedStore(place.lists).names():
        raise ListRefused(
            f"{name}: its feed would bring it back; end that first: sluicegate lists unsubscribe {name}"
        )
    _change(place, Remove(name=name), because, as_json=as_json)


def disable(name: Name, because: Because, as_json: AsJson = False) -> None:
    """
    Let a list take no part until it is enabled.

    Also one that comes with the product. An import under its name enables it.

    Examples:
      sluicegate lists disable shipped.games --because "we block no games"
    """
    _change(workplace(), Disable(name=name), because, as_json=as_json)


def enable(name: Name, because: Because, as_json: AsJson = False) -> None:
    """
    Let a disabled list take part again.

    Examples:
      sluicegate lists enable shipped.games --because "back to school"
    """
    _change(workplace(), Enable(name=name), because, as_json=as_json)


def rollback(
    because: Because,
    digest: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIGEST]", help="How its digest begins; without it, the one before this one."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Put the lists of an earlier Ruleset in force.

    The imported lists become those of then, text for text; the shipped ones
    stay as this release ships them. Entries that were withdrawn or are held
    back stay out. "lists history" has the digests, "lists diff" what differs.

    Examples:
      sluicegate lists rollback --because "the update blocks our bank"
      sluicegate lists rollback 3f2a9c1b7d40 --because "as before the weekend"
    """
    place = workplace()
    past = open_store(RulesetHistory, place).all()
    change = restoring(past, earlier(past, digest), place.library.shipped_names())
    _change(place, change, because, as_json=as_json)


def never_decrypt(
    because: Because,
    path: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", exists=True, dir_okay=False, help="The list; without it, none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Put the organisation's own never-decrypt list in place.

    A TOML file as docs/certificates.md has it, in place of the one before. What
    is never decrypted is not looked into, so it always needs a second person.
    In force with the next reload of the gateway.

    Examples:
      sluicegate lists never-decrypt ours.toml --because "the bank's client pins"
      sluicegate lists never-decrypt --because "none of them is used any more"
    """
    _change(workplace(), NeverDecrypt(text=_text(path)), because, as_json=as_json)


def _text(path: Path | None) -> str:
    if path is None:
        return ""
    data = path.read_bytes()
    if len(data) > _MOST_BYTES:
        raise ListRefused(f"{path}: {len(data):,} bytes are too many for a never-decrypt list")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ListRefused(f"{path}: not a TOML file: {error}") from error


def _change(place: Workplace, change: ListChange, because: str, *, as_json: bool) -> None:
    done = enact(place, change, because=because, accept_size=True)
    if as_json:
        show.json_line(outcome_record(done))
    else:
        print_outcome(done)
