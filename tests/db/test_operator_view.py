"""What an operator is shown: the last decisions without people, and a trace of having looked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from db.engine import reading
from db.models import AccessRow
from db.operator_view import OperatorView, ShownDecision
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.errors import ConfigurationError
from policy.words import Reason, RecordLevel, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision

NOW = datetime.now(UTC)


def fill(database: Database, *decisions: Decision) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def accesses(engine: Engine) -> list[AccessRow]:
    with reading(engine) as connection:
        rows = connection.execute(select(AccessRow.__table__).order_by(AccessRow.id))
        return list(rows)  # type: ignore[arg-type]  # read by name, like the model's own


def test_a_decision_is_shown_without_anything_of_a_person(database: Database) -> None:
    made = decision(at=ago(5), person="marked", client_ip="marked", path="/marked", referrer_host="marked")
    fill(database, made)
    (shown,) = OperatorView(database.engine).recent(since=ago(60))
    assert shown == ShownDecision(
        at=made.at,
        verdict="block",
        reason="listed",
        category="gambling",
        host="www.bet.test",
        list="ut1-gambling",
        line=4711,
        resource="visit",
        reference=made.reference,
    )
    assert "marked" not in repr(shown)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"retention_class": RetentionClass.PRIVILEGED}, id="privileged"),
        pytest.param({"record": RecordLevel.CATEGORY}, id="recorded-by-category-only"),
        pytest.param({"reason": Reason.TUNNEL, "verdict": Verdict.ALLOW}, id="a-tunnel"),
        pytest.param({"final": False}, id="not-final"),
        pytest.param({"at": ago(61)}, id="before-what-was-asked-for"),
    ],
)
def test_what_is_not_an_operators_to_see_is_not_shown(database: Database, changes: dict[str, object]) -> None:
    shown, hidden = decision(at=ago(5)), decision(**{"at": ago(4), **changes})
    fill(database, shown, hidden)
    found = OperatorView(database.engine).recent(since=ago(60))
    assert [one.reference for one in found] == [shown.reference]


def test_the_newest_come_first_and_only_as_many_as_were_asked_for(database: Database) -> None:
    made = [decision(at=ago(minutes)) for minutes in (30, 10, 20, 40)]
    fill(database, *made)
    view = OperatorView(database.engine)
    assert [one.at for one in view.recent(since=ago(60))] == [ago(10), ago(20), ago(30), ago(40)]
    assert [one.at for one in view.recent(since=ago(60), limit=2)] == [ago(10), ago(20)]
    assert list(view.recent(since=ago(60), limit=-5)) == []


def test_allowed_ones_are_left_out_when_only_blocked_ones_are_asked_for(database: Database) -> None:
    allowed = decision(at=ago(5), verdict=Verdict.ALLOW, reason=Reason.NOT_LISTED)
    blocked = decision(at=ago(6))
    fill(database, allowed, blocked)
    view = OperatorView(database.engine)
    assert [one.reference for one in view.recent(since=ago(60), blocked_only=True)] == [blocked.reference]
    assert len(view.recent(since=ago(60))) == 2


def test_every_look_leaves_its_question_and_what_came_of_it(database: Database) -> None:
    fill(database, decision(at=ago(5)))
    OperatorView(database.engine).recent(since=ago(60), blocked_only=True, limit=7)
    question, answer = accesses(database.engine)
    assert question.what == answer.what == "decisions"
    assert question.question == {"since": ago(60).isoformat(), "blocked_only": True, "limit": 7}
    assert (question.answers, question.rows_seen) == (None, None)
    assert (answer.answers, answer.rows_seen, answer.result) == (question.id, 1, "shown")


def test_a_look_that_cannot_be_recorded_shows_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, decision(at=ago(5)))
    read: list[Engine] = []

    def refuse(*_: object, **__: object) -> None:
        raise ConfigurationError("not recorded")

    monkeypatch.setattr("db.operator_view.record_access", refuse)
    monkeypatch.setattr("db.operator_view.reading", read.append)
    with pytest.raises(ConfigurationError):
        OperatorView(database.engine).recent(since=ago(60))
    assert read == []


def test_the_question_is_committed_before_a_row_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another connection sees the question while the reading has not begun."""
    seen = []

    def look(engine: Engine) -> object:
        seen.append(len(accesses(engine)))
        return reading(engine)

    monkeypatch.setattr("db.operator_view.reading", look)
    OperatorView(database.engine).recent(since=ago(60))
    assert seen == [1]


def test_a_reference_that_somebody_read_out_is_found(database: Database) -> None:
    made = [decision(at=ago(minutes)) for minutes in (30, 10, 20)]
    fill(database, *made)
    found = OperatorView(database.engine).recent(since=ago(60), reference=made[0].reference)
    assert [one.reference for one in found] == [made[0].reference]
    assert f"'reference': '{made[0].reference}'" in str(accesses(database.engine)[-2].question)
