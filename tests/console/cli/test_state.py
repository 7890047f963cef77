"""Where the gateway keeps what it makes."""

import os
from pathlib import Path

import pytest

from console.cli.state import UNFINISHED_RESTORE, State, default_folder, state_folder
from policy.errors import ConfigurationError


@pytest.mark.parametrize(
    ("environ", "user_id", "expected"),
    [
        pytest.param({"HOME": "/home/x"}, 0, "/var/lib/sluicegate", id="root"),
        pytest.param({"HOME": "/home/x"}, 1000, "/home/x/.local/state/sluicegate", id="an-account"),
        pytest.param({"XDG_STATE_HOME": "/s", "HOME": "/home/x"}, 1000, "/s/sluicegate", id="xdg"),
    ],
)
def test_without_a_setting_the_folder_is_the_accounts_own(
    environ: dict[str, str], user_id: int, expected: str
) -> None:
    assert default_folder(environ, user_id) == Path(expected)


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", "here")
    assert state_folder().root == tmp_path / "here"
    assert not (tmp_path / "here").exists()


def test_a_new_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    state = State(tmp_path / "a" / "state")
    state.create()
    state.create()
    assert state.root.stat().st_mode & 0o777 == 0o700


def test_a_folder_with_a_restore_that_did_not_end_is_used_by_nobody(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.create()
    (state.root / UNFINISHED_RESTORE).mkdir()
    with pytest.raises(ConfigurationError, match="a restore is running here, or was broken off"):
        state.create()
    state.make()


def test_every_part_lies_inside(tmp_path: Path) -> None:
    state = State(tmp_path)
    parts = [state.database, state.ca, state.lists, state.rulesets, state.spool, state.run]
    assert all(part.parent == tmp_path for part in parts)
    assert len(set(parts)) == len(parts)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ConfigurationError, match=r"file/state: the state folder cannot be made: .*set SLUICEGATE_STATE_DIR"
    ):
        State(tmp_path / "file" / "state").create()


@pytest.mark.parametrize(
    ("mode", "refused"), [(0o700, False), (0o755, False), (0o770, True), (0o702, True), (0o1777, True)]
)
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, mode: int, *, refused: bool) -> None:
    state = State(tmp_path / "state")
    state.create()
    state.root.chmod(mode)
    if not refused:
        state.create()
        return
    with pytest.raises(
        ConfigurationError, match=r"others may write to the state folder; .*chmod 700"
    ) as raised:
        state.create()
    assert "\n" not in str(raised.value)


def test_a_folder_of_another_account_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(tmp_path / "state")
    state.create()
    owner = os.getuid() or 1001
    os.chown(state.root, owner, -1)  # whoever runs the tests, a folder that is not root's
    monkeypatch.setattr(os, "geteuid", lambda: owner)
    state.refuse_others()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(ConfigurationError, match=rf"belongs to another account \(uid {owner}\)"):
        state.refuse_others()
