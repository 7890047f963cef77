"""
Counts the Decisions that are taken into keeping: by verdict, deciding category and reason.

It stands where a worker's Decisions leave for the log, so that what is counted is exactly what is on record.

Of what is kept at level `category` (a privileged site, everything while break-glass is open) the log has the
hour and no more. A counter that is read every few seconds would give the minute away, so such a Decision
counts as one in which no category had a say.
"""

from collections import Counter
from collections.abc import Mapping

from addons.snapshots import DecisionLog
from policy.decision import Decision, Outcome
from policy.words import Reason, RecordLevel, Verdict

type Key = tuple[Verdict, str | None, Reason]


class Tally:
    """A decision log that counts what the one behind it has taken."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._counts: Counter[Key] = Counter()

    def record(self, decision: Decision) -> None:
        """As the log behind does."""
        self._log.record(decision)
        self._count(decision)

    async def record_soon(self, decision: Decision) -> None:
        """As the log behind does."""
        await self._log.record_soon(decision)
        self._count(decision)

    def outcome(self, outcome: Outcome) -> None:
        """As the log behind does."""
        self._log.outcome(outcome)

    def _count(self, decision: Decision) -> None:
        if not decision.final:
            return
        if decision.record is RecordLevel.CATEGORY:
            allowed = decision.verdict is Verdict.ALLOW
            self._counts[decision.verdict, None, Reason.NOT_LISTED if allowed else Reason.LISTED] += 1
        else:
            self._counts[decision.verdict, decision.category, decision.reason] += 1

    def counts(self) -> Mapping[str, int]:
        """How many, by `verdict:reason:category`; the last is empty where no category decided."""
        return {
            f"{verdict}:{reason}:{category or ''}": count
            for (verdict, category, reason), count in self._counts.items()
        }
