"""`review statistics`, as somebody calls it."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from policy.review.figures import StatisticsRow
from policy.words import ReviewerRole, Verdict
from tests.console.cli.conftest import Cli, SitDown
from tests.console.cli.review.fake import World

ASKED = ("--purpose", "the report", "--since", "2026-10-01", "--until", "2026-10-03")


@pytest.fixture(autouse=True)
def counted(world: World, sit_down: SitDown) -> None:
    """Two numbers; at the terminal is who may ask for them."""
    day = date(2026, 10, 1)
    world.statistics += [
        StatisticsRow(day, "gambling", None, None, None, Verdict.BLOCK, visit=True, number=1200),
        StatisticsRow(day, "games", None, None, None, Verdict.ALLOW, visit=True, number=25),
    ]
    sit_down("stan", ReviewerRole.STATISTICS)


def test_numbers_stand_by_verdict_and_it_is_said_what_they_leave_out(cli: Cli) -> None:
    out = cli("review", "statistics", *ASKED).out
    assert "1200" in out
    assert "2026-10-01 to 2026-10-02 (UTC, both included)" in out
    assert "is not told" in out


def test_json_and_csv_have_each_number(cli: Cli) -> None:
    lines = [json.loads(line) for line in cli("review", "statistics", *ASKED, "--json").out.splitlines()]
    assert [line["number"] for line in lines] == [1200, 25]
    assert lines[0]["period"] == "2026-10-01"
    text = cli("review", "statistics", *ASKED, "--csv").out.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["number"] for row in rows] == ["1200", "25"]


def test_a_page_has_a_plot(cli: Cli, tmp_path: Path) -> None:
    assert cli("review", "statistics", *ASKED, "--output", tmp_path / "october.html").code == 0
    page = (tmp_path / "october.html").read_text("utf-8")
    assert "Statistics of the web filter" in page
    assert "<svg" in page
    assert "is not told" in page


def test_without_a_time_it_is_the_last_month_that_is_told(cli: Cli) -> None:
    out = cli("review", "statistics", "--purpose", "why").out
    first, last = (date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", out)[-2:])
    assert first.day == 1
    assert (last + timedelta(days=1)).day == 1


def test_the_look_is_recorded_with_its_purpose(cli: Cli, world: World) -> None:
    cli("review", "statistics", *ASKED)
    assert world.looks == [("stan", "review statistics", "the report")]


@pytest.mark.parametrize("arguments", [("--by", "person"), ("--since", "x"), ("--purpose", " ")])
def test_what_cannot_be_read_is_asked_of_nobody(cli: Cli, world: World, arguments: tuple[str, str]) -> None:
    assert cli("review", "statistics", *ASKED, *arguments).code == 2
    assert world.looks == []
