"""
Which dip samples may be drawn: of whole days that are over.

Of today a sample asked for again a minute later would show when something was done.
"""

from datetime import UTC, datetime

from policy.errors import ReviewRefused
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion


def refuse_unfit_sample(question: DipSampleQuestion, now: datetime) -> None:
    """Raise `ReviewRefused` for a sample that may not be drawn at `now` (aware)."""
    if question.since >= question.until:
        raise ReviewRefused("the period ends before it begins; give one that begins first")
    today = now.astimezone(UTC).date()
    if question.until > today:
        raise ReviewRefused(f"samples are of days that are over (UTC); ask up to {today}, which is not in it")
    if not 1 <= question.size <= MOST_SAMPLED:
        raise ReviewRefused(f"a dip sample has 1 to {MOST_SAMPLED} rows, not {question.size}")
