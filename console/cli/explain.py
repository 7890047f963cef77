"""`sluicegate explain`: why a URL is allowed or blocked, for an administrator at night, a reviewer by day."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated

import typer

from addons.destinations import Destinations
from addons.never_decrypt import never_decrypt_in_force
from categories.urls.normalise import Url, UrlRefused, normalise_url
from console.cli import show
from console.cli.asker import Asker, known_as, told_against
from console.cli.explanation import Explanation
from console.cli.explanation import explain as explain_evidence
from console.cli.page_pieces import show_page
from console.cli.storage import registers_now
from console.cli.times import read_moment, show_moment
from console.cli.workplace import Workplace, workplace
from policy.facts import Who
from policy.judge import Asking, Evidence
from policy.people import fold_login
from policy.registers import Exemption

_TLS = {"https", "wss"}
# As a page shows it. Whoever means a host of that name writes http:// before it.
_REFERENCE = re.compile(r"[0-9A-Za-z]{4}-[0-9A-Za-z]{4}")


def explain(
    url: Annotated[str, typer.Argument(metavar="URL", help="A URL or a host.")],
    person: Annotated[
        str | None, typer.Option(metavar="ME", help="Judge as for this person, by the registers.")
    ] = None,
    organisation: Annotated[
        str, typer.Option(metavar="O", help="Whose person; without it, the gateway's own.")
    ] = "",
    role: Annotated[str | None, typer.Option(metavar="R", help="As if they acted in this role.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="U", help="As if they were in this unit.")] = None,
    from_address: Annotated[
        str | None, typer.Option(metavar="IP", help="As if asked from this address: device, network.")
    ] = None,
    moment: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="As at that time: +2h, 22:30, 2026-12-01."),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="What was decided about the pieces of its pages, of the last hour.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """
    Why a URL is allowed or blocked, step by step.

    Judges as the gateway would this moment: the lists in force, the
    administrators' own entries, the exemptions of that person, what the
    policy says of their unit, role, network and the hour. Shows what was
    found at each step of the order, also at those that did not decide. Of a
    restricted exemption it says that there is one and nothing else. Asks no
    site and looks at nothing that people did: it is judged as if they had
    read the notice and stated no purpose.

    With --page instead what was recorded in the last hour of the pieces of
    pages on this site, without people: why a page half broke. That you looked
    is recorded.

    Examples:
      sluicegate explain https://www.bet365.com/
      sluicegate explain linkedin.com --person jane.doe
      sluicegate explain linkedin.com --unit Licensing --at 12:30
      sluicegate explain outlook.live.com --from-address 198.51.100.20
      sluicegate explain bet365.com --json
      sluicegate explain --page https://news.example/
    """
    if _REFERENCE.fullmatch(url):
        raise typer.BadParameter(
            f"{url} looks like a reference; for what was decided: sluicegate decisions --reference {url}",
            param_hint="URL",
        )
    try:
        parsed = normalise_url(url)
    except UrlRefused as refusal:
        raise typer.BadParameter(f"{url[:80]!r}: {refusal}", param_hint="URL") from refusal
    place = workplace()
    if page:
        for given, option in (
            (person, "--person"),
            (role, "--role"),
            (unit, "--unit"),
            (from_address, "--from-address"),
            (moment, "--at"),
        ):
            if given is not None:
                raise typer.BadParameter(f"shows nobody, so it goes with no {option}", param_hint="--page")
        show_page(place, parsed, as_json=as_json)
        return
    asker = Asker(person, fold_login(organisation), role, unit, _address(from_address))
    explanation, who, notes = _explained(place, parsed, asker, _moment(moment))
    if as_json:
        record = _as_record(url, parsed, who, explanation, notes)
        show.json_line({**record, "ruleset": place.ruleset().digest, "policy": place.policy.digest})
    else:
        _print(url, parsed, who, explanation, notes)


type Notes = tuple[str, ...]
"""What else the gateway does with such a request, beside judging it."""


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        raise typer.BadParameter(
            f"{text[:40]!r}: expected an address such as 192.0.2.7", param_hint="--from-address"
        ) from None


def _moment(text: str | None) -> datetime:
    now = datetime.now(UTC)
    if text is None:
        return now
    try:
        return read_moment(text, now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


def _explained(place: Workplace, url: Url, asker: Asker, at: datetime) -> tuple[Explanation, Who, Notes]:
    ruleset, registers, policy = place.ruleset(), registers_now(place), place.policy
    break_glass = registers.is_open(at)
    who, notes = known_as(asker, registers.people, place.settings.identity, policy, at)

    def explained(target: str) -> Explanation:
        matches = ruleset.matches(url.host, target)
        evidence = Evidence(
            url.host,
            matches,
            registers.local_entry(url.host, target, at),
            registers.exemptions(who, url.host, target, at, [match.category for match in matches]),
            break_glass=break_glass,
        )
        return explain_evidence(evidence, policy, at, Asking(who, document=True))

    settings = place.settings
    listening = tuple((endpoint.host, endpoint.port) for endpoint in settings.gateway.endpoints)
    destinations = Destinations(settings.destinations.inner, listening)
    if destinations.refuses(url.host, url.port):
        told = "refused before it is judged: an address inside the organisation, or the gateway's own"
        notes = (*notes, told)
    if break_glass and registers.break_glass is not None:
        until = show_moment(registers.break_glass.until)
        told = f"break-glass is open until {until}: judged by its name alone, nobody asked for or recorded"
        return explained(""), who, (*notes, told)
    notes = (*notes, *told_against(who, url.host, settings.identity))
    if url.scheme in _TLS:
        by_name = explained("")
        never = never_decrypt_in_force(place.never_decrypt_file())
        if by_name.judgement.privileged or never.covers(url.host):
            return by_name, who, (*notes, "not decrypted, so judged by its name alone")
    return explained(url.target), who, notes


def _as_record(asked: str, url: Url, who: Who, found: Explanation, notes: Notes) -> dict[str, object]:
    judgement = found.judgement
    return {
        "url": asked,
        "host": url.host,
        "person": who.person,
        "organisation": who.organisation,
        "unit": who.unit,
        "role": who.role,
        "device": who.device,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "why": found.why,
        "category": judgement.category,
        "rule": found.rule,
        "rule_reason": found.rule_reason,
        "clauses": found.clauses,
        "would_be": judgement.would_be,
        "departure": found.departure,
        "categories": judgement.categories,
        "matches": [asdict(match) for match in judgement.matches],
        "privileged": judgement.privileged,
        "steps": [asdict(step) for step in found.steps],
        "local_entry": asdict(found.local_entry) if found.local_entry else None,
        "exemption": asdict(found.exemption) if found.exemption else None,
        "exemptions": [asdict(exemption) for exemption in found.exemptions],
        "record": found.record,
        "retention_class": found.retention,
        "keep_days": found.keep_days,
        "notes": notes,
    }


def _print(asked: str, url: Url, who: Who, found: Explanation, notes: Notes) -> None:
    plain, judgement = show.plain, found.judgement
    whose = f"person {plain(who.person)}" if who.person else "nobody in particular"
    known = ((", unit ", who.unit), (", role ", who.role), (", device ", who.device))
    more = "".join(f"{what}{plain(value)}" for what, value in known if value)
    show.line(f"{plain(asked)}  (host {plain(url.host)}, for {whose}{more})")
    show.line()
    rule = f": {found.rule}" if found.rule else ""
    show.line(f"{judgement.verdict.upper()}{rule} ({found.why})")
    if found.rule_reason:
        show.line(f"  {found.rule_reason}")
    for clause in found.clauses:
        show.line(f"  {clause}")
    if (match := judgement.deciding_match) is not None:
        inside = f", on {plain(match.name)} inside the URL" if match.name != url.host else ""
        show.line(
            f"  entry {plain(match.entry)} ({match.kind}), list {plain(match.list)}, line {match.line}, "
            f"found by {match.found_by}{inside}"
        )
    if (entry := found.local_entry) is not None:
        until = show_moment(entry.until) if entry.until else "taken away"
        show.line(f"  by {plain(entry.by)}, until {until}: {plain(entry.because)}")
    if found.exemption is not None:
        show.line(f"  exemption {found.exemption.id}, {_validity(found.exemption)}")
    if found.departure is not None:
        show.line(f"  by departure {plain(found.departure)} from the one standard level")
    if judgement.would_be is not None:
        show.line(f"  by what is on trial it would have been {judgement.would_be}")
    for told in notes:
        show.line(f"  {plain(told, 400)}")
    if judgement.privileged:
        show.line("  privileged: no person, address, host or path is recorded")
    show.line()
    show.line("The order of judgement")
    for step in found.steps:
        mark = "   <== decides" if step.decides else ""
        show.line(f"  {step.number}  {step.title}{'' if step.found else ': none'}{mark}")
        for what in step.found:
            show.line(f"       {plain(what, 400)}")
    show.line()
    show.line(
        f"A visit would be recorded as {found.retention}, level {found.record}, kept {found.keep_days} days."
    )


def _validity(exemption: Exemption) -> str:
    return (
        f"from {show_moment(exemption.start)} until {show_moment(exemption.until)}, "
        f"granted by {show.plain(exemption.granted_by)}: {show.plain(exemption.purpose)}"
    )
