"""Who was not seen: nobody who asked for something, read a notice, or has only just come."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db.engine import reading
from db.models import AccessRow
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.presence import PresenceStore
from db.unused_people import unused_people
from policy.errors import ConfigurationError
from policy.words import PersonHow
from tests.db.ageing import days_ago
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.people import Becoming, becoming_login
from tests.db.stored import stored

__all__ = ["becoming_login"]

NOW = datetime.now(UTC)
SINCE = NOW - timedelta(days=30)


def fill(engine: Engine) -> None:
    people = PeopleStore(engine)
    old = [PersonEntry("", name) for name in ("idle", "busy", "reader", "once")]
    until = NOW + timedelta(days=1)
    people.enter([*old, PersonEntry("fire", "busy")], roles_until=until, because="a test")
    days_ago(engine, 100, "person")
    people.enter([PersonEntry("", "new")], roles_until=until, because="a test")
    stored(
        engine,
        decision(at=NOW - timedelta(days=1), person="busy", organisation=""),
        decision(at=NOW - timedelta(days=60), person="once", organisation=""),
    )
    PresenceStore(engine).acknowledge("", "reader", "1", how=PersonHow.PAGE, policy="aa")


def test_who_was_not_seen_is_named_and_the_question_is_on_record(engine: Engine) -> None:
    fill(engine)
    assert unused_people(engine, SINCE) == [("", "idle"), ("", "once"), ("fire", "busy")]
    with reading(engine) as connection:
        question, answer = connection.execute(
            select(AccessRow.what, AccessRow.rows_seen).order_by(AccessRow.id)
        )
    assert (question.what, answer.rows_seen) == ("unused people", 3)


def test_who_keeps_people_may_ask_and_reads_no_decision(
    postgresql: Database, becoming_login: Becoming
) -> None:
    fill(postgresql.engine)
    with becoming_login("unused-people", "sluicegate_people") as own:
        with reading(own) as connection:
            unasked = connection.execute(text("SELECT * FROM sluicegate_unused_people(now())")).all()
        assert unasked == []
        assert len(unused_people(own, SINCE)) == 3


def test_nobody_finds_out_by_raw_sql_at_which_moment_somebody_was_there(
    postgresql: Database, becoming_login: Becoming
) -> None:
    fill(postgresql.engine)
    yesterday = NOW - timedelta(days=1)
    begins = yesterday.replace(hour=0, minute=0, second=0, microsecond=0)
    query = text("SELECT login FROM sluicegate_unused_people(:since)")
    with becoming_login("unused-people", "sluicegate_people") as own:
        unused_people(own, SINCE)
        with reading(own) as connection:
            found = {
                frozenset(connection.scalars(query, {"since": since}))
                for since in (begins, yesterday, yesterday + timedelta(microseconds=1))
            }
            with pytest.raises(DBAPIError, match="permission denied"):
                connection.execute(text("SELECT sluicegate_unused_people_since(now())"))
    assert len(found) == 1


@pytest.mark.parametrize("role", ["sluicegate_lists", "sluicegate_gateway", "sluicegate_operator"])
def test_nobody_else_may_ask(postgresql: Database, becoming_login: Becoming, role: str) -> None:
    with (
        becoming_login(f"unused-{role[11:]}", role) as own,
        pytest.raises(ConfigurationError, match="permission denied"),
    ):
        unused_people(own, SINCE)
