"""`sluicegate exemptions request|refuse`: what is asked for, and a no to it."""

from typing import Annotated

import typer

from console.cli import exemption_options as options
from console.cli import exemptions_shown as shown
from console.cli import show
from console.cli.exemption_options import grantee_of, needed, target_of
from console.cli.options import AsJson, Because, Organisation, login_of, reference_of
from console.cli.protected import refuse_exemption
from console.cli.storage import open_store
from console.cli.workplace import workplace
from db.exemptions import ExemptionStore
from policy.errors import RegisterRefused
from policy.identifiers import show_reference


def request(
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="The work purpose, in a sentence.")],
    person: options.Person = None,
    role: options.Role = None,
    unit: options.Unit = None,
    network: options.Network = None,
    everyone: options.Everyone = False,
    category: options.Category = None,
    host: options.Host = None,
    prefix: options.Prefix = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Seen by you, by who is asked, and by an auditor only.")
    ] = False,
    ask: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Of a restricted one: who is asked to grant it.")
    ] = None,
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Ask for an exemption for somebody; others ask on the gateway's own page.

    It opens nothing until somebody grants it ("exemptions grant"), and that is
    never who asked. What waits already is joined, and counted.

    Examples:
      sluicegate exemptions request --person jane.doe --host forum.example \\
          --purpose "operation Elm"
      sluicegate exemptions request --person jane.doe --category social_media \\
          --purpose "reasonable adjustment" --restricted --ask b.boss
    """
    whose, name = needed(
        grantee_of(person, role, unit, network, everyone=everyone), options.FOR_WHOM, "for whom"
    )
    target = needed(target_of(category, host, prefix), options.OPENS, "what it opens")
    if restricted is not (ask is not None):
        raise typer.BadParameter("--restricted and --ask go together", param_hint="--ask")
    place = workplace()
    categories = refuse_exemption(place, target)
    asked = open_store(ExemptionStore, place).request(
        place.policy,
        organisation=organisation,
        grantee=name,
        kind=target[0],
        target=target[1],
        purpose=purpose,
        category=next(iter(categories), None),
        grantee_kind=whose,
        asked_of=login_of(ask, "--ask") if ask else None,
    )
    if as_json:
        show.json_line(shown.record_of(asked))
        return
    joined = f" (asked for {asked.joined + 1} times)" if asked.joined else ""
    show.line(f"{show_reference(asked.id)}: waits to be granted{joined}")


def refuse(
    reference: Annotated[
        str, typer.Argument(metavar="REQUEST", help='A request of "exemptions list --waiting".')
    ],
    because: Because,
    as_json: AsJson = False,
) -> None:
    """
    Refuse a request; or take your own back.

    Whoever asked reads why, and where they may appeal, on the gateway's own
    page.

    Examples:
      sluicegate exemptions refuse K7QF-2M9T --because "the press office does this"
    """
    store, wanted = open_store(ExemptionStore, workplace()), reference_of(reference, "REQUEST")
    decided = store.one_request(wanted).decided
    if decided is not None:
        raise RegisterRefused(f"{show_reference(wanted)} is {decided.outcome} already, by {decided.by}")
    try:
        asked = store.refuse(wanted, because=because)
    except RegisterRefused:
        # One's own cannot be refused but taken back; whatever else is wrong is said by that, too.
        asked = store.take_back(wanted, because=because)
    if as_json:
        show.json_line(shown.record_of(asked))
    else:
        show.line(f"{show_reference(asked.id)}: {shown.request_state(asked)}")
