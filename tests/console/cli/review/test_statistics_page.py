"""Numbers of nobody as a page."""

from datetime import UTC, date, datetime

from console.cli.review.statistics_page import statistics_page
from policy.review.figures import Dimension, Statistics, StatisticsQuestion, StatisticsRow
from policy.words import Verdict

MADE = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def page(*rows: StatisticsRow, monthly: bool = False) -> str:
    question = StatisticsQuestion(
        "the board", "Example", date(2026, 9, 1), date(2026, 11, 1), (Dimension.CATEGORY,)
    )
    return statistics_page(Statistics(question.since, question.until, monthly, rows), question, MADE)


def row(number: int, *, visit: bool = True) -> StatisticsRow:
    return StatisticsRow(
        date(2026, 10, 1), "games", None, None, None, Verdict.BLOCK, visit=visit, number=number
    )


def test_visits_are_in_the_columns_of_the_plot_by_their_verdict() -> None:
    text = page(row(30))
    assert "In all: 30 blocked, 0 work purpose asked, 0 allowed." in text
    assert "what has no number was nothing, or is not told" in text


def test_what_is_no_visit_is_in_no_column_of_the_plot() -> None:
    text = page(row(30, visit=False))
    assert "<svg" not in text
    assert "other requests" in text


def test_months_have_their_names() -> None:
    text = page(row(30), monthly=True)
    assert "Visits by month" in text
    assert "Oct 2026" in text
    assert "Sep 2026" in text
