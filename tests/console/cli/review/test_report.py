"""`review report`, as somebody calls it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from policy.words import Verdict
from tests.console.cli.conftest import Cli
from tests.console.cli.review.fake import World
from tests.reviewed import reviewed

PURPOSE = ("--purpose", "the complaint")


@pytest.fixture(autouse=True)
def decided(world: World) -> None:
    """Two visits of alice's that count, and one that a wrong entry decided."""
    at = datetime.now(UTC) - timedelta(days=2)
    world.decisions += [
        reviewed(at=at, host="bet.test"),
        reviewed(at=at, host="news.test", verdict=Verdict.ALLOW, category=None),
        reviewed(at=at, host="wrong.test", withdrawn_on=at),
    ]


def test_a_withdrawn_entry_is_counted_apart(cli: Cli, authority: str) -> None:
    lines = [
        json.loads(line) for line in cli("review", "report", authority, *PURPOSE, "--json").out.splitlines()
    ]
    total = next(line for line in lines if line.get("by") == "all")
    assert (total["blocked"], total["allowed"], total["withdrawn"], total["visits"]) == (1, 1, 1, 2)


def test_the_table_has_the_numbers(cli: Cli, authority: str) -> None:
    out = cli("review", "report", authority, *PURPOSE).out
    for wanted in ("in all", "gambling", "bet.test", "wrong.test", "Read within:"):
        assert wanted in out


def test_a_page_can_be_kept(cli: Cli, authority: str, tmp_path: Path) -> None:
    assert cli("review", "report", authority, *PURPOSE, "--output", tmp_path / "report.html").code == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Report of a review" in page
    assert f"{authority[:4]}-{authority[4:]}" in page


def test_csv_has_a_line_a_figure(cli: Cli, authority: str) -> None:
    out = cli("review", "report", authority, *PURPOSE, "--csv").out
    assert out.startswith('\ufeff"by","what","visits allowed"')
    assert '"host","bet.test",0,0,1' in out


def test_a_report_has_no_rows_of_anybody(cli: Cli, authority: str) -> None:
    for form in ("--json", "--csv"):
        out = cli("review", "report", authority, *PURPOSE, form).out
        assert "192.0.2.17" not in out
        assert "/tips/today" not in out
