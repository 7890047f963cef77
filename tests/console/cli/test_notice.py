"""The notice as people read it."""

import json
from pathlib import Path

import pytest

from policy.document import SHIPPED
from tests.console.cli.conftest import Cli


def test_the_notice_is_shown_as_people_read_it(cli: Cli) -> None:
    ran = cli("notice", "show")
    assert ran.code == 0
    assert ran.out.startswith("Version 1; ")
    assert "What is recorded\n" in ran.out
    assert "{" not in ran.out, "every setting is filled in"
    told = json.loads(cli("notice", "show", "--json").out)
    assert told["version"] == "1"
    assert told["rights"]


def test_a_policy_without_a_notice_says_what_follows(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SHIPPED.read_text("utf-8")
    begins, ends = text.index("[notice]"), text.index("\n[", text.index("[notice.text]"))
    (tmp_path / "policy.toml").write_text(text[:begins] + text[ends:], "utf-8")
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "policy.toml"))
    ran = cli("notice", "show")
    assert ran.code == 1
    assert "nobody is named in the log" in ran.err
