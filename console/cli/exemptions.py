"""`sluicegate exemptions grant|revoke|list`: who may see what, until when, for which work, by whose word."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import exemption_options as options
from console.cli import exemptions_shown as shown
from console.cli import show
from console.cli.exemption_options import grantee_of, needed, target_of
from console.cli.options import AsJson, AsJsonLines, Organisation, login_of, moment_of, reference_of
from console.cli.protected import refuse_exemption
from console.cli.storage import open_store
from console.cli.workplace import workplace
from db.exemption_rows import AccessRequest
from db.exemptions import ExemptionStore
from db.grants import Grant
from policy.identifiers import show_reference
from policy.registers import Exemption


def grant(
    reference: Annotated[
        str | None, typer.Argument(metavar="REQUEST", help='A request of "exemptions list --waiting".')
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it ends: +2h, 7d, 17:30, 2026-12-01.")
    ] = None,
    purpose: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The work purpose; of a request, what it says.")
    ] = None,
    person: options.Person = None,
    role: options.Role = None,
    unit: options.Unit = None,
    network: options.Network = None,
    everyone: options.Everyone = False,
    category: options.Category = None,
    host: options.Host = None,
    prefix: options.Prefix = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="When it begins; without it, now.")
    ] = None,
    review: Annotated[
        str | None, typer.Option(metavar="TIME", help="When somebody is to look at it again.")
    ] = None,
    procedure: Annotated[
        str | None, typer.Option(metavar="REF", help="Of the procedure it is granted under.")
    ] = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Seen by its approvers and an auditor only.")
    ] = False,
    second: Annotated[
        str | None, typer.Option(metavar="LOGIN", help="Of a restricted one: whose second word is wanted.")
    ] = None,
    organisation: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """
    Grant an exemption, in answer to a request or of your own accord.

    Without a request for one of --person, --role, --unit, --network and
    --everyone, opening one of --category, --host and --prefix. Of a request
    both stand in it, and a target that is given takes the place of its own.
    In force in every worker within two seconds, ending to the second.

    The policy says who may grant what; an office is a role of the register of
    people. Where it asks for two offices the first word waits, and the second
    is said by the same command with the reference alone. You are recorded as
    who granted it, and cannot grant your own. What is privileged or a help
    line is open and takes no exemption: it would tie somebody to it.

    Examples:
      sluicegate exemptions grant K7QF-2M9T --until 30d --review 14d
      sluicegate exemptions grant --person jane.doe --category social_media \\
          --until 30d --purpose "community engagement"
      sluicegate exemptions grant --unit CID --host forum.example \\
          --from 2026-12-01 --until 2026-12-24 --purpose "operation Elm"
    """
    place = workplace()
    store = open_store(ExemptionStore, place)
    grantee = grantee_of(person, role, unit, network, everyone=everyone)
    target = target_of(category, host, prefix)
    wanted = reference_of(reference, "REQUEST") if reference else None
    asked = store.one_request(wanted) if wanted else None
    if asked is not None and asked.first is not None:
        given = (until, purpose, grantee, target, start, review, procedure, restricted or None, second)
        if any(one is not None for one in given):
            raise typer.BadParameter(
                "the first office has granted it, and the second says yes to that as it stands; "
                "give the reference alone, or refuse it",
                param_hint="REQUEST",
            )
        _say(store.second_word(place.policy, asked.id, because="the second office agrees"), as_json=as_json)
        return
    if asked is not None:
        if grantee is not None:
            raise typer.BadParameter("the request says for whom it is", param_hint="for whom")
        grantee, organisation = (asked.grantee_kind, asked.grantee), asked.organisation
        target, purpose = target or (asked.kind, asked.target), purpose or asked.purpose
        restricted = restricted or asked.restricted
    kind, opened = needed(target, options.OPENS, "what it opens")
    whose, name = needed(grantee, options.FOR_WHOM, "for whom")
    granted = Grant(
        grantee_kind=whose,
        grantee=name,
        kind=kind,
        target=opened,
        until=moment_of(needed(until, "--until TIME", "--until"), "--until"),
        purpose=needed(purpose, "--purpose TEXT", "--purpose"),
        organisation=organisation,
        start=moment_of(start, "--from") if start else None,
        review=moment_of(review, "--review") if review else None,
        procedure=procedure,
        restricted=restricted,
        categories=refuse_exemption(place, (kind, opened)),
    )
    second_by = login_of(second, "--second") if second else None
    _say(store.grant(place.policy, granted, request=wanted, second=second_by), as_json=as_json)


def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Such as K7QF-2M9T, in any case.")],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with it.")] = "no longer needed",
    as_json: AsJson = False,
) -> None:
    """
    End an exemption now.

    It no longer opens anything within two seconds. That it stood stays known.

    Examples:
      sluicegate exemptions revoke k7qf-2m9t --because "the project has ended"
    """
    store = open_store(ExemptionStore, workplace())
    exemption = store.revoke(reference_of(identifier, "ID"), because=because)
    if as_json:
        show.json_line(shown.record_of(exemption))
    else:
        show.line(f"{show_reference(exemption.id)}: ended; {show.plain(exemption.target)} is closed again")


def list_(
    waiting: Annotated[
        bool, typer.Option("--waiting", help="In their place: requests that wait for a word.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Ended or decided ones too.")] = False,
    as_json: AsJsonLines = False,
) -> None:
    """
    The exemptions that stand, newest first; or what is asked for.

    Restricted ones are listed for their approvers and an auditor only.

    Examples:
      sluicegate exemptions list
      sluicegate exemptions list --waiting
      sluicegate exemptions list --all --json
    """
    now, place = datetime.now(UTC), workplace()
    store = open_store(ExemptionStore, place)
    if waiting:
        requests = store.requests(everything=everything)
        if as_json:
            for request in requests:
                show.json_line(shown.record_of(request))
        else:
            shown.print_requests(requests, place.policy)
        return
    found = store.exemptions(everything=everything)
    if not as_json:
        shown.print_exemptions(found, now)
        return
    for one in found:
        show.json_line(shown.registered_record(one, now))


def _say(done: Exemption | AccessRequest, *, as_json: bool) -> None:
    if as_json:
        show.json_line(shown.record_of(done))
    elif isinstance(done, Exemption):
        show.line(shown.granted_line(done))
    else:
        show.line(
            f"{show_reference(done.id)}: granted, and opens nothing before the second office's word: "
            f"sluicegate exemptions grant {show_reference(done.id)}"
        )
