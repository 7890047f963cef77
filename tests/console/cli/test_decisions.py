"""What an operator may see, and how they ask for it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db.engine import make_engine
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.withdrawals import WithdrawalStore, WrongEntry
from policy.words import EntryKind, Reason, Verdict
from tests.console.cli.conftest import Cli
from tests.db.examples import decision

HOSTILE = "\\x1b[2J[/bold]"


@pytest.fixture
def recorded(cli: Cli, tmp_path: Path) -> list[str]:
    """Three decisions of the last hour and one of yesterday; their references."""
    cli("db", "upgrade")
    now = datetime.now(UTC)
    made = [
        decision(at=now - timedelta(minutes=5)),
        decision(
            at=now - timedelta(minutes=10), verdict=Verdict.ALLOW, reason=Reason.NOT_LISTED, category=None
        ),
        decision(at=now - timedelta(minutes=20), host=HOSTILE),
        decision(at=now - timedelta(days=1)),
    ]
    state = tmp_path / "state"
    writer = SpoolWriter(state / "spool" / "slot-0", SpoolSettings())
    for one in made:
        writer.record(one)
    writer.close()
    engine = make_engine(DatabaseSettings(), state)
    Shipper(engine, state / "spool", 100).ship_once()
    engine.dispose()
    return [one.reference for one in made]


def local_day(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d}"


def references(out: str) -> list[str]:
    return [json.loads(line)["reference"] for line in out.splitlines()]


def test_the_last_hour_is_shown_newest_first(cli: Cli, recorded: list[str]) -> None:
    assert references(cli("decisions", "--json").out) == recorded[:3]
    assert references(cli("decisions", "--since", "2d", "--json").out) == recorded
    assert references(cli("decisions", "--blocked", "--json").out) == [recorded[0], recorded[2]]


def test_a_row_has_what_an_operator_may_see_and_no_more(cli: Cli, recorded: list[str]) -> None:
    row = json.loads(cli("decisions", "--json").out.splitlines()[0])
    assert set(row) == {
        *("at", "verdict", "reason", "category", "host", "list", "line", "resource", "reference"),
        "withdrawn_on",
    }


def test_a_reference_is_found_in_any_case(cli: Cli, recorded: list[str]) -> None:
    typed = f"{recorded[3][:4]}-{recorded[3][4:]}".lower()
    assert references(cli("decisions", "--reference", typed, "--json").out) == [recorded[3]]


def test_a_reference_that_nobody_knows_is_found_wrong(cli: Cli, recorded: list[str]) -> None:
    ran = cli("decisions", "--reference", "00000000")
    assert ran.code == 1
    assert "0000-0000: no decision" in ran.err


def test_hostile_text_is_shown_inert_and_whole(cli: Cli, recorded: list[str]) -> None:
    ran = cli("decisions")
    assert ran.code == 0
    assert HOSTILE in ran.out
    assert f"{recorded[0][:4]}-{recorded[0][4:]}" in ran.out


def test_nothing_decided_is_no_error(cli: Cli) -> None:
    ran = cli("decisions", "--json")
    assert (ran.code, ran.out) == (0, "")
    assert "0 decisions since" in cli("decisions").out


@pytest.mark.parametrize("arguments", [("--since", "yesterday"), ("--reference", "short")])
def test_what_cannot_be_read_is_an_error_of_usage(cli: Cli, arguments: tuple[str, str]) -> None:
    ran = cli("decisions", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert arguments[0] in ran.err


def test_what_a_withdrawn_entry_decided_is_marked(cli: Cli, recorded: list[str], tmp_path: Path) -> None:
    assert "withdrawn" not in cli("decisions").out
    engine = make_engine(DatabaseSettings(), tmp_path / "state")
    wrong = WrongEntry("ut1-gambling", EntryKind.HOST, "bet.test", "gambling")
    WithdrawalStore(engine).withdraw(wrong, since=None, because="it is a charity")
    engine.dispose()
    shown = cli("decisions").out
    assert "withdrawn as wrong on" in shown
    rows = [json.loads(line) for line in cli("decisions", "--json").out.splitlines()]
    assert all(row["withdrawn_on"] for row in rows if row["list"])
    # After its reference, so that the day of the decision itself does not pass for it.
    for row in (row for row in rows if row["list"]):
        reference = f"{row['reference'][:4]}-{row['reference'][4:]}"
        line = next(line for line in shown.splitlines() if reference in line)
        assert local_day(row["withdrawn_on"]) in line.partition(reference)[2]
