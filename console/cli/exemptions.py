"""`sluicegate exemptions`: who may see what, from when to when, for which work, granted by whom."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.protected import refuse_exemption
from console.cli.storage import open_store
from console.cli.targets import Target, read_host, read_prefix
from console.cli.times import read_moment, show_moment
from console.cli.workplace import workplace
from db.exemptions import ExemptionStore, RegisteredExemption
from db.grants import Grant
from policy.errors import Refused
from policy.identifiers import read_reference, show_reference
from policy.registers import Exemption, GranteeKind, TargetKind

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def grant(
    until: Annotated[str, typer.Option(metavar="TIME", help="When it ends: +2h, 7d, 17:30, 2026-12-01.")],
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="The work purpose, in a sentence.")],
    person: Annotated[str | None, typer.Option(metavar="P", help="For this person.")] = None,
    role: Annotated[str | None, typer.Option(metavar="R", help="For whoever acts in this role.")] = None,
    everyone: Annotated[bool, typer.Option("--everyone", help="For everyone.")] = False,
    category: Annotated[str | None, typer.Option(metavar="C", help="Opens a category.")] = None,
    host: Annotated[str | None, typer.Option(metavar="H", help="Opens a host and its subdomains.")] = None,
    prefix: Annotated[str | None, typer.Option(metavar="P", help="Opens a part of one host.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="When it begins; without it, now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Grant an exemption.

    For one of --person, --role, --everyone; opening one of --category,
    --host, --prefix. In force in every worker within two seconds, ending to
    the second. You are recorded as who granted it, and cannot grant your
    own. A category that the policy never exempts stays closed; one that it
    opens to named persons needs --person. What is privileged or a help line
    is open and takes no exemption: it would tie somebody to it.

    Examples:
      sluicegate exemptions grant --person jane.doe --category social_media \\
          --until 30d --purpose "community engagement"
      sluicegate exemptions grant --role licensing --host bet365.com \\
          --from 2026-12-01 --until 2026-12-24 --purpose "inspection of licences"
    """
    grantee_kind, grantee = _grantee(person, role, everyone=everyone)
    kind, target = _target(category, host, prefix)
    begins, ends = _moment(start, "--from") if start else None, _moment(until, "--until")
    place = workplace()
    refuse_exemption(place, (kind, target))
    wanted = Grant(grantee_kind, grantee, kind, target, until=ends, purpose=purpose, start=begins)
    exemption = open_store(ExemptionStore, place).grant(place.policy, wanted)
    if not isinstance(exemption, Exemption):
        show.line(f"{show_reference(exemption.id)}: granted, and waits for the second office")
        return
    if as_json:
        show.json_line(asdict(exemption))
        return
    whom = f"{exemption.grantee_kind} {show.plain(exemption.grantee)}".strip()
    show.line(
        f"{show_reference(exemption.id)}: {show.plain(exemption.target)} opened for {whom} from "
        f"{show_moment(exemption.start)} until {show_moment(exemption.until)}, "
        f"granted by {show.plain(exemption.granted_by)}"
    )


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
    try:
        reference = read_reference(identifier)
    except Refused as refused:
        raise typer.BadParameter(str(refused), param_hint="ID") from refused
    exemption = open_store(ExemptionStore, workplace()).revoke(reference, because=because)
    if as_json:
        show.json_line(asdict(exemption))
    else:
        show.line(f"{show_reference(exemption.id)}: ended; {show.plain(exemption.target)} is closed again")


def list_(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    The exemptions that stand, newest first.

    Examples:
      sluicegate exemptions list
      sluicegate exemptions list --all --json
    """
    now = datetime.now(UTC)
    registered = open_store(ExemptionStore, workplace()).exemptions(everything=everything)
    if as_json:
        for one in registered:
            ended = asdict(one.revoked) if one.revoked else None
            show.json_line({**asdict(one.entry), "state": _state(one, now), "ended": ended})
        return
    show.table(
        ["id", "for", "opens", "from", "until", "state", "purpose", "granted by"],
        (
            [
                show_reference(one.entry.id),
                f"{one.entry.grantee_kind} {one.entry.grantee}".strip(),
                f"{one.entry.kind} {one.entry.target}",
                show_moment(one.entry.start),
                show_moment(one.entry.until),
                _state(one, now),
                one.entry.purpose,
                one.entry.granted_by,
            ]
            for one in registered
        ),
    )


def _state(one: RegisteredExemption, now: datetime) -> str:
    if one.revoked is not None:
        return "revoked"
    if one.entry.holds(now):
        return "in force"
    return "to come" if now < one.entry.start else "ended"


def _grantee(person: str | None, role: str | None, *, everyone: bool) -> tuple[GranteeKind, str]:
    given = [
        (GranteeKind.PERSON, person),
        (GranteeKind.ROLE, role),
        (GranteeKind.EVERYONE, "" if everyone else None),
    ]
    chosen = [(kind, name) for kind, name in given if name is not None]
    if len(chosen) != 1:
        raise typer.BadParameter("give one of --person, --role and --everyone", param_hint="for whom")
    return chosen[0]


def _target(category: str | None, host: str | None, prefix: str | None) -> Target:
    if sum(one is not None for one in (category, host, prefix)) != 1:
        raise typer.BadParameter("give one of --category, --host and --prefix", param_hint="what it opens")
    if category is not None:
        return TargetKind.CATEGORY, category
    return read_host(host) if host is not None else read_prefix(prefix or "")


def _moment(text: str, hint: str) -> datetime:
    try:
        return read_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error
