"""
Numbers, and rows of nobody, for which no authority is needed.

What may be told of numbers is `policy/review/disclosure.py`'s to say: it asks for more of the tallies than
the question does, and gives less.
"""

from console.review.answers import Transparency
from console.review.parts import Parts
from console.review.recording import Recording, as_record
from db.review.dip_sample import sample
from db.review.statistics import cells
from policy.errors import ReviewRefused
from policy.review.disclosure import lattice, told
from policy.review.figures import Statistics, StatisticsQuestion
from policy.review.reviewer import Reviewer
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion, DipSampleRow
from policy.words import ReviewerRole


class Figures:
    """What one person may count."""

    def __init__(self, parts: Parts, reviewer: Reviewer) -> None:
        self._parts = parts
        self._reviewer = reviewer
        self._recording = Recording(parts.looks, reviewer)

    def statistics(self, question: StatisticsQuestion) -> Statistics:
        """Counts, small ones and what would give them away not told."""
        what, record = "review statistics", as_record(question, "purpose")
        now = self._parts.now()
        with self._recording.refusals(what, record, purpose=question.purpose):
            self._refuse_unfit(question)
            reads = lattice(question, now)
        with self._recording.look(what, record, purpose=question.purpose) as look:
            columns = cells(look.connection, reads.columns)
            parts = None if reads.parts is None else cells(look.connection, reads.parts)
            kept = {kind: rule.keep_days for kind, rule in self._parts.policy.records.items()}
            found = told(question, columns, parts, kept, now)
            look.seen(len(found.rows), "counted")
        return found

    def dip_sample(self, question: DipSampleQuestion) -> tuple[DipSampleRow, ...]:
        """So many decisions of these whole days by chance."""
        what, record = "review dip sample", as_record(question, "purpose")
        with self._recording.refusals(what, record, purpose=question.purpose):
            self._refuse_unfit(question)
            if question.since >= question.until:
                raise ReviewRefused("the period ends before it begins; give one that begins first")
            if not 1 <= question.size <= MOST_SAMPLED:
                raise ReviewRefused(f"a dip sample has 1 to {MOST_SAMPLED} rows, not {question.size}")
        with self._recording.look(what, record, purpose=question.purpose) as look:
            rows = sample(look.connection, question)
            look.seen(len(rows))
        return tuple(rows)

    def transparency(self, quarter: str) -> Transparency:
        """The figures of one quarter, such as "2026-Q4"."""
        raise ReviewRefused(f"{quarter}: this service has no figures of quarters yet")

    def _refuse_unfit(self, question: StatisticsQuestion | DipSampleQuestion) -> None:
        self._recording.need(ReviewerRole.STATISTICS)
        if question.organisation != self._reviewer.organisation:
            raise ReviewRefused("figures are of one's own organisation")
        if not question.purpose.strip():
            raise ReviewRefused("no purpose is given; say in a few words why you look")
