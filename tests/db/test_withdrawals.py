"""Entries found wrong, and what is seen of the decisions that they made."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import writing
from db.operator_view import ShownDecision, recent
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.errors import RegisterRefused
from policy.text import ENTRY_LENGTH, storable
from policy.words import EntryKind
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.looking import looking
from tests.db.people import Becoming, becoming

__all__ = ["becoming"]

NOW = datetime.now(UTC)
WRONG = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")


@pytest.fixture
def store(engine: Engine) -> WithdrawalStore:
    return WithdrawalStore(engine)


def test_a_withdrawal_stands_until_it_is_taken_back(store: WithdrawalStore, becoming: Becoming) -> None:
    made = store.withdraw(WRONG, since=None, because="it is a charity")
    assert (made.wrong, made.because, made.since, made.taken_back) == (WRONG, "it is a charity", None, None)
    assert store.standing() == [made]
    with pytest.raises(RegisterRefused, match="was withdrawn on"):
        store.withdraw(WRONG, since=None, because="again")
    with becoming("bea") as hers:
        ended = WithdrawalStore(hers).take_back(WRONG, because="no charity after all")
    assert ended.taken_back is not None
    assert (ended.id, ended.taken_back.because) == (made.id, "no charity after all")
    assert ended.taken_back.by != made.by
    assert store.standing() == []
    with pytest.raises(RegisterRefused, match="is not withdrawn"):
        store.take_back(WRONG, because="again")
    again = store.withdraw(WRONG, since=None, because="a charity, it is settled")
    assert [one.id for one in store.all()] == [again.id, made.id]


def test_a_time_to_come_and_no_reason_are_refused(store: WithdrawalStore) -> None:
    with pytest.raises(RegisterRefused, match="yet to come"):
        store.withdraw(WRONG, since=NOW + timedelta(days=1), because="x")
    with pytest.raises(RegisterRefused, match="empty"):
        store.withdraw(WRONG, since=None, because="  ")
    assert store.all() == []


def recent_since(database: Database, since: datetime) -> list[ShownDecision]:
    with looking(database.engine) as connection:
        return recent(connection, since=since)


def marked(database: Database) -> set[str]:
    """What is shown as withdrawn, and taken for that where it is judged again."""
    shown = recent_since(database, NOW - timedelta(days=2))
    found = {one.reference for one in shown if one.withdrawn_on is not None}
    with looking(database.engine) as connection:
        replayed = connection.scalar(text("SELECT count(*) FROM replay_decision WHERE withdrawn"))
    assert len(found) == replayed
    return found


def test_what_the_entry_decided_is_marked_and_nothing_else(database: Database) -> None:
    since = NOW - timedelta(hours=1)
    by_it = decision(at=NOW - timedelta(minutes=10))
    before = decision(at=NOW - timedelta(hours=2))
    others = [
        decision(at=NOW - timedelta(minutes=9), entry="www.bet.test"),
        decision(at=NOW - timedelta(minutes=8), list="another"),
        decision(at=NOW - timedelta(minutes=7), entry_kind=EntryKind.PATTERN),
        decision(at=NOW - timedelta(minutes=6), list=None, entry=None, entry_kind=None),
    ]
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for one in (by_it, before, *others):
        writer.record(one)
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()
    store = WithdrawalStore(database.engine)
    assert marked(database) == set()
    made = store.withdraw(WRONG, since=since, because="it is a charity since yesterday")
    assert marked(database) == {by_it.reference}
    (row,) = [one for one in recent_since(database, since) if one.withdrawn_on]
    assert row.withdrawn_on == made.at
    store.take_back(WRONG, because="no")
    assert marked(database) == set()
    store.withdraw(WRONG, since=None, because="it always was a charity")
    assert marked(database) == {by_it.reference, before.reference}


def test_an_entry_is_kept_as_a_decision_keeps_it(store: WithdrawalStore) -> None:
    entry = "/very-\u202e-long/" + "x" * 1000
    long = WrongEntry("adblock", EntryKind.PATH, entry, "ads")
    made = store.withdraw(long, since=None, because="x")
    assert made.wrong.entry == storable(entry, ENTRY_LENGTH)
    with pytest.raises(RegisterRefused, match="was withdrawn on"):
        store.withdraw(long, since=None, because="x")
    assert store.take_back(long, because="x").id == made.id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE withdrawal SET entry = 'other.test'",
        "UPDATE withdrawal SET since = at",
        "UPDATE withdrawal SET actor = 'bea'",
        "DELETE FROM withdrawal",
        "UPDATE withdrawal SET ended_because = 'another' WHERE ended_at IS NOT NULL",
        "UPDATE withdrawal SET ended_at = NULL WHERE ended_at IS NOT NULL",
    ],
)
def test_by_raw_sql_it_is_ended_once_and_never_reworded(
    store: WithdrawalStore, engine: Engine, statement: str
) -> None:
    store.withdraw(WRONG, since=None, because="x")
    store.take_back(WRONG, because="x")
    before = store.all()
    with pytest.raises(DBAPIError), writing(engine) as connection:
        connection.execute(text(statement))
    assert store.all() == before


def test_by_raw_sql_nobody_ends_it_in_anothers_name(postgresql: Database) -> None:
    WithdrawalStore(postgresql.engine).withdraw(WRONG, since=None, because="x")
    with pytest.raises(DBAPIError, match="is the login"), writing(postgresql.engine) as connection:
        connection.execute(text("UPDATE withdrawal SET ended_at = at, ended_by = 'bea', ended_because = 'x'"))
