"""Numbers of nobody as a page."""

from datetime import date, datetime, timedelta

from console.cli.review import statistics_shown
from console.cli.review.page import Head, Table, render
from console.cli.review.plots import Columns, Series, columns
from policy.review.figures import Statistics, StatisticsQuestion
from policy.words import Verdict


def statistics_page(answer: Statistics, question: StatisticsQuestion, made: datetime) -> str:
    """The whole page."""
    return render(
        "statistics.html",
        Head(
            "Statistics of the web filter",
            made,
            question.purpose,
            (
                ("Organisation", question.organisation or "the gateway's own"),
                ("Numbers", statistics_shown.says(answer)),
            ),
        ),
        step="month" if answer.monthly else "day",
        plot=_plot(answer),
        every=Table(
            "Every number",
            statistics_shown.wide_columns(question.by),
            tuple(statistics_shown.wide_cells(answer, question.by)),
        ),
    )


def _plot(answer: Statistics) -> Columns:
    periods = _periods(answer)
    counted = dict.fromkeys(((one, verdict) for one in periods for verdict in Verdict), 0)
    for row in answer.rows:
        if row.visit:
            counted[row.period, row.verdict] += row.number

    def of(name: str, verdict: Verdict) -> Series:
        return Series(name, verdict, tuple(counted[one, verdict] for one in periods))

    return columns(
        "by-time",
        "Visits; what is not told is not in the columns",
        [f"{one:%b %Y}" if answer.monthly else f"{one:%-d %b}" for one in periods],
        [
            of("blocked", Verdict.BLOCK),
            of("work purpose asked", Verdict.CONFIRM),
            of("allowed", Verdict.ALLOW),
        ],
    )


def _periods(answer: Statistics) -> list[date]:
    """Every day or month of the answer, those without a number too."""
    found, at = [], answer.since
    while at < answer.until:
        found.append(at)
        at = (
            (at.replace(day=1) + timedelta(days=32)).replace(day=1)
            if answer.monthly
            else at + timedelta(days=1)
        )
    return found
