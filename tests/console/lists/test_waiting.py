"""Proposals about lists: kept to the letter, asked once, replaced by a later text."""

import json

import pytest

from categories.list_change import Disable, ListChange, Put, Restore, Update
from console.cli.storage import open_store
from console.cli.workplace import Workplace
from console.lists.waiting import change_of, propose, texts_proposed
from db.local_entries import LocalChange
from db.proposals import ProposalStore
from policy.errors import ListRefused
from policy.registers import TargetKind
from policy.words import Action, ProposalOutcome
from tests.console.lists.changing import put_of
from tests.console.lists.people import somebody_else


def asked(place: Workplace, change: ListChange) -> str:
    return propose(open_store(ProposalStore, place), change, {}, because="a test")


def waiting(place: Workplace) -> set[str]:
    return {proposal.id for proposal in open_store(ProposalStore, place).pending()}


def test_what_waits_already_is_asked_once(place: Workplace) -> None:
    assert asked(place, Disable(name="own")) == asked(place, Disable(name="own"))
    assert len(waiting(place)) == 1


def test_a_later_text_takes_the_place_of_ones_own_that_waits(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = asked(place, put_of("own", "a.test")), asked(place, put_of("other", "b.test"))
    off = asked(place, Disable(name="own"))
    with somebody_else(monkeypatch):
        theirs = asked(place, put_of("own", "c.test"))
    latest = asked(place, Update(puts=(put_of("own", "d.test"), put_of("more", "e.test"))))
    assert waiting(place) == {other, off, theirs, latest}
    decided = open_store(ProposalStore, place).one(first).decided
    assert decided is not None
    assert decided.outcome is ProposalOutcome.TAKEN_BACK


def test_texts_that_would_come_into_force_are_known(place: Workplace) -> None:
    one, two = put_of("one", "a.test"), put_of("two", "b.test")
    asked(place, one)
    asked(place, Update(puts=(two,)))
    asked(place, Restore(digest="d" * 64, lists=()))
    local = LocalChange(Action.BLOCK, TargetKind.HOST, "bet.test")
    open_store(ProposalStore, place).propose(local.plain(), {}, because="phishing")
    assert texts_proposed(open_store(ProposalStore, place)) == {one.record.sha256, two.record.sha256}


def test_a_change_of_another_release_is_not_guessed_at(place: Workplace) -> None:
    with pytest.raises(ListRefused, match="this release does not know that change"):
        change_of({"what": "purge", "name": "own"})
    put: Put = put_of("own", "a.test")
    assert change_of(json.loads(json.dumps(put.model_dump(mode="json")))) == put


def test_one_that_cannot_be_read_keeps_no_other_from_being_proposed(place: Workplace) -> None:
    by_hand = open_store(ProposalStore, place).propose({"what": "purge"}, {}, because="by hand").id
    first, latest = (asked(place, put_of("own", host)) for host in ("a.test", "b.test"))
    assert waiting(place) == {by_hand, latest}
    assert first != latest
    with pytest.raises(ListRefused, match="does not know"):
        texts_proposed(open_store(ProposalStore, place))
