"""Numbers of nobody as a table."""

from datetime import date

from console.cli.review import statistics_shown
from policy.review.figures import Dimension, Statistics, StatisticsRow
from policy.words import Verdict

BY = (Dimension.CATEGORY, Dimension.UNIT)


def row(verdict: Verdict, number: int, category: str | None = "games") -> StatisticsRow:
    return StatisticsRow(date(2026, 10, 1), category, None, "CID", None, verdict, visit=True, number=number)


ANSWER = Statistics(
    date(2026, 10, 1),
    date(2026, 11, 1),
    True,
    (row(Verdict.ALLOW, 20), row(Verdict.BLOCK, 15), row(Verdict.ALLOW, 30, None)),
    gone=("visit 2026-07",),
)


def test_a_row_a_number() -> None:
    assert statistics_shown.columns(BY) == ("period (UTC)", "category", "unit", "verdict", "what", "number")
    assert list(statistics_shown.cells(ANSWER, BY)) == [
        ("2026-10", "games", "CID", "allow", "visits", 20),
        ("2026-10", "games", "CID", "block", "visits", 15),
        ("2026-10", "(none)", "CID", "allow", "visits", 30),
    ]


def test_verdicts_beside_each_other_and_what_has_no_number_is_empty() -> None:
    assert statistics_shown.wide_columns(BY)[-3:] == ("allowed", "purpose asked", "blocked")
    assert statistics_shown.wide_cells(ANSWER, BY) == [
        ("2026-10", "games", "CID", "visits", 20, None, 15),
        ("2026-10", "(none)", "CID", "visits", 30, None, None),
    ]


def test_what_the_numbers_leave_out_is_said() -> None:
    says = statistics_shown.says(ANSWER)
    assert says.startswith("2026-10-01 to 2026-10-31 (UTC, both included)")
    assert "is not told" in says
    assert says.endswith("not kept whole any more: visit 2026-07")


def test_every_dimension_has_its_column() -> None:
    everything = tuple(Dimension)
    (cells, *_) = statistics_shown.cells(ANSWER, everything)
    assert len(cells) == len(statistics_shown.columns(everything))
