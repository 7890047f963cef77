"""What was asked for within seconds of visits."""

from dataclasses import replace
from datetime import timedelta

import pytest

from db.engine import reading
from db.review.around import around, to_count
from policy.errors import ReviewRefused
from policy.review.grouping import WINDOW
from policy.words import Resource
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.review.asking import at, scope
from tests.db.stored import stored
from tests.reviewed import reviewed

SECOND = timedelta(seconds=1)


def test_more_than_is_read_at_once_is_refused_and_not_cut(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.review.around.MOST_PIECES", 2)
    visit = decision(at=at(1))
    pieces = [decision(at=at(1) + SECOND, resource=Resource.EMBEDDED) for _ in range(2)]
    stored(database.engine, visit, pieces[0])
    with reading(database.engine) as connection:
        assert len(around(connection, scope(), [reviewed(visit)])) == 1
    stored(database.engine, pieces[1])
    with reading(database.engine) as connection, pytest.raises(ReviewRefused, match="shorter period"):
        around(connection, scope(), [reviewed(visit)])


def test_what_one_asked_for_around_visits_comes_once_and_no_visit_with_it(database: Database) -> None:
    visit, soon = decision(at=at(1)), decision(at=at(1) + 5 * SECOND)
    pieces = [
        decision(at=at(1) + after, resource=resource)
        for after, resource in [
            (SECOND, Resource.EMBEDDED),
            (6 * SECOND, Resource.NAVIGATION),
            (5 * SECOND + WINDOW, Resource.BACKGROUND),
        ]
    ]
    stored(
        database.engine,
        *(visit, soon, *pieces),
        outcome(pieces[0]),
        decision(at=at(1) - SECOND, resource=Resource.EMBEDDED),
        decision(at=at(1) + WINDOW + 6 * SECOND, resource=Resource.EMBEDDED),
        decision(at=at(1) + SECOND, resource=Resource.EMBEDDED, person="bob"),
    )
    within = scope(people=frozenset({"alice", "bob"}))
    with reading(database.engine) as connection:
        found = around(connection, within, [reviewed(soon), reviewed(visit)])
        assert [row.id for row in found] == [one.id for one in reversed(pieces)]
        assert [row.outcome for row in found] == [None, None, outcome(pieces[0])]
        counted = to_count(connection, within, [reviewed(soon), reviewed(visit)])
        assert counted == [replace(row, outcome=None) for row in found]
        assert around(connection, within, []) == []
        assert around(connection, within, [reviewed(visit, person=None)]) == []
