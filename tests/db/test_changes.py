"""The change log of lists: newest first, without what is about people, and a look that is on record."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from db.access import record_access
from db.change import record_change
from db.changes import MOST_ROWS, ListChanged, ListChanges
from db.engine import reading, writing
from db.models import AccessRow

WORDS = ("list put", "local entry: block", "exemption granted", "break-glass opened", "restored", "lists")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    for what in WORDS:
        with writing(engine) as connection:
            record_change(
                connection, what=what, before=None, after={"of": what}, because=f"because of {what}"
            )
    return engine


def test_changes_of_lists_are_shown_newest_first_and_no_others(filled: Engine) -> None:
    shown = ListChanges(filled).recent()
    assert [one.what for one in shown] == ["local entry: block", "list put"]
    assert isinstance(shown[0], ListChanged)
    assert (shown[1].before, shown[1].after) == (None, {"of": "list put"})
    assert shown[1].because == "because of list put"


def test_only_as_many_and_as_late_as_was_asked_for(filled: Engine) -> None:
    assert [one.what for one in ListChanges(filled).recent(limit=1)] == ["local entry: block"]
    assert ListChanges(filled).recent(limit=-1) == []
    assert len(ListChanges(filled).recent(limit=10 * MOST_ROWS)) == 2
    assert ListChanges(filled).recent(since=datetime.now(UTC) + timedelta(minutes=1)) == []


def test_a_look_leaves_an_access_and_its_answer(filled: Engine) -> None:
    ListChanges(filled).recent(limit=7)
    with reading(filled) as connection:
        asked, answered = connection.execute(select(AccessRow.__table__).order_by(AccessRow.at))
    assert (asked.what, asked.question) == ("changes of lists", {"since": None, "limit": 7})
    assert (answered.answers, answered.rows_seen) == (asked.id, 2)


def test_a_question_that_was_asked_elsewhere_does_not_disturb(filled: Engine) -> None:
    record_access(filled, what="decisions", question={})
    assert len(ListChanges(filled).recent()) == 2
