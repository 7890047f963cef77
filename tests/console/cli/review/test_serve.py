"""`review serve`: it answers when it says so, takes nobody's place, and leaves none behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.main import AWAY, CONFIGURATION, run_command
from console.review.client import over_socket
from console.review.http.server import unix_listener
from policy.errors import ReviewRefused


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def test_it_answers_on_its_socket_and_takes_that_away_when_it_ends(state: Path) -> None:
    command = [sys.executable, "-m", "console.cli.main", "review", "serve"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) as service:
        assert service.stderr is not None
        assert f"answers at {state / 'run' / 'review.sock'}" in service.stderr.readline()
        with pytest.raises(ReviewRefused, match="not in the register of people"):
            over_socket(state / "run" / "review.sock").who()
        service.terminate()
        assert service.wait(30) == 0
    assert not (state / "run" / "review.sock").exists()


def test_it_takes_nobodys_place(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (state / "run").mkdir(parents=True, mode=0o700)
    (state).chmod(0o700)
    monkeypatch.setattr("addons.observe.status_socket._answers", lambda _path: True)
    with unix_listener(state / "run" / "review.sock").socket:
        assert run_command(["review", "serve"]) == AWAY
    assert "another review service answers here" in capsys.readouterr().err


def test_what_is_wrong_with_its_settings_is_said_in_a_line(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_REVIEW__LISTEN", "127.0.0.1:0")
    assert run_command(["review", "serve"]) == CONFIGURATION
    for name in ("CERTIFICATE", "KEY"):
        monkeypatch.setenv(f"SLUICEGATE_REVIEW__{name}", str(tmp_path / "missing.pem"))
    assert run_command(["review", "serve"]) == CONFIGURATION
    said = capsys.readouterr().err.splitlines()
    assert "only with TLS" in said[0]
    assert "not a certificate and its key" in said[-1]
