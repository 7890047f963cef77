"""Numbers of nobody, from the tallies that the database keeps: what is told, to whom, and on record."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from policy.decision import Decision
from policy.errors import ReviewRefused
from policy.review.disclosure import last_told
from policy.review.figures import Dimension, StatisticsQuestion, StatisticsRow
from policy.review.rows import DipSampleQuestion
from policy.words import Resource, RetentionClass, Verdict
from tests.console.review.office import AUDITOR, OPERATOR, REVIEWER, STATISTICIAN, Office
from tests.db.examples import decision

# Once: what is told stays told, whatever the clock does between two lines.
SINCE, UNTIL = last_told(datetime.now(UTC))


def asked(*by: Dimension, monthly: bool = False) -> StatisticsQuestion:
    return StatisticsQuestion("the yearly report", "", SINCE, UNTIL, by or (Dimension.CATEGORY,), monthly)


def blocked(people: int, unit: str | None, day: int = 3, **changes: Any) -> list[Decision]:
    """A refused visit each, of so many people of a unit, on one day of the month."""
    at = datetime.combine(SINCE, datetime.min.time(), UTC) + timedelta(days=day - 1, hours=5)
    hers = {"organisation": "", "unit": unit, "category": "games", "list": "games-list", "at": at}
    return [decision(**{**hers, "person": f"{unit}-{number}", **changes}) for number in range(people)]


def told(office: Office, question: StatisticsQuestion) -> dict[str | None, int]:
    rows = office.by(STATISTICIAN).figures.statistics(question).rows
    return {named(row): row.number for row in rows}


def named(row: StatisticsRow) -> str | None:
    return row.unit or row.list or row.category


def test_a_small_unit_is_in_no_number_and_cannot_be_worked_out(office: Office) -> None:
    """C has three people; the next unit is withheld with it, or the month less the others would tell."""
    office.record(
        *blocked(20, "Archive"), *blocked(15, "Board"), *blocked(3, "Cells"), *blocked(30, "Desk", day=4)
    )
    assert told(office, asked(Dimension.UNIT)) == {"Archive": 20, "Board": 15}
    assert told(office, asked(monthly=True)) == {"games": 70}, "68, to the nearest five"
    assert told(office, asked(Dimension.LIST)) == {"games-list": 70}
    days = office.by(STATISTICIAN).figures.statistics(asked()).rows
    assert [(row.period.day, row.number) for row in days] == [(3, 40), (4, 30)]


def test_many_decisions_of_few_people_are_not_told(office: Office) -> None:
    office.record(*(one for _ in range(8) for one in blocked(9, "Archive")))
    for question in (asked(), asked(monthly=True), asked(Dimension.UNIT), asked(Dimension.LIST)):
        assert told(office, question) == {}


def test_what_is_no_visit_is_counted_apart(office: Office) -> None:
    office.record(*blocked(12, "Archive"), *blocked(25, "Archive", resource=Resource.EMBEDDED))
    rows = office.by(STATISTICIAN).figures.statistics(asked(monthly=True)).rows
    assert [(row.visit, row.verdict, row.number) for row in rows] == [
        (False, Verdict.BLOCK, 25),
        (True, Verdict.BLOCK, 10),
    ]


def test_where_nobody_is_named_decisions_are_counted_instead(office: Office) -> None:
    nobody: dict[str, Any] = {"person": None, "client_ip": None}
    office.record(*blocked(9, None, **nobody), *blocked(10, None, category="piracy", **nobody))
    assert told(office, asked(monthly=True)) == {"piracy": 10}


def test_what_is_not_kept_whole_any_more_is_said(office: Office) -> None:
    """Allowed background requests are kept for thirty days as shipped: a month of them is never whole."""
    other: dict[str, Any] = {
        "verdict": Verdict.ALLOW,
        "resource": Resource.BACKGROUND,
        "retention_class": RetentionClass.OTHER,
    }
    office.record(*blocked(40, "Archive", **other), *blocked(12, "Archive"))
    found = office.by(STATISTICIAN).figures.statistics(asked(monthly=True))
    assert [row.number for row in found.rows] == [10]
    assert found.gone == (f"other {SINCE:%Y-%m}",)


@pytest.mark.parametrize(
    ("who", "changes", "why"),
    [
        (REVIEWER, {}, "this is for statistics"),
        (AUDITOR, {}, "this is for statistics"),
        (OPERATOR, {}, "this is for statistics"),
        (STATISTICIAN, {"organisation": "fire"}, "one's own organisation"),
        (STATISTICIAN, {"purpose": " "}, "no purpose"),
        (STATISTICIAN, {"by": (Dimension.UNIT, Dimension.LIST)}, "not by both"),
        (STATISTICIAN, {"until": date(9999, 1, 1)}, "at most 36 months"),
    ],
)
def test_who_may_ask_and_for_what(office: Office, who: str, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ReviewRefused, match=why):
        office.by(who).figures.statistics(replace(asked(), **changes))
    (access,) = office.accesses("review statistics")
    assert (access.actor, access.rows_seen) == (who, 0)
    assert why in access.result


def test_a_dip_sample_is_of_days_that_are_over_and_of_nobody(office: Office) -> None:
    office.record(*blocked(5, "Archive", host="games.test"))
    question = DipSampleQuestion("are the lists right", "", SINCE, UNTIL)
    rows = office.by(STATISTICIAN).figures.dip_sample(question)
    assert {(row.day, row.host) for row in rows} == {(SINCE + timedelta(days=2), "games.test")}
    assert "Archive" not in repr(rows)
    with pytest.raises(ReviewRefused, match="days that are over"):
        office.by(STATISTICIAN).figures.dip_sample(replace(question, until=date(9999, 1, 1)))


def test_the_figures_of_a_quarter_are_for_those_who_watch(office: Office) -> None:
    office.granted()
    found = office.by(AUDITOR).figures.transparency("2026-Q4")
    assert found.quarter == "2026-Q4"
    assert len(found.figures) > 20
    for who, quarter, why in (
        (REVIEWER, "2026-Q4", "this is for statistics or auditor or data protection"),
        (AUDITOR, "2026", "is no quarter"),
        (AUDITOR, "8999-Q1", "has not begun"),
    ):
        with pytest.raises(ReviewRefused, match=why):
            office.by(who).figures.transparency(quarter)
