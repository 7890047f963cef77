"""Counts from the tallies, without what was found wrong."""

from datetime import date

from db.access import record_access
from db.engine import reading
from db.review.statistics import cells
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.review.figures import Dimension, StatisticsCell, StatisticsQuestion
from policy.words import EntryKind, Reason, Resource, Verdict
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.asking import ORGANISATION, at
from tests.db.stored import stored

CATEGORY, LIST, UNIT, CLASS = Dimension


def counted(database: Database, *by: Dimension, until: date = date(2026, 4, 1)) -> set[StatisticsCell]:
    asked = StatisticsQuestion("quarter", ORGANISATION, date(2026, 3, 1), until, by)
    record_access(database.engine, what="review statistics", question={})
    with reading(database.engine) as connection:
        found = cells(connection, asked)
    assert len(set(found)) == len(found)
    return set(found)


def cell(day: int, number: int, people: int | None, **changes: object) -> StatisticsCell:
    known = {
        "category": "gambling",
        "list": None,
        "unit": None,
        "retention_class": None,
        "verdict": Verdict.BLOCK,
        "visit": True,
        **changes,
    }
    return StatisticsCell(period=date(2026, 3, day), number=number, people=people, **known)  # type: ignore[arg-type]  # by name


def test_without_units_days_are_counted_and_with_units_months(database: Database) -> None:
    stored(
        database.engine,
        decision(at=at(1)),
        decision(at=at(2), person="bob"),
        decision(at=at(25), unit="Traffic"),
        decision(at=at(25), resource=Resource.EMBEDDED, person=None, unit=None),
        decision(at=at(1), organisation="Another"),
        decision(at=at(1), reason=Reason.TUNNEL),
        decision(at=at(1), final=False),
        decision(at=at(24 * 40)),
    )
    nobody = {"visit": False, "unit": None}
    assert counted(database, CATEGORY) == {cell(9, 2, 2), cell(10, 1, 2), cell(10, 1, None, **nobody)}
    assert counted(database, CATEGORY, until=date(2026, 3, 10)) == {cell(9, 2, 2)}
    assert counted(database, CATEGORY, UNIT) == {
        cell(1, 2, 2, unit="Finance"),
        cell(1, 1, 1, unit="Traffic"),
        cell(1, 1, None, **nobody),
    }
    assert counted(database, LIST, CLASS) == {
        cell(day, number, people, category=None, list="ut1-gambling", retention_class="refused", visit=visit)
        for day, number, people, visit in [(9, 2, 2, True), (10, 1, 2, True), (10, 1, None, False)]
    }


def test_what_a_wrong_entry_decided_does_not_count(database: Database) -> None:
    stored(database.engine, decision(at=at(1)), decision(at=at(26)), decision(at=at(27), entry="other.test"))
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    withdrawals = WithdrawalStore(database.engine)
    withdrawals.withdraw(wrong, since=at(2), because="it is a charity")
    assert counted(database, CATEGORY) == {cell(9, 1, 1), cell(10, 1, 1, withdrawn=1)}
    withdrawals.take_back(wrong, because="it is none")
    assert counted(database, CATEGORY) == {cell(9, 1, 1), cell(10, 2, 1)}
