"""What the service may be asked, printed: of itself, without settings or a database."""

import json

import pytest

from console.cli.main import run_command
from console.review.wire import CALLS


def test_every_question_is_described_and_nothing_is_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_CONFIG", "/nowhere/sluicegate.toml")
    assert run_command(["review", "openapi"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == {call.path for call in CALLS.values()}
