"""The Accesses themselves: a look and its answer as one, of one organisation, a page at a time."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from db.engine import reading
from db.review.accesses import AccessQuestion, Looked, looked
from db.review.looks import Looks
from policy.review.question import Cursor
from policy.review.reviewer import Reviewer

NOW = datetime.now(UTC)
SINCE, UNTIL = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
RITA = Reviewer("", "rita", frozenset())
ROB = Reviewer("Another Force", "rob", frozenset())


def look(engine: Engine, reviewer: Reviewer, what: str, rows: int | None) -> None:
    with Looks(engine).open(reviewer, what=what, question={"what": what}, purpose="p") as one:
        if rows is not None:
            one.seen(rows)


def found(engine: Engine, question: AccessQuestion, organisation: str = "") -> list[Looked]:
    with reading(engine) as connection:
        return looked(connection, question, organisation)


def test_a_look_and_its_answer_are_one_and_one_without_an_answer_has_none(engine: Engine) -> None:
    look(engine, RITA, "first", 7)
    look(engine, RITA, "second", None)
    Looks(engine).refused(RITA, what="third", question={}, purpose="p", authority="A", why="not yours")
    third, second, first = found(engine, AccessQuestion(SINCE, UNTIL))
    assert (first.what, first.rows_seen, first.result) == ("first", 7, "shown")
    assert (second.what, second.rows_seen, second.result) == ("second", None, None)
    assert (third.what, third.rows_seen, third.result) == ("third", 0, "refused: not yours")


def test_a_look_of_several_turns_is_one_with_all_that_was_seen(engine: Engine) -> None:
    looks = Looks(engine)
    with looks.open(RITA, what="a preview", question={}, purpose="p") as one:
        pass
    for rows in (3, 4):
        with looks.again(RITA, one.access, what="a preview") as (again, _):
            again.seen(rows, "counted")
    look(engine, RITA, "later", 1)
    later, preview = found(engine, AccessQuestion(SINCE, UNTIL))
    assert (later.what, later.rows_seen) == ("later", 1)
    assert (preview.id, preview.rows_seen, preview.result) == (one.access, 7, "counted")


def test_each_organisation_has_its_own_and_what_names_none_is_the_gateways(engine: Engine) -> None:
    look(engine, RITA, "ours", 1)
    look(engine, ROB, "theirs", 1)
    Looks(engine).turned_away("mallory", what="review", why="nobody")
    assert [one.what for one in found(engine, AccessQuestion(SINCE, UNTIL))] == ["review", "ours"]
    theirs = found(engine, AccessQuestion(SINCE, UNTIL), "Another Force")
    assert [one.what for one in theirs] == ["theirs"]


def test_they_are_told_apart_by_time_actor_and_page(engine: Engine) -> None:
    for number in range(5):
        look(engine, RITA, str(number), number)
    look(engine, Reviewer("", "una", frozenset()), "other", 1)
    question = AccessQuestion(SINCE, UNTIL, actor="rita", size=2)
    first = found(engine, question)
    assert [one.what for one in first] == ["4", "3", "2"]  # one more than the page, which says that there is
    last = first[1]
    after = AccessQuestion(SINCE, UNTIL, actor="rita", size=2, after=Cursor(last.at, last.id))
    assert [one.what for one in found(engine, after)] == ["2", "1", "0"]
    assert found(engine, AccessQuestion(SINCE - timedelta(hours=1), SINCE)) == []
