"""The figures of all that a question asks for. None is of a person, so that none can be ranked by them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection, Subquery, func, select

from db.review.bounds import period_of
from db.review.figures import beginning, counted, figures, figures_of, plus, rows_to_count
from db.review.newest import WITHDRAWAL, wrong
from policy.review.figures import MOST_HOSTS, Figures, FiguresAt, FiguresOf, Report
from policy.review.question import Question
from policy.review.scope import Scope

_BY = ("category", "list", "exemption", "person_how", "unit")


def report(connection: Connection, question: Question, scope: Scope) -> Report:
    """By day, category, list, host, exemption, unit, and by how people were known."""
    since, until = period_of(question, scope)
    rows = rows_to_count(connection, question, scope)
    day = beginning(connection, rows.c.at, "day").label("day")
    total = Figures()
    of: dict[str, dict[str | None, Figures]] = {name: defaultdict(Figures) for name in _BY}
    of_day: dict[datetime, Figures] = {one: Figures() for one in _days(since, until)}
    # Alike in all of them at once: one scan for what six would answer.
    for row, some in counted(connection, rows, [day, *(rows.c[name] for name in _BY)]):
        total = plus(total, some)
        of_day[row.day] = plus(of_day[row.day], some)
        for name in _BY:
            of[name][row._mapping[name]] = plus(of[name][row._mapping[name]], some)
    hosts, by_host = _hosts(connection, rows)
    return Report(
        since=since,
        until=until,
        total=total,
        by_day=tuple(FiguresAt(at, some) for at, some in sorted(of_day.items())),
        by_category=_named(of["category"]),
        by_list=_named(of["list"]),
        by_host=by_host,
        hosts=hosts,
        by_exemption=_named(of["exemption"]),
        by_person_how=_named(of["person_how"]),
        by_unit=_named(of["unit"]),
    )


def _hosts(connection: Connection, rows: Subquery) -> tuple[int, tuple[FiguresOf, ...]]:
    """How many hosts there are, and those with the most visits."""
    known = rows.outerjoin(WITHDRAWAL, wrong(rows))
    counts = figures_of(rows)
    by_host = (
        select(rows.c.host, *counts).select_from(known).where(rows.c.host.is_not(None)).group_by(rows.c.host)
    )
    each = by_host.subquery()
    c = each.c
    query = (
        select(each, func.count().over().label("hosts"))
        .order_by((c.allowed + c.confirmed + c.blocked).desc(), c.host)
        .limit(MOST_HOSTS)
    )
    found = connection.execute(query).all()
    return (found[0].hosts if found else 0), tuple(FiguresOf(row.host, figures(row)) for row in found)


def _named(of: dict[str | None, Figures]) -> tuple[FiguresOf, ...]:
    """By name, that of nothing last."""
    return tuple(FiguresOf(what, of[what]) for what in sorted(of, key=lambda one: (one is None, one or "")))


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    day = datetime.combine(since.astimezone(UTC).date(), time(), UTC)
    while day < until:
        yield day
        day += timedelta(days=1)
