"""`review timeline`, as somebody calls it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli
from tests.console.cli.review.fake import World
from tests.reviewed import reviewed

PURPOSE = ("--purpose", "the complaint")


@pytest.fixture(autouse=True)
def decided(world: World) -> None:
    """Five visits of alice's, a day apart."""
    now = datetime.now(UTC)
    for days in range(5):
        at = now - timedelta(days=days, minutes=1)
        world.decisions.append(reviewed(at=at, host="bet.test", page=f"https://day{days}.test"))


def test_figures_come_by_the_day_and_rows_with_them(cli: Cli, authority: str) -> None:
    out = cli("review", "timeline", authority, "Alice", "--purpose", "why", "--json").out
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert kinds == ["bounds", *["figures"] * 5, *["visit"] * 5]


def test_a_short_period_comes_by_the_hour(cli: Cli, authority: str) -> None:
    out = cli("review", "timeline", authority, "alice", *PURPOSE, "--since", "2d").out
    assert "alice, by the hour (UTC):" in out


def test_a_part_says_how_to_go_on(cli: Cli, authority: str) -> None:
    ran = cli("review", "timeline", authority, "alice", *PURPOSE, "--rows", "2", "--json")
    assert "--after" in ran.err
    place = ran.err.split("--after ")[1].split()[0]
    more = cli("review", "timeline", authority, "alice", *PURPOSE, "--after", place, "--json").out
    assert sum(json.loads(line)["kind"] == "visit" for line in more.splitlines()) == 3


def test_a_page_has_a_plot_and_says_what_rows_cannot_show(cli: Cli, authority: str, tmp_path: Path) -> None:
    ran = cli("review", "timeline", authority, "alice", *PURPOSE, "--output", tmp_path / "alice.html")
    assert ran.code == 0
    page = (tmp_path / "alice.html").read_text("utf-8")
    assert "Timeline of alice" in page
    assert "<svg" in page
    assert "What this can and cannot show" in page


def test_csv_has_the_rows(cli: Cli, authority: str) -> None:
    out = cli("review", "timeline", authority, "alice", *PURPOSE, "--csv").out
    assert out.count("bet.test") >= 5


def test_somebody_that_the_authority_does_not_name_is_refused(cli: Cli, authority: str) -> None:
    ran = cli("review", "timeline", authority, "bob", *PURPOSE)
    assert ran.code == 1
    assert "does not name bob" in ran.err
