"""What the Ruleset in force keeps out of the registers; the refusals themselves are with each command."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli
from tests.console.lists.people import somebody_else


def test_a_privileged_host_that_a_list_is_against_can_be_allowed(
    cli: Cli, state: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.txt").write_text("metfed.org.uk\n")
    assert cli("lists", "import", "--category", "games", tmp_path / "own.txt").code == 0
    assert cli("lists", "allow", "metfed.org.uk", "--because", "wrongly listed").code == 0
    explained = json.loads(cli("explain", "metfed.org.uk", "--json").out)
    assert (explained["verdict"], explained["privileged"]) == ("allow", True)


def test_what_stays_open_below_a_blocked_host_is_said(cli: Cli, state: Path) -> None:
    ran = cli("lists", "block", "microsoft.com", "--because", "until reviewed")
    assert ran.code == 0
    assert ran.err.startswith("essential, so still open: ")
    assert ".microsoft.com" in ran.err


def test_a_host_is_not_blocked_as_a_whole_where_a_help_line_lies_under_it(
    cli: Cli, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.txt").write_text("help.bet.test\n")
    proposed = json.loads(cli("lists", "import", "--category", "help", "--json", tmp_path / "own.txt").out)
    with somebody_else(monkeypatch):
        assert cli("lists", "approve", proposed["proposal"], "--because", "it helps").code == 0
    ran = cli("lists", "block", "bet.test", "--because", "x")
    assert (ran.code, ran.out) == (1, "")
    assert "help.bet.test (help) lies under it" in ran.err
    assert cli("lists", "block", "bet.test/casino", "--because", "x").code == 0
    assert cli("lists", "block", "www.bet.test", "--because", "x").code == 0


def test_without_a_ruleset_one_is_built_to_know(cli: Cli, tmp_path: Path) -> None:
    ran = cli("lists", "block", "samaritans.org", "--because", "x")
    assert (ran.code, ran.out) == (1, "")
    assert "protected by the category help" in ran.err
