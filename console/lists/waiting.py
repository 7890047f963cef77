"""
Proposals that are about lists: kept to the letter, asked once, and replaced by a later text of the same list.

The database keeps a change as plain JSON (`db/proposals.py`); here it is a `ListChange` again.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from categories.list_change import CHANGE, ListChange, Put, Restore, Update
from db.local_entries import LocalChange
from db.proposals import Proposal, ProposalStore
from policy.errors import ListRefused, RegisterRefused
from policy.identifiers import show_reference
from policy.words import ProposalOutcome


def change_of(stored: object) -> ListChange:
    """A change as a proposal keeps it. Raises `ListRefused` for one of another release."""
    try:
        return CHANGE.validate_python(stored)
    except ValidationError as error:
        raise ListRefused("this release does not know that change of lists; propose it again") from error


def propose(proposals: ProposalStore, change: ListChange, summary: Mapping[str, Any], *, because: str) -> str:
    """
    Let a change wait for a second person; the reference of the proposal.

    What waits already is not proposed again: a timer that asks for the same every day asks once. Raises as
    `ProposalStore.propose` does.
    """
    stored = change.model_dump(mode="json")
    for waiting in proposals.pending():
        if waiting.change == stored:
            return waiting.id
    proposal = proposals.propose(stored, summary, because=because)
    _take_back_older(proposals, change, proposal)
    return proposal.id


def texts_proposed(proposals: ProposalStore) -> set[str]:
    """The sha256 of every text that a proposal would bring into force. Raises `ListRefused`."""
    return {sha256 for each in _about_lists(proposals) for sha256 in _texts_of(change_of(each.change))}


def _about_lists(proposals: ProposalStore) -> Iterator[Proposal]:
    for proposal in proposals.pending():
        if LocalChange.of(proposal.change) is None:
            yield proposal


def _take_back_older(proposals: ProposalStore, change: ListChange, proposal: Proposal) -> None:
    """A feed that publishes every day, and that nobody approves, waits with its newest text alone."""
    names = _put_by(change)
    for older in _about_lists(proposals):
        # One of another release, or somebody else's: theirs to take back, or to be refused.
        with suppress(ListRefused, RegisterRefused):
            replaced = _put_by(change_of(older.change))
            if older.id == proposal.id or not replaced or not replaced <= names:
                continue
            because = f"a later text was proposed: {show_reference(proposal.id)}"
            proposals.decide(older.id, ProposalOutcome.TAKEN_BACK, because=because)


def _put_by(change: ListChange) -> set[str]:
    """The names of the lists that a change puts another text of in force."""
    match change:
        case Put(record=record):
            return {record.name}
        case Update(puts=puts):
            return {put.record.name for put in puts}
        case _:
            return set()


def _texts_of(change: ListChange) -> Iterator[str]:
    """The sha256 of each text that a change brings into force."""
    match change:
        case Put(record=record):
            yield record.sha256
        case Update(puts=puts):
            yield from (put.record.sha256 for put in puts)
        case Restore(lists=lists):
            yield from (info.sha256 for info in lists)
