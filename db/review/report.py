"""The figures of all that a question asks for. None is of a person, so that none can be ranked by them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from db.review.bounds import period_of
from db.review.figures import beginning, counted, plus, rows_to_count
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
    # What is alike in all of these at once is added up here: not many, as long as the day is not among them.
    by_names = [rows.c[name] for name in _BY]
    alike, days, hosts = counted(connection, rows, by_names, [day], [rows.c.host])
    for row, some in days:
        of_day[row.day] = plus(of_day[row.day], some)
    for row, some in alike:
        total = plus(total, some)
        for name in _BY:
            what = getattr(row, name)
            of[name][what] = plus(of[name][what], some)
    of_host = {row.host: some for row, some in hosts if row.host is not None}
    return Report(
        since=since,
        until=until,
        total=total,
        by_day=tuple(FiguresAt(at, some) for at, some in sorted(of_day.items())),
        by_category=_named(of["category"]),
        by_list=_named(of["list"]),
        by_host=_most_visited(of_host),
        hosts=len(of_host),
        by_exemption=_named(of["exemption"]),
        by_person_how=_named(of["person_how"]),
        by_unit=_named(of["unit"]),
    )


def _most_visited(of: Mapping[str, Figures]) -> tuple[FiguresOf, ...]:
    most = sorted(of, key=lambda host: (-of[host].visits, host))[:MOST_HOSTS]
    return tuple(FiguresOf(host, of[host]) for host in most)


def _named(of: dict[str | None, Figures]) -> tuple[FiguresOf, ...]:
    """By name, that of nothing last."""
    return tuple(FiguresOf(what, of[what]) for what in sorted(of, key=lambda one: (one is None, one or "")))


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    day = datetime.combine(since.astimezone(UTC).date(), time(), UTC)
    while day < until:
        yield day
        day += timedelta(days=1)
