"""The Ruleset on first use, and builds that change everything or nothing."""

import shutil
from pathlib import Path

import pytest

from categories.store import RulesetStore
from console.cli.workplace import workplace
from policy.errors import ConfigurationError, ListRefused


def test_on_first_use_the_shipped_lists_are_built_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ruleset = workplace().ruleset()
    assert ruleset.matches("bet365.com")[0].category == "gambling"
    assert "building one of the lists there are" in capsys.readouterr().err
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    workplace().ruleset()
    assert capsys.readouterr().err == ""


def test_the_shipped_lists_can_be_left_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHIPPED_LISTS", "false")
    assert workplace().library.items() == ()


def test_nobody_builds_while_somebody_changes_the_lists(state: Path) -> None:
    place = workplace()
    with place.library.files.locked(), pytest.raises(ListRefused, match="another command changes"):
        place.build()


def test_a_wrong_policy_is_found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICEGATE_POLICY_FILE", str(tmp_path / "missing.toml"))
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        workplace()


def test_where_rulesets_are_shared_a_gateway_starts_with_a_copy_of_its_own(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = tmp_path / "shared"
    shutil.move(state / "rulesets", shared / "rulesets")
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHARED_FOLDER", str(shared))
    own = RulesetStore(state / "rulesets")
    workplace().ensure_own_ruleset()
    assert own.current_digest() == workplace().store.current_digest()
    assert capsys.readouterr().err == ""
    # The file server is away: its mount point is an empty folder.
    shutil.rmtree(shared)
    shared.mkdir()
    workplace().ensure_own_ruleset()
    assert "is the folder mounted?" in capsys.readouterr().err
    assert workplace().ruleset().matches("bet365.com")
    assert "took last" in capsys.readouterr().err
    assert list(shared.iterdir()) == [], "nothing is built where everybody's Rulesets belong"


def test_a_gateway_that_never_took_a_ruleset_does_not_start_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHARED_FOLDER", str(tmp_path / "shared"))
    with pytest.raises(ListRefused, match="sluicegate lists activate"):
        workplace().ensure_own_ruleset()
