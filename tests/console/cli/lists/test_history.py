"""Which Rulesets were in force, and who changed what."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


@pytest.fixture(autouse=True)
def _changed(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")
    (tmp_path / "own.txt").write_text("bad-one.test\n")
    command = ("lists", "import", "--category", "games", "--because", "ticket 4711")
    assert cli(*command, tmp_path / "own.txt").code == 0
    assert cli("lists", "disable", "own", "--because", "a while").code == 0


def test_the_history_says_what_was_in_force_by_whom_and_why(cli: Cli) -> None:
    newest, first = map(json.loads, cli("lists", "history", "--json").out.splitlines())
    assert (newest["what"], newest["because"], newest["lists"]) == ("disable", "a while", [])
    assert (first["what"], first["because"], first["entries"]) == ("put", "ticket 4711", 1)
    assert first["lists"][0]["name"] == "own"
    assert first["actor"]
    shown = cli("lists", "history", "--limit", "1").out
    assert newest["digest"][:12] in shown
    assert "ticket 4711" not in shown


def test_the_change_log_says_before_and_after(cli: Cli) -> None:
    newest, first = map(json.loads, cli("lists", "changes", "--json").out.splitlines())
    assert (newest["what"], newest["before"]["own"]["disabled"]) == ("list disable", False)
    assert newest["after"]["own"]["disabled"] is True
    assert (first["before"]["own"], first["after"]["own"]["entries"]) == (None, 1)
    shown = cli("lists", "changes", "--since", "1h").out
    assert "list put" in shown and "own" in shown
    assert cli("lists", "changes", "--since", "soon").code == 2


@pytest.mark.parametrize("name", ["entry", "target", "change"])
def test_a_list_may_be_called_like_a_word_of_the_change_log(cli: Cli, tmp_path: Path, name: str) -> None:
    """Else whoever imports such a list keeps everybody from reading the log."""
    command = ("lists", "import", "--category", "games", "--because", "a test", "--name", name)
    assert cli(*command, tmp_path / "own.txt").code == 0
    ran = cli("lists", "changes")
    assert ran.code == 0
    row = next(line for line in ran.out.splitlines() if line.endswith("a test") or " a test " in line)
    assert row.split("list put")[1].split()[0] == name


def test_the_change_log_names_the_feed(cli: Cli) -> None:
    command = ("lists", "subscribe", "bets", "--url", "https://lists.example/bets.txt")
    assert cli(*command, "--category", "gambling", "--because", "ticket 4712").code == 0
    (row,) = (line for line in cli("lists", "changes").out.splitlines() if "list subscribe" in line)
    assert row.split("list subscribe")[1].split()[0] == "bets"
