"""
An administrator's own allow or block, entered by one person or agreed on by two.

Two are asked where the setting says so, and where the database does: it may have been told by another
gateway's settings, and then refuses what one person enters. What nobody may enter
(`console/cli/protected.py`) is refused when it is proposed, and again when it is approved, since lists change
meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime

from console.cli.protected import refuse_allow, refuse_block, refuse_emergency
from console.cli.storage import open_store
from console.cli.targets import Target
from console.cli.workplace import Workplace
from db.emergencies import Emergency, EmergencyStore
from db.local_entries import LocalChange
from db.proposals import ProposalStore
from db.registers import RegisterStore
from policy.errors import RegisterRefused
from policy.identifiers import show_reference
from policy.registers import LocalEntry
from policy.words import Action, ProposalOutcome


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of it: the entry that was entered or ended, or the reference of the proposal."""

    entry: LocalEntry | None
    proposal: str | None
    stay_open: tuple[str, ...] = ()  # essential hosts that a block leaves open


def change_own_entry(place: Workplace, change: LocalChange, *, because: str) -> Entered:
    """
    Enter or end an own entry, or propose it where two people are asked.

    Raises `RegisterRefused` or `DatabaseAway`, and then nothing has changed.
    """
    stay_open = _refuse_unfit(place, change)
    store = open_store(RegisterStore, place)
    if two_people_asked(place) and not _ends_an_emergency(place, change):
        return Entered(None, _propose(place, change, because), stay_open)
    if change.action is None:
        return Entered(store.forget(change.kind, change.target, because=because), None)
    enter = store.allow if change.action is Action.ALLOW else store.block
    entry = enter(change.kind, change.target, until=change.until, because=because)
    return Entered(entry, None, stay_open)


def allow_in_emergency(
    place: Workplace, target: Target, *, until: datetime | None, because: str
) -> Emergency:
    """
    Allow at once what otherwise waits for a second person.

    Raises `RegisterRefused` where nothing waits for one, and as `EmergencyStore.allow_in_emergency` does.
    """
    kind, text = target
    refuse_allow(place, target)
    refuse_emergency(place, target)
    if not two_people_asked(place):
        raise RegisterRefused("one person is enough here; leave --emergency out")
    return open_store(EmergencyStore, place).allow_in_emergency(kind, text, until=until, because=because)


def approve_own_entry(place: Workplace, reference: str, *, because: str) -> LocalEntry | None:
    """
    Approve a proposal about an own entry; the entry that was entered or ended, None where it is about lists.

    Raises `RegisterRefused` as `RegisterStore.enact` does, and for what nobody may enter any more.
    """
    proposal = open_store(ProposalStore, place).decidable(reference, ProposalOutcome.APPROVED)
    change = LocalChange.of(proposal.change)
    if change is None:
        return None
    _refuse_unfit(place, change)
    return open_store(RegisterStore, place).enact(reference, because=because)[1]


def two_people_asked(place: Workplace) -> bool:
    """Whether an own entry needs two people. Raises `DatabaseAway`."""
    return place.settings.categories.two_people or open_store(RegisterStore, place).two_people


def _refuse_unfit(place: Workplace, change: LocalChange) -> tuple[str, ...]:
    target = (change.kind, change.target)
    match change.action:
        case Action.ALLOW:
            refuse_allow(place, target)
        case Action.BLOCK:
            return tuple(refuse_block(place, target))
        case _:
            standing = [one.entry for one in open_store(RegisterStore, place).local_entries()]
            if not any((one.kind, one.target) == target for one in standing):
                raise RegisterRefused(f"no local entry stands for {change.target}")
    return ()


def _ends_an_emergency(place: Workplace, change: LocalChange) -> bool:
    """What one person opened one person may close."""
    if change.action is not None:
        return False
    emergencies = {one.entry.id for one in open_store(EmergencyStore, place).emergencies()}
    return any(
        one.entry.id in emergencies
        for one in open_store(RegisterStore, place).local_entries()
        if (one.entry.kind, one.entry.target) == (change.kind, change.target)
    )


def _propose(place: Workplace, change: LocalChange, because: str) -> str:
    store = open_store(ProposalStore, place)
    plain = change.plain()
    for waiting in store.pending():
        if waiting.change == plain:
            raise RegisterRefused(
                f"{waiting.by} proposed that already, as {show_reference(waiting.id)}; "
                "approve it: sluicegate lists approve"
            )
    return store.propose(plain, {"own entry": plain}, because=because).id
