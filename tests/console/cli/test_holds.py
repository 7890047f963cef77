"""`sluicegate hold`, as data protection calls it, against a service in memory that judges as the real one."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from console.cli.review import connect
from policy.errors import ReviewRefused
from policy.identifiers import new_reference
from policy.review.hold import (
    FOR_GOOD,
    Hold,
    HoldTerms,
    fit_hold,
    fit_reason,
    refuse_release,
    refuse_seeing_holds,
)
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.cli.conftest import Cli

PLACE = ("hold", "place", "--matter", "ET-1", "--since", "90d", "--because", "a claim at the tribunal")


class MemoryHolds:
    """Holds of one person's asking."""

    def __init__(self, reviewer: Reviewer) -> None:
        self.reviewer = reviewer
        self.kept: list[Hold] = []

    @property
    def holds(self) -> "MemoryHolds":
        return self

    def who(self) -> Reviewer:
        return self.reviewer

    def place(self, terms: HoldTerms) -> Hold:
        fit = fit_hold(terms, self.reviewer)
        self.kept.insert(0, Hold(new_reference(), fit, self.reviewer.login, datetime.now(UTC)))
        return self.kept[0]

    def release(self, hold: str, because: str) -> Hold:
        (place,) = (place for place, one in enumerate(self.kept) if one.id == hold)
        refuse_release(self.kept[place], self.reviewer)
        self.kept[place] = replace(
            self.kept[place],
            released_at=datetime.now(UTC),
            released_by=self.reviewer.login,
            released_because=fit_reason(because),
        )
        return self.kept[place]

    def list(self) -> tuple[Hold, ...]:
        refuse_seeing_holds(self.reviewer)
        return tuple(self.kept)


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> MemoryHolds:
    made = MemoryHolds(Reviewer("", "olga", frozenset({ReviewerRole.DATA_PROTECTION})))
    monkeypatch.setattr(connect, "review", lambda: made)
    return made


def test_a_hold_on_people_keeps_also_what_is_to_come(cli: Cli, holds: MemoryHolds) -> None:
    ran = cli(*PLACE, "--person", "Alice", "--person", "bob")
    assert ran.code == 0
    (hold,) = holds.kept
    assert hold.terms.people == ("alice", "bob")
    assert hold.terms.until == FOR_GOOD
    assert "alice, bob, from" in ran.out
    assert "is kept until it is released" in ran.out


def test_a_hold_on_everybodys_rows_of_a_period(cli: Cli, holds: MemoryHolds) -> None:
    ran = cli(*PLACE, "--until", "2099-01-01", "--everybody", "--json")
    (hold,) = holds.kept
    assert json.loads(ran.out)["id"] == hold.id
    assert hold.terms.people == ()
    assert hold.terms.until < FOR_GOOD


@pytest.mark.parametrize("named", [(), ("--person", "alice", "--everybody")], ids=["nobody", "both"])
def test_it_is_said_whose_rows_are_kept(cli: Cli, holds: MemoryHolds, named: tuple[str, ...]) -> None:
    ran = cli(*PLACE, *named)
    assert ran.code == 2
    assert "--everybody" in ran.err
    assert not holds.kept


def test_what_the_service_refuses_is_said_in_a_line(cli: Cli, holds: MemoryHolds) -> None:
    ran = cli(*PLACE, "--person", "olga")
    assert ran.code == 1
    assert "themselves" in ran.err


def test_a_released_hold_is_listed_only_with_all_there_were(cli: Cli, holds: MemoryHolds) -> None:
    cli(*PLACE, "--person", "alice")
    (hold,) = holds.kept
    assert "ET-1" in cli("hold", "list").out
    ran = cli("hold", "release", f"{hold.id[:4].lower()}-{hold.id[4:]}", "--because", "settled")
    assert ran.code == 0
    assert "at the next disposal" in ran.out
    assert "ET-1" not in cli("hold", "list").out
    assert "ET-1" in cli("hold", "list", "--all").out
    (listed,) = cli("hold", "list", "--all", "--json").out.splitlines()
    assert json.loads(listed)["released_because"] == "settled"


def test_a_hold_that_names_whoever_releases_it_is_released_by_somebody_else(
    cli: Cli, holds: MemoryHolds
) -> None:
    cli(*PLACE, "--person", "alice")
    holds.reviewer = replace(holds.reviewer, login="alice")
    with pytest.raises(ReviewRefused):
        holds.release(holds.kept[0].id, "mine")
    assert cli("hold", "release", holds.kept[0].id, "--because", "mine").code == 1
