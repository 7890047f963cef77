"""By what rows are found, and which period is left."""

import pytest

from db.review.bounds import Keys, keys_of, period_of
from policy.review.question import Question
from policy.review.scope import Scope
from tests.db.review.asking import SINCE, UNTIL, at, question, scope

PEOPLE, UNITS = frozenset({"bob", "alice"}), frozenset({"Finance"})


@pytest.mark.parametrize(
    ("asked", "within", "keys"),
    [
        pytest.param(question(), scope(people=PEOPLE), [Keys("person", ("alice", "bob"))], id="people"),
        pytest.param(
            question(), scope(people=frozenset(), units=UNITS), [Keys("unit", ("Finance",))], id="units"
        ),
        pytest.param(
            question(),
            scope(people=PEOPLE, units=UNITS),
            [Keys("person", ("alice", "bob")), Keys("unit", ("Finance",), not_of=("alice", "bob"))],
            id="both-and-no-row-by-both",
        ),
        pytest.param(
            question(people=("Carol",)),
            scope(people=PEOPLE, units=UNITS),
            [Keys("person", ("carol",))],
            id="who-is-asked-about-in-small-letters",
        ),
        pytest.param(
            question(units=("Traffic",)),
            scope(people=PEOPLE, units=UNITS),
            [Keys("unit", ("Traffic",))],
            id="a-unit-that-is-asked-about",
        ),
        pytest.param(question(), scope(people=frozenset()), [Keys("person", ())], id="nobody"),
    ],
)
def test_rows_are_found_by_whom_they_name(asked: Question, within: Scope, keys: list[Keys]) -> None:
    assert list(keys_of(asked, within)) == keys


@pytest.mark.parametrize(
    ("asked", "period"),
    [
        pytest.param(question(), (SINCE, UNTIL), id="that-of-the-bounds"),
        pytest.param(question(since=at(1), until=at(2)), (at(1), at(2)), id="narrowed"),
        pytest.param(question(since=at(-1), until=at(999)), (SINCE, UNTIL), id="never-widened"),
        pytest.param(question(until=at(-1)), (SINCE, SINCE), id="none"),
    ],
)
def test_a_question_narrows_the_period_and_never_widens_it(
    asked: Question, period: tuple[object, object]
) -> None:
    assert period_of(asked, scope()) == period
