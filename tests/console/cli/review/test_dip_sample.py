"""`review dip-sample`, as somebody calls it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from policy.words import ReviewerRole
from tests.console.cli.conftest import Cli, SitDown
from tests.console.cli.review.fake import World
from tests.reviewed import reviewed

ASKED = ("--purpose", "are the lists right")


@pytest.fixture(autouse=True)
def decided(world: World, sit_down: SitDown) -> None:
    """Thirty decisions, the first by an entry that was wrong."""
    at = datetime.now(UTC) - timedelta(days=2)
    world.decisions += [reviewed(at=at, withdrawn_on=None if number else at) for number in range(30)]
    sit_down("stan", ReviewerRole.STATISTICS)


def test_rows_of_nobody_are_shown(cli: Cli, world: World) -> None:
    out = cli("review", "dip-sample", *ASKED).out
    assert "20 by chance" in out
    for nobodys in ("alice", "192.0.2.17", "/tips", world.decisions[0].reference):
        assert nobodys not in out


def test_json_and_csv_have_each_row(cli: Cli) -> None:
    lines = [
        json.loads(line)
        for line in cli("review", "dip-sample", *ASKED, "--rows", "25", "--json").out.splitlines()
    ]
    assert len(lines) == 25
    assert lines[0]["withdrawn"] is True
    text = cli("review", "dip-sample", *ASKED, "--csv").out.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["withdrawn as wrong"] for row in rows[:2]] == ["yes", ""]


@pytest.mark.parametrize("arguments", [("--rows", "101"), ("--since", "x"), ("--output", "sample.html")])
def test_what_cannot_be_had_is_asked_of_nobody(cli: Cli, world: World, arguments: tuple[str, str]) -> None:
    assert cli("review", "dip-sample", *ASKED, *arguments).code == 2
    assert world.looks == []
