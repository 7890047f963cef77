"""What those who run the gateway see of the log, each look on the record before a row is read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from console.review.running import Running
from db.engine import reading
from db.models import AccessRow
from db.replay import FEW, Asked
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision
from policy.errors import ReviewRefused
from policy.review.reviewer import Reviewer
from policy.words import ReviewerRole
from tests.console.review.making import running_of
from tests.db.conftest import Database
from tests.db.examples import decision

NOW = datetime.now(UTC)
PAGE = "https://news.test"


def fill(database: Database, *decisions: Decision) -> None:
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in decisions:
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 1000).ship_once()


def accesses(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(AccessRow.__table__).order_by(AccessRow.id)))


def a_visit(minutes: float = 5, **changes: object) -> Decision:
    return decision(at=NOW - timedelta(minutes=minutes), **changes)


def ask_decisions(running: Running) -> object:
    return running.decisions(NOW - timedelta(hours=1), blocked_only=True, reference=None, limit=7)


def test_the_last_decisions_are_shown_and_the_question_is_on_record(database: Database) -> None:
    fill(database, a_visit(), a_visit(90))
    shown = running_of(database.engine).decisions(
        NOW - timedelta(hours=1), blocked_only=False, reference=None, limit=7
    )
    assert [one.host for one in shown] == ["www.bet.test"]
    question, answer = accesses(database.engine)
    assert (question.what, question.actor, question.organisation) == ("decisions", "olga", "")
    assert question.question["limit"] == 7
    assert (answer.answers, answer.rows_seen, answer.result) == (question.id, 1, "shown")


def test_pieces_of_a_page_and_much_visited_sites_are_looks_too(database: Database) -> None:
    fill(database, a_visit(page=PAGE), *(a_visit(host="many.test", person=f"p{n}") for n in range(FEW)))
    running = running_of(database.engine)
    assert [one.host for one in running.page(PAGE)] == ["www.bet.test"]
    assert [one.host for one in running.most_visited(10)] == ["many.test"]
    assert [one.what for one in accesses(database.engine)] == ["explain --page"] * 2 + [
        "most visited hosts"
    ] * 2
    assert "many.test" not in repr([one.question for one in accesses(database.engine)])


@pytest.mark.parametrize(
    "role", [pytest.param(role, id=role.value) for role in ReviewerRole if role is not ReviewerRole.IT]
)
def test_no_other_role_sees_it_and_the_refusal_is_on_record(database: Database, role: ReviewerRole) -> None:
    fill(database, a_visit())
    somebody = Reviewer("", "somebody", frozenset({role}))
    with pytest.raises(ReviewRefused, match="this is for it"):
        ask_decisions(running_of(database.engine, somebody))
    (refused,) = accesses(database.engine)
    assert (refused.actor, refused.what, refused.rows_seen) == ("somebody", "decisions", 0)
    assert str(refused.result).startswith("refused: this is for it")


def test_a_preview_is_one_look_whatever_is_asked_in_it(database: Database) -> None:
    people = [a_visit(host="many.test", person=f"p{n}", path="/x") for n in range(FEW)]
    fill(database, *people, a_visit(host="few.test", person="p1", path="/x"))
    running, today = running_of(database.engine), NOW.date()
    look = running.begin_preview(today - timedelta(days=2), today, {"change": "remove x"})
    found = list(running.past(look))
    assert {piece.day for piece in found} <= {today, today - timedelta(days=1)}
    assert sum(request.decisions for piece in found for request in piece.requests) == FEW + 1
    asked = (Asked(1, "many.test", "/x"), Asked(2, "few.test", "/x"))
    assert running.people(look, asked) == {1: FEW, 2: 0}
    question, answer, counted = accesses(database.engine)
    assert (question.what, question.purpose) == ("lists preview", "quality")
    assert (question.question["change"], question.question["days"]) == ("remove x", 2)
    assert (answer.answers, answer.rows_seen, answer.result) == (question.id, FEW + 1, "counted")
    # Each time: who tries one site after another can be seen to.
    assert (counted.answers, counted.rows_seen, counted.result) == (question.id, 2, "people counted")


def test_of_a_preview_that_is_broken_off_what_was_seen_is_on_record(database: Database) -> None:
    fill(database, a_visit(24 * 60, host="one.test"), a_visit(0, host="two.test"))
    running, today = running_of(database.engine), NOW.date()
    pieces = running.past(running.begin_preview(today - timedelta(days=1), today, {}))
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator's
    _, answer = accesses(database.engine)
    assert (answer.rows_seen, answer.result) == (1, "counted")


def test_nobody_goes_on_with_a_look_that_is_not_theirs(database: Database) -> None:
    today = NOW.date()
    look = running_of(database.engine).begin_preview(today, today, {})
    other = Reviewer("", "another", frozenset({ReviewerRole.IT}))
    for running, preview in (
        (running_of(database.engine, other), look),
        (running_of(database.engine), uuid4()),
    ):
        with pytest.raises(ReviewRefused, match="never yours"):
            list(running.past(preview))
        with pytest.raises(ReviewRefused, match="never yours"):
            running.people(preview, (Asked(1, "a.test", None),))
    refused = [one for one in accesses(database.engine) if str(one.result).startswith("refused: ")]
    assert [one.actor for one in refused] == ["another"] * 2 + [refused[-1].actor] * 2


def test_a_look_of_another_kind_is_no_preview_to_go_on_with(database: Database) -> None:
    ask_decisions(running_of(database.engine))
    look = accesses(database.engine)[0].id
    with pytest.raises(ReviewRefused, match="never yours"):
        list(running_of(database.engine).past(look))


@pytest.mark.parametrize("days", [-1, 367])
def test_a_preview_of_no_days_or_too_many_is_refused(database: Database, days: int) -> None:
    until = date(2026, 11, 23)
    with pytest.raises(ReviewRefused, match="a preview is of"):
        running_of(database.engine).begin_preview(until - timedelta(days=days), until, {})
