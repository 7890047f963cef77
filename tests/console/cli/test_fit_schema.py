"""The look at the schema before a gateway starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.fit_schema import fit_schema
from policy.errors import DatabaseAway


def test_an_empty_state_folder_gets_its_database(tmp_path: Path) -> None:
    fit_schema()
    fit_schema()
    assert (tmp_path / "state" / "sluicegate.sqlite").stat().st_size > 0


def test_a_database_that_is_away_is_the_commands_error_and_the_programs_exit_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLUICEGATE_DATABASE__URL", "postgresql://gw@127.0.0.1:1/log")
    with pytest.raises(DatabaseAway):
        fit_schema()
    ran = subprocess.run(
        [sys.executable, "-m", "console.cli.fit_schema"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (4, 1)
