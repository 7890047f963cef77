"""One person in the order of time."""

from datetime import timedelta

from db.engine import reading
from db.review.timeline import timeline
from policy.review.figures import Figures, FiguresAt
from policy.words import Resource, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import at, question, scope
from tests.db.stored import stored


def test_a_week_is_told_by_hours_and_what_is_longer_by_days(database: Database) -> None:
    stored(
        database.engine,
        decision(at=at(9.2)),
        decision(at=at(9.9), verdict=Verdict.ALLOW),
        decision(at=at(33)),
        decision(at=at(9), resource=Resource.UNKNOWN),
        decision(at=at(9), person="bob"),
    )
    within = scope(people=frozenset({"alice", "bob"}))
    with reading(database.engine) as connection:
        week = timeline(connection, question(), within, "alice")
        longer = timeline(connection, question(), scope(until=at(15 * 24)), "alice")
    first = Figures(allowed=1, blocked=1, other=1, other_refused=1)
    assert week.hourly
    assert week.figures == (FiguresAt(at(9), first), FiguresAt(at(33), Figures(blocked=1)))
    assert [each.visit.person for each in week.found.visits] == ["alice"] * 3
    assert not longer.hourly
    assert longer.figures == (FiguresAt(at(0), first), FiguresAt(at(24), Figures(blocked=1)))


def test_every_part_has_the_figures_of_all_of_it(database: Database) -> None:
    stored(database.engine, decision(at=at(1)), decision(at=at(2)), decision(at=at(3)))
    with reading(database.engine) as connection:
        first = timeline(connection, question(size=2), scope(), "alice")
        second = timeline(connection, question(size=2, after=first.found.after), scope(), "alice")
    assert (len(first.found.visits), len(second.found.visits)) == (2, 1)
    assert first.figures == second.figures
    assert sum(one.figures.visits for one in first.figures) == 3


def test_the_period_is_that_of_the_question_within_the_bounds(database: Database) -> None:
    with reading(database.engine) as connection:
        asked = question(since=at(10), until=at(20))
        told = timeline(connection, asked, scope(), "alice")
        beyond = timeline(connection, question(until=at(1_000)), scope(), "alice")
    assert (told.since, told.until, told.figures) == (at(10), at(20), ())
    assert beyond.until - beyond.since == timedelta(days=7)
