"""What waits for somebody's word, and their word on it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.console.cli.conftest import Cli
from tests.console.lists.people import somebody_else


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__PROTECTED_HOSTS", '["town.test"]')


def proposed(cli: Cli, tmp_path: Path, category: str = "essential") -> str:
    """A reference, as the command showed it."""
    (tmp_path / "open.txt").write_text("good.test\n")
    ran = cli("lists", "import", "--category", category, tmp_path / "open.txt")
    assert ran.code == 0
    found = re.search(r"lists approve (\w{4}-\w{4})$", ran.out, re.MULTILINE)
    assert found is not None
    return found[1]


def held(cli: Cli, tmp_path: Path) -> str:
    (tmp_path / "own.txt").write_text("bad-one.test\ntown.test\n")
    assert cli("lists", "import", "--category", "games", tmp_path / "own.txt").code == 0
    (one,) = waiting(cli)
    return str(one["reference"])


def waiting(cli: Cli) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cli("lists", "pending", "--json").out.splitlines()]


def lists_with(cli: Cli, host: str) -> str:
    answer = json.loads(cli("categorise", "--json", stdin=host.encode()).out)
    return ",".join(answer["categories"])


def test_a_change_is_proposed_by_one_and_approved_by_another(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = proposed(cli, tmp_path)
    assert reference in cli("lists", "pending").out
    own = cli("lists", "approve", reference, "--because", "mine")
    assert (own.code, "nobody decides their own" in own.err) == (1, True)
    with somebody_else(monkeypatch):
        ran = cli("lists", "approve", reference.lower(), "--because", "looked at it")
    assert ran.code == 0
    assert "put open: 1 entries of essential" in ran.out
    assert "  open: is new" in ran.out, "what it changes now"
    assert lists_with(cli, "good.test") == "essential"
    assert cli("lists", "pending").out == "nothing waits\n"
    assert cli("lists", "approve", reference, "--because", "again").code == 1


def test_what_is_refused_or_taken_back_is_done_with(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = proposed(cli, tmp_path)
    assert cli("lists", "refuse", first, "--because", "a mistake").out.startswith("taken-back: put open")
    second = proposed(cli, tmp_path)
    with somebody_else(monkeypatch):
        ran = cli("lists", "refuse", second, "--because", "no", "--json")
    assert json.loads(ran.out) == {"proposal": second, "outcome": "refused"}
    assert waiting(cli) == []


def test_an_entry_that_is_held_back_is_let_in(cli: Cli, tmp_path: Path) -> None:
    reference = held(cli, tmp_path)
    assert lists_with(cli, "town.test") == ""
    wrong = cli("lists", "approve", reference, "--because", "a test")
    assert (wrong.code, "sluicegate lists release" in wrong.err) == (1, True)
    assert cli("lists", "release", reference, "--because", "it is a casino").code == 0
    assert lists_with(cli, "town.test") == "games"
    assert waiting(cli) == []


def test_several_entries_are_let_in_at_once_or_none_is_where_one_of_them_is_not_withheld(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "own.txt").write_text("bad-one.test\nbad-two.test\nbad-three.test\n")
    cli("lists", "import", "--category", "games", tmp_path / "own.txt")
    references = [
        json.loads(cli("lists", "withdraw", "own", host, "--because", "a test", "--json").out)["reference"]
        for host in ("bad-one.test", "bad-two.test")
    ]
    refused = cli("lists", "release", *references, "K7QF-2M9T", "--because", "a test")
    assert (refused.code, "no entry is withheld as K7QF-2M9T" in refused.err) == (1, True)
    assert lists_with(cli, "bad-one.test") == ""
    ran = cli("lists", "release", *references, references[0], "--because", "no banks", "--json")
    assert (ran.code, len(ran.out.splitlines())) == (0, 2)
    assert [lists_with(cli, host) for host in ("bad-one.test", "bad-two.test")] == ["games", "games"]


def test_an_entry_that_is_refused_stays_out_and_waits_no_more(cli: Cli, tmp_path: Path) -> None:
    reference = held(cli, tmp_path)
    assert cli("lists", "refuse", reference, "--because", "our town").code == 0
    assert waiting(cli) == []
    (tmp_path / "own.txt").write_text("town.test\nbad-one.test\n")
    assert "held back" not in cli("lists", "import", "--category", "games", tmp_path / "own.txt").out
    assert lists_with(cli, "town.test") == ""


@pytest.mark.parametrize("command", ["approve", "refuse", "release"])
@pytest.mark.parametrize("reference", ["K7QF-2M9T", "nonsense!"])
def test_a_reference_of_nothing_is_one_line(cli: Cli, tmp_path: Path, command: str, reference: str) -> None:
    proposed(cli, tmp_path)
    ran = cli("lists", command, reference, "--because", "a test")
    assert (ran.code, ran.out) == (1, "")
    assert reference in ran.err
