"""A change is recorded in the transaction that makes it, or not at all."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from db.actor import actor
from db.change import record_change
from db.engine import reading, writing
from db.models import ChangeRow


def rows(engine: Engine) -> list[ChangeRow]:
    with reading(engine) as connection:
        rows = connection.execute(select(ChangeRow.__table__).order_by(ChangeRow.id))
        return list(rows)  # type: ignore[arg-type]  # read by name, like the model's own


def test_a_change_says_who_what_before_after_and_why(engine: Engine) -> None:
    with writing(engine) as connection:
        record_change(
            connection,
            what="ruleset in force",
            before={"digest": "a"},
            after={"digest": "b", "lists": ["x", "y"]},
            because="a new list",
        )
        record_change(connection, what="list removed", before={"name": "x"}, after=None, because="retired")
        who = actor(connection)
    first, second = rows(engine)
    assert (first.actor, first.what, first.because) == (who, "ruleset in force", "a new list")
    assert (first.before, first.after) == ({"digest": "a"}, {"digest": "b", "lists": ["x", "y"]})
    assert second.after is None
    assert first.at <= second.at <= datetime.now(UTC)


def test_a_change_that_does_not_come_about_is_not_recorded(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        record_change(connection, what="x", before=None, after=None, because="y")
        raise ZeroDivisionError
    assert rows(engine) == []
