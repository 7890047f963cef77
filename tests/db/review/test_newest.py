"""The newest rows of some people, held ones among them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import FromClause, insert, select

from db.access import record_access
from db.engine import reading, writing
from db.models import DecisionRow
from db.operator_view import recent
from db.review.bounds import Keys, Term
from db.review.dip_sample import sample
from db.review.everything import everything as all_of_it
from db.review.newest import newest
from db.review.report import report
from db.review.search import search
from db.review.subject import decisions_about
from db.review.timeline import timeline
from db.review_models import HeldDecisionRow
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.review.rows import DipSampleQuestion
from policy.words import EntryKind
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import ORGANISATION, UNTIL, at, question, scope
from tests.db.stored import stored


def hold(database: Database, identifier: object) -> None:
    """Have a row among those that a legal hold keeps, as a disposal copies it."""
    with writing(database.engine) as connection:
        row = connection.execute(select(DecisionRow.__table__).where(DecisionRow.id == identifier)).one()
        values = {name: value for name, value in row._mapping.items() if name != "host_key"}
        connection.execute(insert(HeldDecisionRow).values(**values, held_at=datetime.now(UTC)))


def everything(table: FromClause) -> list[Term]:
    return [table.c.host != "not.test"]


def test_of_each_person_the_newest_come_and_of_these_the_newest(database: Database) -> None:
    mine = [decision(at=at(hours)) for hours in (1, 3, 5, 7)]
    others = [decision(at=at(hours), person="bob") for hours in (2, 4)]
    stored(
        database.engine,
        *mine,
        *others,
        decision(at=at(9), host="not.test"),
        decision(at=at(9), person="carol"),
    )
    with reading(database.engine) as connection:
        rows = newest(connection, [Keys("person", ("alice", "bob"))], everything, 4)
    assert [row.at for row in rows] == [at(7), at(5), at(4), at(3)]


def test_what_names_one_of_the_people_is_not_found_by_its_unit_again(database: Database) -> None:
    stored(
        database.engine, decision(at=at(1)), decision(at=at(2), person="bob"), decision(at=at(3), person=None)
    )
    keys = [Keys("person", ("alice",)), Keys("unit", ("Finance",), not_of=("alice",))]
    with reading(database.engine) as connection:
        rows = newest(connection, keys, everything, 10)
    assert [(row.at, row.person) for row in rows] == [(at(3), None), (at(2), "bob"), (at(1), "alice")]


def test_held_rows_stand_among_the_others_and_say_so(database: Database) -> None:
    held, other = decision(at=at(2)), decision(at=at(1))
    stored(database.engine, held, other)
    hold(database, held.id)
    with reading(database.engine) as connection:
        rows = newest(connection, [Keys("person", ("alice",))], everything, 10)
    # The one row stands in both tables here, since nothing was disposed of.
    assert sorted((row.at, row.held) for row in rows) == [(at(1), False), (at(2), False), (at(2), True)]


def marked(database: Database) -> dict[str, set[bool]]:
    """Whether what is shown is marked as decided by a wrong entry, in each place where it is shown."""
    record_access(database.engine, what="a test", question={})
    with reading(database.engine) as connection:
        asked, within = question(), scope()
        days = DipSampleQuestion("a test", ORGANISATION, at(0).date(), at(48).date())
        rows: dict[str, Iterable[Any]] = {
            "search": [one.visit for one in search(connection, asked, within).visits],
            "timeline": [one.visit for one in timeline(connection, asked, within, "alice").found.visits],
            "export": all_of_it(connection, asked, within),
            "subject access": decisions_about(connection, ORGANISATION, "alice", UNTIL),
            "decisions": recent(connection, since=at(0)),
        }
        marks = {place: {one.withdrawn_on is not None for one in found} for place, found in rows.items()}
        marks["dip sample"] = {one.withdrawn for one in sample(connection, days)}
        figures = report(connection, asked, within).total
        marks["report"] = {figures.withdrawn > 0, figures.visits == 0}
        return marks


def test_a_wrong_entry_is_marked_wherever_it_is_shown_until_it_is_taken_back(database: Database) -> None:
    one, other = decision(at=at(1)), decision(at=at(2))
    stored(database.engine, one, other)
    hold(database, other.id)
    wrong = WrongEntry(str(one.list), EntryKind.HOST, "bet.test", "gambling")
    withdrawals = WithdrawalStore(database.engine)
    assert {place for place, marks in marked(database).items() if marks != {False}} == set()
    for _ in range(2):
        withdrawals.withdraw(wrong, since=None, because="it is a charity")
        assert {place for place, marks in marked(database).items() if marks != {True}} == set()
        withdrawals.take_back(wrong, because="it is none")
        assert {place for place, marks in marked(database).items() if marks != {False}} == set()
