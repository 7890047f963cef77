"""What a preview is of: the lists and the policy as they would be, built and checked, and not in force."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from categories.check import find_conflicts
from categories.library_state import changed
from categories.list_change import (
    Disable,
    Enable,
    ListChange,
    NeverDecrypt,
    Put,
    Release,
    Remove,
    Restore,
    Update,
    Withhold,
)
from categories.plausibility.held import Held
from categories.ruleset import Ruleset
from console.cli.storage import open_store
from console.cli.workplace import Workplace
from console.lists.enact import rehearse
from console.lists.told import shown_entry
from console.lists.visited import most_visited
from console.lists.waiting import change_of
from db.proposals import ProposalStore
from policy.document import Policy, read_policy
from policy.errors import ListRefused
from policy.identifiers import show_reference


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Ruleset and a policy that could be put in force."""

    change: str  # in words, for people and for the Access
    ruleset: Ruleset
    policy: Policy
    notes: tuple[str, ...] = ()  # what else would come of it, a line each
    # Hosts that people visit most: what newly blocks one of them waits until somebody lets it in.
    waits_at: frozenset[str] = frozenset()


def candidate_of_change(place: Workplace, change: ListChange) -> Candidate:
    """
    The Ruleset that a change of lists would put in force; built where it is not there yet.

    Raises as `enact` does, and `ListRefused` for a change that no request is judged by.
    """
    if isinstance(change, NeverDecrypt):
        raise ListRefused(
            "what is never decrypted is judged by its name alone, and blocked or allowed as before: there is "
            "nothing to preview"
        )
    rehearsed = rehearse(place, change)
    digest = rehearsed.digest
    if digest is None:
        raise ListRefused("the change makes no Ruleset")
    ruleset = place.store.open(place.store.folder(digest))
    place.store.prune()  # it is the newest; what earlier previews left goes
    return Candidate(
        in_words(change),
        ruleset,
        place.policy,
        notes=tuple(f"held back, and not among what follows: {_shown(held)}" for held in rehearsed.held),
        waits_at=frozenset(each.host for each in most_visited(place)),
    )


def _shown(held: Held) -> str:
    """An entry that is held back; of a confidential list neither the entry nor what it covers."""
    shown = shown_entry(held.entry)
    return str(held) if shown == held.entry else f"{held.list} line {held.line}: {shown}: {held.why}"


def candidate_of_proposal(place: Workplace, reference: str) -> Candidate:
    """What a proposal would put in force if it were approved now. Raises as `candidate_of_change` does."""
    proposal = open_store(ProposalStore, place).one(reference)
    if proposal.change.get("what") == "local-entry":
        raise ListRefused(
            f"{show_reference(reference)}: is about one entry of an administrator's own, no list"
        )
    return candidate_of_change(place, change_of(proposal.change))


_STANDARD_ONLY = (
    "its departures and its allowance take no part, since a preview knows nobody: what one would do is "
    "recorded while it has trial = true"
)


def candidate_of_policy(place: Workplace, file: Path, ruleset: Ruleset, now: datetime) -> Candidate:
    """
    A policy file beside the lists in force.

    Raises `ConfigurationError` for one that cannot be read, and `ListRefused` where the lists in force would
    not go with it.
    """
    policy = read_policy(file)
    unknown = sorted({info.category for info in ruleset.lists} - set(policy.rules))
    if unknown:
        raise ListRefused(
            f"{file}: has no rule for {', '.join(unknown)}, and lists in force are of it: what they cover "
            "would be refused as undecidable; add a rule, or remove those lists first"
        )
    restored = Restore(digest=ruleset.digest, lists=ruleset.lists)
    state = changed(place.library.files.state(), restored, frozenset(), at=now, because="")
    sources = place.library.sources(state)
    conflicts = find_conflicts(ruleset, sources, policy, now)
    notes = [f"would not be allowed, and must be: {conflict}" for conflict in conflicts]
    if policy.departures or policy.allowance is not None:
        notes.append(_STANDARD_ONLY)
    return Candidate(f"the policy of {file.name}", ruleset, policy, tuple(notes))


def in_words(change: ListChange) -> str:
    """A change as people say it. What an entry of a confidential list says is not repeated."""
    match change:
        case Put(record=record):
            return f"list {record.name} ({record.category}) with text {record.sha256[:12]}"
        case Update(puts=puts):
            return "; ".join(map(in_words, puts))
        case Remove(name=name):
            return f"list {name} removed"
        case Disable(name=name):
            return f"list {name} disabled"
        case Enable(name=name):
            return f"list {name} enabled"
        case Restore(digest=digest):
            return f"lists as of Ruleset {digest[:12]}"
        case Withhold():
            return f"without {shown_entry(change.entry)} of list {change.list}"
        case Release():
            return f"with {shown_entry(change.entry)} of list {change.list} let in"
        case NeverDecrypt():
            return "another never-decrypt list"
