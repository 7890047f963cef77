"""One person's timeline as a page: a plot, and the rows with what limits each of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from console.cli.review import spans
from console.cli.review.bounds_shown import facts
from console.cli.review.page import Head, Table, render
from console.cli.review.rows_shown import (
    WITHDRAWN_ON,
    Row,
    cannot_show,
    known_by,
    pieces,
    rest_line,
    rows_of,
    visits_line,
)
from console.cli.times import show_moment
from console.review.answers import Within
from policy.identifiers import show_reference
from policy.review.figures import Figures, FiguresAt, Timeline
from policy.review.meaning import RESOURCE
from policy.review.rows import ReviewedDecision


def timeline_page(
    within: Within[Timeline], purpose: str, made: datetime, *, visits_only: bool = False
) -> str:
    """The whole page."""
    answer = within.answer
    rows = rows_of([answer.found])
    decisions = [row.decision for row in rows]
    visits = [row for row in rows if row.page is not None]
    rest = [row.decision for row in rows if row.page is None]
    return render(
        "timeline.html",
        Head(f"Timeline of {answer.person}", made, purpose, tuple(facts(within.bounds))),
        cannot_show=cannot_show(decisions),
        step="hour" if answer.hourly else "day",
        plot=spans.plot(every_step(answer), hourly=answer.hourly),
        by_time=spans.table("Visits and other requests", answer.figures, hourly=answer.hourly),
        visits=_visits(visits),
        visits_line=visits_line([row.decision for row in visits]),
        rest=_rest(rest),
        rest_line=rest_line(rest, visits_only=visits_only),
        more="There is more than these rows; the figures above are of all of them."
        if answer.found.after
        else "",
    )


def every_step(answer: Timeline) -> list[FiguresAt]:
    """The figures of every hour or day of the period: what had nothing has its place in a plot."""
    step = timedelta(hours=1) if answer.hourly else timedelta(days=1)
    known = {each.at.astimezone(UTC): each.figures for each in answer.figures}
    start = answer.since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    at = start if answer.hourly else start.replace(hour=0)
    found = []
    while at < answer.until:
        found.append(FiguresAt(at, known.get(at, Figures())))
        at += step
    return found


def _visits(rows: Sequence[Row]) -> Table:
    return _table(
        "Visits",
        ("time", "known by", "verdict", "reason", "category", "host", "path", "also asked for"),
        [
            (
                one := row.decision,
                (
                    *(show_moment(one.at), known_by(one), one.verdict, one.reason, one.category),
                    *(one.host, one.path, pieces(row.page)),
                ),
            )
            for row in rows
        ],
    )


def _rest(rows: Sequence[ReviewedDecision]) -> Table:
    return _table(
        "Other requests",
        ("time", "known by", "what it was", "part of", "verdict", "reason", "category", "host"),
        [
            (
                one,
                (
                    *(show_moment(one.at), known_by(one), RESOURCE[one.resource].short, one.page),
                    *(one.verdict, one.reason, one.category, one.host),
                ),
            )
            for one in rows
        ],
    )


def _table(
    caption: str, columns: tuple[str, ...], rows: Sequence[tuple[ReviewedDecision, tuple[object, ...]]]
) -> Table:
    withdrawn = any(one.withdrawn_on for one, _ in rows)
    return Table(
        caption,
        (*columns, "reference", *([WITHDRAWN_ON] if withdrawn else ())),
        tuple(
            (
                *cells,
                show_reference(one.reference),
                *([one.withdrawn_on and show_moment(one.withdrawn_on)] if withdrawn else ()),
            )
            for one, cells in rows
        ),
    )
