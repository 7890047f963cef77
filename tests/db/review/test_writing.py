"""What the database refuses is one line for who asked; what is broken is not hidden by it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError

from db.review.writing import writing_review
from policy.errors import ConfigurationError, ReviewRefused
from tests.db.conftest import Database


def test_a_constraint_and_a_trigger_are_refusals(engine: Engine) -> None:
    insert = (
        "INSERT INTO telling (id, authority, at, actor, via, withheld) "
        "VALUES ('{}', 'NONE', '2020-01-01 00:00:00', 'x', 'x', 'x')"
    )
    with (
        pytest.raises(ReviewRefused, match="the database does not take it") as refused,
        writing_review(engine) as one,
    ):
        one.execute(text(insert.format("0" * 32)))
    assert "\n" not in str(refused.value)


def test_a_statement_that_is_wrong_is_not(engine: Engine) -> None:
    with pytest.raises(ConfigurationError), writing_review(engine) as connection:
        connection.execute(text("INSERT INTO no_such_table VALUES (1)"))


def test_data_that_cannot_be_is_not(postgresql: Database) -> None:
    with pytest.raises(DataError), writing_review(postgresql.engine) as connection:
        connection.execute(text("SELECT 1 / 0"))
