"""What is counted is exactly what is on record."""

from dataclasses import replace

import pytest

from addons.observe.tally import Tally
from policy.decision import Decision, Judgement, Outcome
from policy.errors import DecisionLogUnavailable
from policy.words import Reason, Verdict
from tests.samples import decision, match

BLOCKED = decision(
    Judgement(Verdict.BLOCK, Reason.LISTED, "bet.example", "gambling", (match("gambling", "bet.example"),))
)
ALLOWED = decision(Judgement(Verdict.ALLOW, Reason.NOT_LISTED, "news.example"))
PRIVILEGED = decision(
    Judgement(
        Verdict.ALLOW,
        Reason.LISTED,
        "union.example",
        "help",
        (match("help", "union.example"),),
        privileged=True,
    )
)


class Log:
    """Takes what it is given, until it is full."""

    def __init__(self) -> None:
        self.taken: list[Decision | Outcome] = []
        self.full = False

    def record(self, decision: Decision) -> None:
        if self.full:
            raise DecisionLogUnavailable("full")
        self.taken.append(decision)

    async def record_soon(self, decision: Decision) -> None:
        self.record(decision)

    def outcome(self, outcome: Outcome) -> None:
        self.taken.append(outcome)


async def test_decisions_are_counted_by_verdict_reason_and_category_however_they_are_kept() -> None:
    log = Log()
    tally = Tally(log)
    tally.record(BLOCKED)
    tally.record(ALLOWED)
    await tally.record_soon(BLOCKED)
    assert log.taken == [BLOCKED, ALLOWED, BLOCKED]
    assert tally.counts() == {"block:listed:gambling": 2, "allow:not-listed:": 1}


async def test_what_the_log_did_not_take_is_not_counted() -> None:
    log = Log()
    tally = Tally(log)
    log.full = True
    with pytest.raises(DecisionLogUnavailable):
        tally.record(BLOCKED)
    with pytest.raises(DecisionLogUnavailable):
        await tally.record_soon(BLOCKED)
    assert tally.counts() == {}


def test_an_exchange_counts_once_by_its_final_decision() -> None:
    tally = Tally(Log())
    tally.record(replace(ALLOWED, final=False))
    tally.record(BLOCKED)
    assert tally.counts() == {"block:listed:gambling": 1}


@pytest.mark.parametrize(
    ("verdict", "counted"),
    [
        pytest.param(Verdict.ALLOW, "allow:not-listed:", id="allowed"),
        pytest.param(Verdict.BLOCK, "block:listed:", id="refused"),
    ],
)
def test_what_the_log_keeps_by_the_hour_alone_is_one_of_many(verdict: Verdict, counted: str) -> None:
    """A counter read every few seconds would otherwise give the minute away."""
    tally = Tally(Log())
    tally.record(replace(PRIVILEGED, verdict=verdict))
    assert tally.counts() == {counted: 1}
