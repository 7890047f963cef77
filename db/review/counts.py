"""
What was counted of the tallies lately, so that asking again does not count millions of hours again.

A month is told once it is over and some days have passed (`policy/review/disclosure.py`); what is counted of
it hardly changes after that. An entry that is withdrawn meanwhile is taken off some minutes later.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from db.review.statistics import cells
from policy.review.figures import StatisticsCell, StatisticsQuestion

FOR_SECONDS = 600.0
MOST = 50  # questions

type Count = Callable[[Connection, StatisticsQuestion], list[StatisticsCell]]


class Counts:
    """Counts by question, whoever asks and whatever for."""

    def __init__(self, count: Count = cells, clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._clock = clock
        self._found: dict[StatisticsQuestion, tuple[float, tuple[StatisticsCell, ...]]] = {}
        self._lock = threading.Lock()

    def cells(self, connection: Connection, question: StatisticsQuestion) -> tuple[StatisticsCell, ...]:
        """As `db/review/statistics.py` has them, of at most some minutes ago."""
        question = replace(question, purpose="")
        with self._lock:
            at, found = self._found.get(question, (float("-inf"), ()))
        if self._clock() - at < FOR_SECONDS:
            return found
        found = tuple(self._count(connection, question))
        with self._lock:
            self._found.pop(question, None)
            while len(self._found) >= MOST:
                del self._found[next(iter(self._found))]
            self._found[question] = self._clock(), found
        return found
