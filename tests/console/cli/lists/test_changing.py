"""Which lists take part: removed, disabled, enabled, rolled back, and what is never decrypted."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli

NEVER = '[[entry]]\nhost = "a.example"\nwhy = "pins"\nwho = "IT"\nreview = 2027-05-01\n'


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")


def imported(cli: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "own.txt").write_text(text)
    assert cli("lists", "import", "--category", "games", tmp_path / "own.txt").code == 0


def names(cli: Cli) -> dict[str, str]:
    lines = cli("lists", "status", "--json").out.splitlines()
    return {one["name"]: one["state"] for one in map(json.loads, lines)}


def test_a_list_is_disabled_enabled_removed_and_rolled_back(cli: Cli, tmp_path: Path) -> None:
    imported(cli, tmp_path, "bad-one.test\n")
    assert "in force: 0 lists" in cli("lists", "disable", "own", "--because", "a while").out
    assert names(cli) == {"own": "disabled"}
    assert "in force: 1 lists" in cli("lists", "enable", "own", "--because", "back").out
    assert names(cli) == {"own": "in force"}
    done = json.loads(cli("lists", "remove", "own", "--because", "away", "--json").out)
    assert (done["in_force"], done["proposal"], done["held"]) == (True, None, [])
    assert names(cli) == {}
    assert cli("lists", "rollback", "--because", "again").code == 0
    assert names(cli) == {"own": "in force"}
    refused = cli("lists", "rollback", "ffffff", "--because", "again")
    assert (refused.code, refused.out) == (1, "")
    assert "none on the record begins so" in refused.err


@pytest.mark.parametrize("command", ["remove", "disable", "enable"])
def test_a_list_that_is_not_there_is_one_line(cli: Cli, tmp_path: Path, command: str) -> None:
    imported(cli, tmp_path, "bad-one.test\n")
    ran = cli("lists", command, "other", "--because", "a test")
    assert (ran.code, ran.out) == (1, "")
    assert "other: no list has this name; there are: own" in ran.err


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        pytest.param(NEVER.encode(), 0, "", id="a-list"),
        pytest.param(b"\xff", 1, "not a TOML file", id="no-text"),
        pytest.param(b"[[", 3, "not a TOML file", id="no-toml"),
        pytest.param(b"#" * 300_000, 1, "too many", id="too-much"),
    ],
)
def test_the_never_decrypt_list_is_looked_at_and_proposed(
    cli: Cli, tmp_path: Path, data: bytes, code: int, says: str
) -> None:
    imported(cli, tmp_path, "bad-one.test\n")
    (tmp_path / "never.toml").write_bytes(data)
    ran = cli("lists", "never-decrypt", tmp_path / "never.toml", "--because", "it pins")
    assert ran.code == code
    assert says in ran.err
    assert ("waits for approval: sluicegate lists approve " in ran.out) is (code == 0)
