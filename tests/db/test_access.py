"""An Access is committed when `record_access` returns, names its actor, and is answered by another row."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from db.access import record_access, record_answer
from db.actor import actor
from db.engine import make_engine, reading
from db.models import AccessRow
from db.settings import DatabaseSettings
from policy.errors import DatabaseAway
from tests.db.conftest import Database


def rows(engine: Engine) -> list[AccessRow]:
    with reading(engine) as connection:
        rows = connection.execute(select(AccessRow.__table__).order_by(AccessRow.id))
        return list(rows)  # type: ignore[arg-type]  # read by name, like the model's own


def test_a_question_and_its_answer_are_two_rows_of_the_same_actor(engine: Engine) -> None:
    asked = {"host": "bet.test", "limit": 5}
    access = record_access(engine, what="test", question=asked, purpose="breach")
    record_answer(engine, access, what="test", rows_seen=3)
    question, answer = rows(engine)
    with reading(engine) as connection:
        assert question.actor == answer.actor == actor(connection)
    assert (question.id, question.question, question.purpose) == (
        access,
        {"host": "bet.test", "limit": 5},
        "breach",
    )
    assert (answer.answers, answer.rows_seen, answer.result) == (access, 3, "shown")
    assert abs(question.at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param("a\0b", id="nul"),
        pytest.param("a\ud800b", id="surrogate"),
        pytest.param("\x1b[2J", id="escape"),
        pytest.param("x" * 100_000, id="long"),
    ],
)
def test_no_question_is_too_odd_to_be_recorded(engine: Engine, odd: str) -> None:
    record_access(engine, what="test", question={"host": odd, "more": [odd, {"deep": odd}], odd: 1})
    (row,) = rows(engine)
    assert len(str(row.question)) < 20_000
    assert "\0" not in str(row.question)


def test_without_a_database_there_is_no_access(database: Database) -> None:
    settings = DatabaseSettings(url=SecretStr("postgresql://127.0.0.1:1/log"))
    with pytest.raises(DatabaseAway):
        record_access(make_engine(settings, database.state), what="test", question={})
