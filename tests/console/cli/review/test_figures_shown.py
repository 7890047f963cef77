"""Figures as tables, JSON and CSV."""

from datetime import UTC, datetime

import pytest

from console.cli.review import figures_shown
from policy.review.figures import Figures, FiguresAt, FiguresOf, Report
from policy.review.meaning import KNOWN, SHARED, WITHDRAWN
from policy.words import PersonHow
from tests.console.cli.review.test_bounds_shown import BOUNDS

DAY = datetime(2026, 11, 1, tzinfo=UTC)
SOME = Figures(allowed=1200, confirmed=2, blocked=3, other=40, other_refused=5, withdrawn=6)
REPORT = Report(
    since=DAY,
    until=datetime(2026, 11, 3, tzinfo=UTC),
    total=SOME,
    by_day=(FiguresAt(DAY, SOME), FiguresAt(datetime(2026, 11, 2, tzinfo=UTC), Figures())),
    by_category=(FiguresOf("gambling", SOME), FiguresOf(None, SOME)),
    by_list=(FiguresOf(None, SOME),),
    by_host=(FiguresOf("bet.test", SOME),),
    hosts=70,
    by_exemption=(),
    by_person_how=(FiguresOf("basic", SOME),),
    by_unit=(),
)


def test_a_report_has_a_table_for_each_thing_that_there_was(capsys: pytest.CaptureFixture[str]) -> None:
    figures_shown.print_report(REPORT)
    out = capsys.readouterr().out
    assert "2026-11-01" in out
    assert "2026-11-02" not in out
    assert "1,200" in out
    assert "(none)" in out
    assert "bet.test" in out
    assert "password" in out
    assert "Hosts: the 1 with the most visits of 70" in out
    assert "exemption" not in out
    assert "visits blocked" in out
    for says in (figures_shown.VISIT, KNOWN[PersonHow.BASIC].not_shown, SHARED, WITHDRAWN):
        assert says in out
    assert [heading for heading, _ in figures_shown.parts(REPORT)] == ["category", "host", "known by"]


def test_hours_are_shown_as_such() -> None:
    at = FiguresAt(datetime(2026, 11, 1, 7, tzinfo=UTC), SOME)
    assert figures_shown.moment(at, hourly=True) == "2026-11-01 07:00"
    assert figures_shown.moment(at, hourly=False) == "2026-11-01"


def test_json_and_csv_have_every_figure() -> None:
    found = list(figures_shown.records(REPORT))
    assert [one["by"] for one in found] == ["all", "day", "day", "category", "category", "host", "known by"]
    assert found[0]["visits"] == 1205
    rows = list(figures_shown.csv_rows(REPORT, BOUNDS))
    assert len(rows) == len(found)
    assert {len(row) for row in rows} == {len(figures_shown.CSV_COLUMNS)}
    assert rows[0][-2:] == ["K7QF-2M9T", BOUNDS.access]


def test_no_figure_is_of_a_person() -> None:
    assert not {one["by"] for one in figures_shown.records(REPORT)} & {"person", "login"}
