"""An own entry by one person or by two, and what is looked at again when it is approved."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.cli.storage import open_store
from console.cli.workplace import Workplace, workplace
from console.lists.own_entries import (
    allow_in_emergency,
    approve_own_entry,
    change_own_entry,
    two_people_asked,
)
from db.emergencies import EmergencyStore
from db.local_entries import LocalChange
from db.proposals import ProposalStore
from db.registers import RegisterStore
from policy.errors import RegisterRefused
from policy.registers import TargetKind
from policy.words import Action
from tests.console.cli.conftest import _built, environment, state

__all__ = ["_built", "environment", "state"]

HOST = TargetKind.HOST
BLOCK = LocalChange(Action.BLOCK, HOST, "bet.test")

type AsAnother = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def place(state: Path) -> Workplace:
    """Where one person is enough."""
    return workplace()


@pytest.fixture
def for_two(state: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Where two people are asked."""
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__TWO_PEOPLE", "true")
    return workplace()


@pytest.fixture
def as_another(monkeypatch: pytest.MonkeyPatch) -> AsAnother:
    """Another account of the same machine."""

    @contextmanager
    def another() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(os, "getuid", lambda: 12345)
            yield

    return another


def standing(place: Workplace) -> dict[str, Action]:
    return {one.entry.target: one.entry.action for one in open_store(RegisterStore, place).local_entries()}


def test_where_one_is_enough_it_holds_and_ends_at_once(place: Workplace) -> None:
    assert not two_people_asked(place)
    entered = change_own_entry(place, BLOCK, because="phishing")
    assert entered.entry is not None
    assert entered.proposal is None
    assert standing(place) == {"bet.test": Action.BLOCK}
    assert change_own_entry(place, LocalChange(None, HOST, "bet.test"), because="over").entry == entered.entry
    assert standing(place) == {}
    with pytest.raises(RegisterRefused, match="no local entry stands for bet"):
        change_own_entry(place, LocalChange(None, HOST, "bet.test"), because="over")


def test_where_two_are_asked_it_waits_for_the_second(for_two: Workplace, as_another: AsAnother) -> None:
    entered = change_own_entry(for_two, BLOCK, because="phishing")
    assert entered.entry is None
    assert entered.proposal is not None
    assert standing(for_two) == {}
    with pytest.raises(RegisterRefused, match="proposed that already, as"):
        change_own_entry(for_two, BLOCK, because="phishing")
    with pytest.raises(RegisterRefused, match="your own proposal"):
        approve_own_entry(for_two, entered.proposal, because="I agree")
    with as_another():
        approved = approve_own_entry(for_two, entered.proposal, because="agreed")
    assert approved is not None
    assert standing(for_two) == {"bet.test": Action.BLOCK}


def test_its_end_waits_too(for_two: Workplace, as_another: AsAnother) -> None:
    open_store(RegisterStore, for_two).block(HOST, "bet.test", until=None, because="from before")
    ending = change_own_entry(for_two, LocalChange(None, HOST, "bet.test"), because="over")
    assert ending.proposal is not None
    assert standing(for_two) == {"bet.test": Action.BLOCK}
    with as_another():
        assert approve_own_entry(for_two, ending.proposal, because="agreed") is not None
    assert standing(for_two) == {}


def test_a_proposal_about_lists_is_left_alone(for_two: Workplace, as_another: AsAnother) -> None:
    other = open_store(ProposalStore, for_two).propose({"what": "disable", "name": "a"}, {}, because="x")
    with as_another():
        assert approve_own_entry(for_two, other.id, because="agreed") is None
    assert open_store(ProposalStore, for_two).pending() == [other]


def test_what_nobody_may_enter_is_refused_when_proposed_and_when_approved(
    for_two: Workplace, as_another: AsAnother
) -> None:
    helpline = LocalChange(Action.BLOCK, HOST, "samaritans.org")
    with pytest.raises(RegisterRefused, match="protected by the category help"):
        change_own_entry(for_two, helpline, because="x")
    # As if it had not been a help line when it was proposed.
    waiting = open_store(ProposalStore, for_two).propose(helpline.plain(), {}, because="x")
    with as_another(), pytest.raises(RegisterRefused, match="protected by the category help"):
        approve_own_entry(for_two, waiting.id, because="agreed")
    assert standing(for_two) == {}
    assert open_store(ProposalStore, for_two).pending() == [waiting]


def test_an_emergency_holds_at_once_and_one_person_may_end_it(for_two: Workplace) -> None:
    until = datetime.now(UTC) + timedelta(hours=2)
    made = allow_in_emergency(for_two, (HOST, "custody.test"), until=until, because="ticket 1")
    assert standing(for_two) == {"custody.test": Action.ALLOW}
    change_own_entry(for_two, LocalChange(None, HOST, "custody.test"), because="repaired")
    assert standing(for_two) == {}
    assert [one.entry for one in open_store(EmergencyStore, for_two).unconfirmed()] == [made.entry]


def test_where_one_is_enough_there_is_no_emergency(place: Workplace) -> None:
    with pytest.raises(RegisterRefused, match="one person is enough here"):
        allow_in_emergency(place, (HOST, "custody.test"), until=None, because="x")


@pytest.mark.parametrize(
    ("target", "why"),
    [
        pytest.param("co.uk", "is a public suffix", id="a-public-suffix"),
        pytest.param("samaritans.org", "open to everyone already", id="what-is-open"),
        pytest.param("amtso.eicar.org", "the policy never exempts: nothing opens it", id="malware"),
    ],
)
def test_an_emergency_opens_nothing_that_an_allow_does_not(for_two: Workplace, target: str, why: str) -> None:
    with pytest.raises(RegisterRefused, match=why):
        allow_in_emergency(for_two, (HOST, target), until=None, because="x")
    assert standing(for_two) == {}
