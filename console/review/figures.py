"""
Numbers, and rows of nobody, for which no authority is needed.

What may be told of numbers is `policy/review/disclosure.py`'s to say: it asks for more of the tallies than
the question does, and gives less.
"""

from console.review.answers import Figure, Transparency
from console.review.parts import Parts
from console.review.recording import Recording, as_record
from db.review.dip_sample import sample
from db.review.quarter import counts
from policy.errors import ReviewRefused
from policy.review.disclosure import lattice, told
from policy.review.figures import Statistics, StatisticsQuestion
from policy.review.reviewer import Reviewer
from policy.review.rows import DipSampleQuestion, DipSampleRow
from policy.review.sampling import refuse_unfit_sample
from policy.review.transparency import figures, read_quarter
from policy.words import CategoryKind, ReviewerRole


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
            cells = self._parts.counts.cells
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
            refuse_unfit_sample(question, self._parts.now())
        with self._recording.look(what, record, purpose=question.purpose) as look:
            rows = sample(look.connection, question)
            look.seen(len(rows))
        return tuple(rows)

    def transparency(self, quarter: str) -> Transparency:
        """The figures of one quarter, such as "2026-Q4"."""
        what, policy, now = "transparency report", self._parts.policy, self._parts.now()
        with self._recording.refusals(what, {"quarter": quarter}):
            self._recording.need(ReviewerRole.STATISTICS, ReviewerRole.AUDITOR, ReviewerRole.DATA_PROTECTION)
            asked = read_quarter(quarter)
            if asked.since > now:
                raise ReviewRefused(f"{asked} has not begun; ask for an earlier one")
        privileged = policy.of_kind(CategoryKind.PRIVILEGED, CategoryKind.HELP)
        with self._recording.look(what, {"quarter": str(asked)}) as look:
            counted = counts(look.connection, self._reviewer.organisation, asked, privileged, now)
            found = tuple(Figure(name, number) for name, number in figures(counted))
            look.seen(len(found), "counted")
        return Transparency(str(asked), found)

    def _refuse_unfit(self, question: StatisticsQuestion | DipSampleQuestion) -> None:
        self._recording.need(ReviewerRole.STATISTICS)
        if question.organisation != self._reviewer.organisation:
            raise ReviewRefused("figures are of one's own organisation")
        if not question.purpose.strip():
            raise ReviewRefused("no purpose is given; say in a few words why you look")
