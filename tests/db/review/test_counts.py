"""Months that are over are counted once for everybody who asks within some minutes."""

from dataclasses import replace
from datetime import date
from typing import Any, cast

from db.review.counts import FOR_SECONDS, MOST, Counts
from policy.review.figures import Dimension, StatisticsCell, StatisticsQuestion
from policy.words import Verdict

QUESTION = StatisticsQuestion("a purpose", "", date(2026, 3, 1), date(2026, 4, 1), (Dimension.CATEGORY,))
CELL = StatisticsCell(date(2026, 3, 1), "gambling", None, None, None, Verdict.BLOCK, True, 12, 11)
NOWHERE = cast("Any", None)


class Counted:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[StatisticsQuestion] = []
        self.now = 0.0
        self.counts = Counts(self.count, lambda: self.now)

    def count(self, connection: object, question: StatisticsQuestion) -> list[StatisticsCell]:
        self.asked.append(question)
        return [CELL]


def test_who_asks_again_within_minutes_is_answered_as_the_first() -> None:
    counted = Counted()
    assert counted.counts.cells(NOWHERE, QUESTION) == (CELL,)
    counted.now = FOR_SECONDS - 1
    assert counted.counts.cells(NOWHERE, replace(QUESTION, purpose="another")) == (CELL,)
    assert len(counted.asked) == 1


def test_it_is_counted_anew_afterwards_and_for_every_other_question() -> None:
    counted = Counted()
    counted.counts.cells(NOWHERE, QUESTION)
    counted.counts.cells(NOWHERE, replace(QUESTION, organisation="Another Force"))
    counted.now = FOR_SECONDS
    counted.counts.cells(NOWHERE, QUESTION)
    assert len(counted.asked) == 3


def test_only_so_many_are_remembered_the_oldest_going_first() -> None:
    counted = Counted()
    others = [replace(QUESTION, organisation=str(number)) for number in range(MOST)]
    for question in (QUESTION, *others, others[-1], QUESTION):
        counted.counts.cells(NOWHERE, question)
    assert len(counted.asked) == 1 + MOST + 1
