"""The schema, the roles, and the end of what has been kept long enough."""

import json
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


def test_an_empty_state_folder_gets_its_database_once(cli: Cli, tmp_path: Path) -> None:
    first, again = cli("db", "upgrade"), cli("db", "upgrade")
    assert (first.code, again.code) == (0, 0)
    assert "upgraded from nothing" in first.out
    assert "was there already" in again.out
    assert (tmp_path / "state" / "sluicegate.sqlite").stat().st_mode & 0o077 == 0


def test_sqlite_has_no_roles_and_says_so(cli: Cli) -> None:
    ran = cli("db", "roles")
    assert ran.code == 3
    assert "use PostgreSQL" in ran.err


def test_disposing_says_what_went_from_each_table(cli: Cli) -> None:
    rows = [json.loads(line) for line in cli("db", "dispose", "--json").out.splitlines()]
    assert {"decision", "outcome", "access", "change"} <= {row["table"] for row in rows}
    assert all(row["rows"] == 0 for row in rows)
    assert "decision" in cli("db", "dispose").out


@pytest.mark.parametrize("command", ["upgrade", "roles", "dispose"])
@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("postgresql://somebody:hunter2@127.0.0.1:1/log", 4, id="away"),
        pytest.param("mysql://somebody:hunter2@127.0.0.1/log", 3, id="no-such-database"),
    ],
)
def test_a_database_that_is_away_or_wrong_is_one_line_without_its_password(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, command: str, url: str, code: int
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", url)
    ran = cli("db", command)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.count("\n") == 1
    assert "hunter2" not in ran.err
