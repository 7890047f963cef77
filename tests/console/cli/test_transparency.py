"""`transparency report`, as somebody calls it."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from policy.review.transparency import last_quarter
from policy.words import ReviewerRole
from tests.console.cli.conftest import Cli, SitDown


@pytest.fixture(autouse=True)
def auditor(sit_down: SitDown) -> None:
    sit_down("audrey", ReviewerRole.AUDITOR)


def test_the_figures_of_a_quarter_are_a_table_and_few_people_are_not_told(cli: Cli) -> None:
    ran = cli("transparency", "report", "2026-Q4")
    assert ran.code == 0
    assert "2026-Q4" in ran.out
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "authorities granted, breach 12" in lines
    assert "people told of a review fewer than 10" in lines


def test_without_a_quarter_it_is_the_last_that_is_over(cli: Cli) -> None:
    before = last_quarter(datetime.now(UTC))
    records = [json.loads(line) for line in cli("transparency", "report", "--json").out.splitlines()]
    assert {one["quarter"] for one in records} <= {str(before), str(last_quarter(datetime.now(UTC)))}
    by_name = {one["what"]: one["number"] for one in records}
    assert by_name["authorities granted, breach"] == 12
    assert by_name["people told of a review"] is None


def test_it_goes_into_a_file_for_a_spreadsheet(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "q4.csv"
    assert cli("transparency", "report", "2026-Q4", "--output", file).code == 0
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert rows[0] == ["what", "number"]
    assert ["authorities granted, breach", "12"] in rows


def test_what_is_no_quarter_is_refused_in_one_line(cli: Cli) -> None:
    ran = cli("transparency", "report", "last year")
    assert (ran.code, ran.out) == (1, "")
    assert "is no quarter" in ran.err
