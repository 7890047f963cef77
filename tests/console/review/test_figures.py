"""Numbers and samples of nobody: for who has the role, of their own organisation, each on record."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from policy.errors import ReviewRefused
from policy.review.figures import StatisticsQuestion
from policy.review.rows import DipSampleQuestion
from tests.console.review.office import NOW, OPERATOR, REVIEWER, STATISTICIAN, Office
from tests.db.examples import decision

TODAY = NOW.date()
MONTH = (TODAY.replace(day=1) - timedelta(days=40)).replace(day=1)
STATISTICS = StatisticsQuestion("the yearly report", "", MONTH, (MONTH + timedelta(days=31)).replace(day=1))
SAMPLE = DipSampleQuestion("a spot check", "", TODAY - timedelta(days=3), TODAY, size=5)


def test_a_statistician_counts_and_it_is_on_record(shared: Office) -> None:
    found = shared.by(STATISTICIAN).figures.statistics(STATISTICS)
    assert found.since == STATISTICS.since
    asked, answer = shared.accesses("review statistics")[-2:]
    assert (asked.purpose, answer.result) == ("the yearly report", "counted")


def test_a_dip_sample_names_nobody(office: Office) -> None:
    day = NOW - timedelta(days=2)
    office.record(decision(at=day, organisation=None, person="marked", path="/marked", client_ip="10.9.8.7"))
    (row,) = office.by(STATISTICIAN).figures.dip_sample(SAMPLE)
    assert row.host == "www.bet.test"
    assert row.day == day.date()
    assert "marked" not in repr(row)
    assert office.accesses("review dip sample")[-1].rows_seen == 1


@pytest.mark.parametrize("login", [REVIEWER, OPERATOR])
def test_nobody_else_counts(shared: Office, login: str) -> None:
    figures = shared.by(login).figures
    with pytest.raises(ReviewRefused, match="this is for statistics"):
        figures.statistics(STATISTICS)
    with pytest.raises(ReviewRefused, match="this is for statistics"):
        figures.dip_sample(SAMPLE)
    assert shared.accesses("review dip sample")[-1].result.startswith("refused: ")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"organisation": "Another Force"}, "one's own organisation", id="of-others"),
        pytest.param({"purpose": "  "}, "no purpose", id="without-a-purpose"),
        pytest.param({"size": 101}, "1 to 100", id="too-many"),
        pytest.param({"size": 0}, "1 to 100", id="none"),
        pytest.param({"until": date(2020, 1, 1)}, "ends before it begins", id="backwards"),
    ],
)
def test_a_sample_outside_its_bounds_is_refused(
    shared: Office, changes: dict[str, object], says: str
) -> None:
    with pytest.raises(ReviewRefused, match=says):
        shared.by(STATISTICIAN).figures.dip_sample(replace(SAMPLE, **changes))  # type: ignore[arg-type]  # by name
