"""Break-glass, from the opening to the second person's word."""

import json
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.engine import make_engine
from db.settings import DatabaseSettings
from tests.console.cli.conftest import Cli
from tests.console.cli.test_bypass_records import RECORD
from tests.db.examples import break_glass_days_ago

WHY = ("--because", "the custody system is blocked, ticket 4711")
OPEN = ("break-glass", "open", "--for", "30m", *WHY)
ME = pwd.getpwuid(os.getuid()).pw_name


@contextmanager
def another(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another account of the system."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "getuid", lambda: 12345)
        yield


def test_it_is_opened_closed_and_confirmed_by_somebody_else(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = cli(*OPEN)
    assert opened.code == 0
    assert "break-glass is open until " in opened.out
    reference = opened.out.partition(":")[0]
    assert f"sluicegate break-glass confirm {reference} --because TEXT" in opened.out
    assert "open; to be confirmed by" in cli("break-glass", "list").out
    again = cli(*OPEN)
    assert (again.code, "open already" in again.err) == (1, True)
    assert cli("break-glass", "close").code == 0
    mine = cli("break-glass", "confirm", reference, "--because", "I was right")
    assert (mine.code, "nobody confirms what they opened" in mine.err) == (1, True)
    with another(monkeypatch):
        confirmed = cli("break-glass", "confirm", reference.lower(), "--because", "agreed")
    assert confirmed.code == 0
    assert "cannot keep two people apart" in confirmed.err
    found = json.loads(cli("break-glass", "list", "--json").out)
    assert (found["kind"], found["state"]) == ("opened", "confirmed by uid 12345")
    assert found["entered"]["by"] == ME


def test_opened_again_it_is_counted(cli: Cli) -> None:
    assert "number" not in cli(*OPEN).out
    cli("break-glass", "close")
    assert "It is number 2 within 24 hours." in cli(*OPEN).out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(("open", "--for", "30m"), 2, "--because", id="no-reason"),
        pytest.param(("open", *WHY), 2, "--for", id="no-length"),
        pytest.param(("open", "--for", "soon", *WHY), 2, "a span such as", id="no-span"),
        pytest.param(("open", "--for", "61m", *WHY), 1, "1 to 60 minutes", id="too-long"),
        pytest.param(("open", "--for", "59s", *WHY), 1, "1 to 60 minutes", id="too-short"),
        pytest.param(("open", "--for", "30m", "--because", " "), 1, "the reason is empty", id="empty-reason"),
        pytest.param(("close",), 1, "not open", id="nothing-to-close"),
        pytest.param(("confirm", "x", *WHY), 2, "not a reference", id="no-reference"),
        pytest.param(("confirm", "K7QF-2M9T", *WHY), 1, "no opening or bypass", id="unknown"),
        pytest.param(("record-bypass", "--from", "1h"), 2, "give all of", id="half-a-bypass"),
        pytest.param(("record-bypass", "--from", "1h", "--until", "x", *WHY), 2, "--until", id="no-time"),
    ],
)
def test_what_is_not_fit_is_refused(cli: Cli, arguments: tuple[str, ...], code: int, says: str) -> None:
    ran = cli("break-glass", *arguments)
    assert (ran.code, says in ran.err) == (code, True), ran.err


def test_without_its_database_it_is_not_opened_and_the_other_way_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/none")
    ran = cli(*OPEN)
    assert ran.code == 4
    assert "without it break-glass cannot be opened" in ran.err
    assert "sluicegate-bypass" in ran.err


def test_it_is_opened_though_the_policy_cannot_be_read(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "none.toml"))
    assert cli("check").code == 3
    assert cli(*OPEN).code == 0


def test_a_bypass_is_written_down_from_its_record_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.bypass").write_text(RECORD)
    (tmp_path / "b.bypass").write_text(RECORD.replace("2026-03-04", "2999-03-04"))
    record = ("break-glass", "record-bypass", "--records", tmp_path)
    recorded = cli(*record)
    assert recorded.code == 0
    assert "the bypass from 2026-03-04 " in recorded.out
    assert "a bypass goes on until 2999-03-04" in recorded.err
    again = cli(*record)
    assert (again.code, "not written down" in again.err) == (1, True)
    assert f"{ME} (made by alice)" in cli("break-glass", "list").out
    with another(monkeypatch):
        assert cli("break-glass", "confirm", recorded.out.partition(":")[0], *WHY).code == 0


def test_a_bypass_without_a_record_is_written_down_by_hand(cli: Cli) -> None:
    ran = cli("break-glass", "record-bypass", "--from", "40m", "--until", "10m", *WHY, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["kind"] == "bypassed"


def test_whoever_looks_at_a_time_that_was_open_is_told(cli: Cli, state: Path) -> None:
    cli("break-glass", "record-bypass", "--from", "3h", "--until", "2h", *WHY)
    assert "bypassed" not in cli("decisions", "--since", "1h").err
    cli(*OPEN)
    looked = cli("decisions", "--since", "1d").err
    assert "the gateway was bypassed: nothing of it is recorded" in looked
    assert "break-glass was open: neither people nor sites are recorded" in looked
    assert "break-glass was open" in cli("decisions", "--since", "1d", "--json").err


def test_explain_judges_as_the_gateway_does_while_it_is_open(cli: Cli, state: Path) -> None:
    before = cli("explain", "https://www.facebook.com/")
    assert "BLOCK" in before.out
    cli(*OPEN)
    told = cli("explain", "https://www.facebook.com/").out
    assert "ALLOW (break-glass is open" in told
    assert "judged by its name alone, nobody asked for or recorded" in told
    assert "level category" in told


def test_check_says_what_is_open_unconfirmed_and_not_written_down(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(*OPEN)
    told = cli("check").out
    assert "break-glass: open until " in told
    assert "to be confirmed by" in told
    assert "on SQLite the second person is another account" in told
    cli("break-glass", "close")
    break_glass_days_ago(make_engine(DatabaseSettings(), state), 1)
    monkeypatch.setattr("console.cli.check.RECORDS", tmp_path)
    (tmp_path / "a.bypass").write_text(RECORD)
    told = cli("check").out
    assert "OVERDUE" in told
    assert "the bypass from 2026-03-04 " in told
    assert "sluicegate break-glass record-bypass" in told
