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


def test_a_build_that_is_not_to_be_in_force_keeps_the_list_and_what_is_in_force(
    state: Path, tmp_path: Path
) -> None:
    place = workplace()
    before = place.store.current_digest()
    (tmp_path / "own.txt").write_text("bad.test\n")
    report = place.build([place.library.read_in("own", "games", tmp_path / "own.txt")], in_force=False)
    assert place.store.current_digest() == before != report.digest
    assert "own" in {source.name for source in place.library.items()}


def test_a_build_that_is_refused_keeps_nothing(state: Path, tmp_path: Path) -> None:
    place = workplace()
    (tmp_path / "own.txt").write_text("bad.test\n")
    staged = place.library.read_in("own", "nonsense", tmp_path / "own.txt")
    with pytest.raises(ListRefused, match="the policy has no category"):
        place.build([staged])
    assert "own" not in {source.name for source in place.library.items()}


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


def test_shared_lists_are_imported_into_the_shared_folder(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_CATEGORIES__SHARED_FOLDER", str(tmp_path / "shared"))
    place = workplace()
    (tmp_path / "own.txt").write_text("bad.test\n")
    digest = place.build([place.library.read_in("own", "games", tmp_path / "own.txt")]).digest
    assert (tmp_path / "shared" / "rulesets" / "current").readlink().name == digest
    assert (tmp_path / "shared" / "lists" / "own.json").exists()
    assert not (state / "lists" / "own.json").exists()


def test_what_is_in_force_is_built_again_only_where_it_would_be_another(state: Path) -> None:
    assert workplace().rebuild() is None
