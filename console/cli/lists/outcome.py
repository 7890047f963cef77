"""What became of a change of lists, for people and for programs: the same words after every command."""

from dataclasses import asdict

from console.cli import show
from console.lists.enact import Enacted
from console.lists.told import shown_entry
from policy.identifiers import show_reference

SHOWN = 10


def outcome_record(done: Enacted, *, in_force: bool = True) -> dict[str, object]:
    """The fields that the JSON of every changing command has."""
    return {
        "ruleset": done.digest,
        "in_force": in_force and done.proposal is None,
        "proposal": show_reference(done.proposal) if done.proposal else None,
        "held": [{**asdict(held), "entry": shown_entry(held.entry)} for held in done.held],
        "seconds": round(done.report.seconds, 3) if done.report else None,
    }


def print_outcome(done: Enacted, *, in_force: bool = True) -> None:
    """What is in force now, or what it waits for."""
    for note in done.notes:
        show.note(note)
    for held in done.held[:SHOWN]:
        entry = show.plain(shown_entry(held.entry), 80)
        show.line(
            f"  held back: {show.plain(held.list)} line {held.line}: {entry}: {show.plain(held.because, 300)}"
        )
    if len(done.held) > SHOWN:
        show.line(f"  and {len(done.held) - SHOWN:,} more")
    if done.held:
        show.line("  what is held back stays out of the lists; look at it: sluicegate lists pending")
    if done.proposal is not None:
        show.line(f"needs a second person: {show.plain(done.second_person_because or '')}")
        show.line(f"waits for approval: sluicegate lists approve {show_reference(done.proposal)}")
    elif done.report is None:
        show.line(f"done; Ruleset {(done.digest or '')[:12]} in force stays")
    else:
        entries = sum(each.entries for each in done.report.lists)
        # A text's entries are counted when it is read, whatever is left out of it since.
        left_out = sum(len(each.left_out) for each in done.report.lists)
        without = f", without those on {left_out:,} of their lines" if left_out else ""
        what = "in force" if in_force else "built and checked; what is in force stays"
        show.line(
            f"Ruleset {done.report.digest[:12]} {what}: {len(done.report.lists)} lists, "
            f"{entries:,} entries{without}, {done.report.seconds:.1f} s"
        )
