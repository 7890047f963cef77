"""`sluicegate lists pending|approve|refuse|release`: what waits for somebody, and their word on it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from categories.list_change import Release, Withheld, WithheldWhy, Withhold
from console.cli import show
from console.cli.lists.outcome import outcome_record, print_outcome
from console.cli.storage import open_store
from console.cli.times import show_moment, show_span
from console.cli.workplace import Workplace, workplace
from console.lists.enact import Enacted, enact, enact_proposal
from console.lists.own_entries import approve_own_entry
from console.lists.told import shown_change, shown_entry
from db.emergencies import Emergency, EmergencyStore
from db.proposals import Proposal, ProposalStore
from policy.errors import RegisterRefused
from policy.identifiers import read_reference, show_reference
from policy.words import ProposalOutcome

Reference = Annotated[str, typer.Argument(metavar="REF", help='A reference of "lists pending".')]
Because = Annotated[str, typer.Option(metavar="TEXT", help="Why, in a sentence; kept with it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def pending(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """
    What waits for somebody's word.

    Changes that need a second person ("lists approve", "lists refuse"), entries
    of lists that are held back ("lists release", "lists refuse"), and own
    entries of an emergency that nobody has confirmed ("lists confirm").

    Examples:
      sluicegate lists pending
      sluicegate lists pending --json
    """
    place = workplace()
    now = datetime.now(UTC)
    proposals = open_store(ProposalStore, place).pending()
    held = [each for each in place.library.files.state().withheld if each.why.undecided]
    emergencies = open_store(EmergencyStore, place).unconfirmed()
    if as_json:
        for proposal in proposals:
            show.json_line(_proposal_record(proposal))
        for one in held:
            show.json_line(_held_record(one))
        for entry in emergencies:
            show.json_line(_emergency_record(entry))
        return
    if proposals:
        show.line("changes that wait for a second person:")
        columns = ["reference", "age", "by", "change", "because"]
        show.table(columns, (_proposal_row(proposal, now) for proposal in proposals))
    if held:
        show.line("entries that are held back:")
        columns = ["reference", "age", "list", "entry", "why", "because"]
        show.table(columns, (_held_row(one, now) for one in held))
    if emergencies:
        show.line("entries of an emergency, to be confirmed:")
        columns = ["target", "by", "confirm by", "because"]
        show.table(columns, (_emergency_row(entry) for entry in emergencies))
    if not (proposals or held or emergencies):
        show.line("nothing waits")


def approve(reference: Reference, because: Because, as_json: AsJson = False) -> None:
    """
    Approve what somebody else proposed, and carry it out.

    It is done to the lists as they are now, which may have changed since it was
    proposed, and what it changed is said. Look at it before ("lists preview
    --proposal"). Nobody approves their own.

    Examples:
      sluicegate lists approve K7QF-2M9T --because "checked with the works council"
    """
    place, wanted = workplace(), read_reference(reference)
    proposal = _proposal(place, wanted)
    entry = approve_own_entry(place, wanted, because=because)
    if entry is not None:
        if as_json:
            show.json_line(asdict(entry))
        else:
            show.line(f"approved: {show.plain(shown_change(proposal.change))}")
        return
    if not as_json:
        show.line(f"proposed by {show.plain(proposal.by)}: {show.plain(shown_change(proposal.change))}")
    done = enact_proposal(place, wanted, because=because)
    if as_json:
        show.json_line({**outcome_record(done), "before": done.told[0], "after": done.told[1]})
        return
    for name in done.told[1]:
        show.line(f"  {show.plain(name)}: {_difference(done.told, name)}")
    print_outcome(done)


def refuse(reference: Reference, because: Because, as_json: AsJson = False) -> None:
    """
    Refuse what waits: a proposal, or an entry that is held back.

    One's own proposal is taken back. An entry that is refused stays out of the
    list for good, whatever text comes.

    Examples:
      sluicegate lists refuse K7QF-2M9T --because "the whole of the bank would close"
    """
    place, wanted = workplace(), read_reference(reference)
    held = _held(place, wanted)
    if held is not None:
        change = Withhold(
            id=held.id, list=held.list, kind=held.kind, entry=held.entry, why=WithheldWhy.REFUSED
        )
        _print(enact(place, change, because=because, accept_size=True), as_json=as_json)
        return
    store = open_store(ProposalStore, place)
    try:
        proposal = store.decide(wanted, ProposalOutcome.REFUSED, because=because)
    except RegisterRefused:
        # One's own cannot be refused but taken back; whatever else is wrong is said by this, too.
        proposal = store.decide(wanted, ProposalOutcome.TAKEN_BACK, because=because)
    outcome = proposal.decided.outcome.value if proposal.decided else ""
    if as_json:
        show.json_line({"proposal": show_reference(proposal.id), "outcome": outcome})
    else:
        show.line(f"{outcome}: {show.plain(shown_change(proposal.change))}")


def release(
    references: Annotated[list[str], typer.Argument(metavar="REF...", help='References of "lists pending".')],
    because: Because,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a reference.")] = False,
) -> None:
    """
    Let entries into their lists that were held back, refused or withdrawn.

    They are not held back another time. Decisions made by a withdrawn entry
    count again. An entry against a host that must stay open cannot be let in.

    Of several references nothing is let in unless all of them are withheld;
    then each is a change of its own, one after another.

    Examples:
      sluicegate lists release 8XHV-09QR --because "the site has become a casino"
      sluicegate lists release 8XHV-09QR K7QF-2M9T --because "looked at, ticket 4711"
    """
    place = workplace()
    wanted = [_withheld(place, reference) for reference in dict.fromkeys(map(read_reference, references))]
    for held in wanted:
        change = Release(list=held.list, kind=held.kind, entry=held.entry)
        _print(enact(place, change, because=because, accept_size=True), as_json=as_json)


def _withheld(place: Workplace, reference: str) -> Withheld:
    held = _held(place, reference)
    if held is None:
        raise RegisterRefused(
            f"no entry is withheld as {show_reference(reference)}: sluicegate lists pending"
        )
    return held


def _print(done: Enacted, *, as_json: bool) -> None:
    if as_json:
        show.json_line(outcome_record(done))
    else:
        print_outcome(done)


def _held(place: Workplace, reference: str) -> Withheld | None:
    return next((each for each in place.library.files.state().withheld if each.id == reference), None)


def _proposal(place: Workplace, reference: str) -> Proposal:
    if _held(place, reference) is not None:
        raise RegisterRefused(
            f"{show_reference(reference)} is an entry that is held back: sluicegate lists release"
        )
    return open_store(ProposalStore, place).one(reference)


def _difference(told: tuple[dict[str, object], dict[str, object]], name: str) -> str:
    """What of a list differs, in the words of the change log."""
    before, after = (side.get(name) for side in told)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return "is new" if before is None else "ends" if after is None else "is another"
    parts = (
        f"{key} {_shown(before.get(key))} -> {_shown(after.get(key))}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )
    return ", ".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value):,}"
    return (
        f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else show.plain(str(value), 20)
    )


def _proposal_record(proposal: Proposal) -> dict[str, object]:
    return {
        "waits": "proposal",
        "reference": show_reference(proposal.id),
        "at": proposal.at,
        "by": proposal.by,
        "change": shown_change(proposal.change),
        "because": proposal.because,
    }


def _proposal_row(proposal: Proposal, now: datetime) -> list[str]:
    age, change = show_span(now - proposal.at), shown_change(proposal.change)
    return [show_reference(proposal.id), age, proposal.by, change, proposal.because]


def _held_record(held: Withheld) -> dict[str, object]:
    return {
        "waits": "entry",
        "reference": show_reference(held.id),
        "at": held.at,
        "list": held.list,
        "kind": held.kind,
        "entry": shown_entry(held.entry),
        "why": held.why,
        "because": held.because,
    }


def _held_row(held: Withheld, now: datetime) -> list[str]:
    entry = shown_entry(held.entry)
    return [show_reference(held.id), show_span(now - held.at), held.list, entry, held.why.value, held.because]


def _emergency_record(emergency: Emergency) -> dict[str, object]:
    return {
        "waits": "emergency",
        "target": emergency.entry.target,
        "by": emergency.entry.by,
        "confirm_by": emergency.confirm_by,
        "because": emergency.entry.because,
    }


def _emergency_row(emergency: Emergency) -> list[str]:
    entry = emergency.entry
    return [entry.target, entry.by, show_moment(emergency.confirm_by), entry.because]
