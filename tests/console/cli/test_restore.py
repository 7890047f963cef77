"""`sluicegate restore`: what came back is said, and what is no backup is one line."""

import json
from pathlib import Path

import pytest

from addons.ca.folder import init_ca
from tests.console.cli.conftest import Cli


@pytest.fixture
def backup(cli: Cli, state: Path, tmp_path: Path) -> Path:
    """A backup with an authority; the passphrase lies beside it."""
    init_ca(state / "ca")
    assert cli("lists", "block", "bet.test", "--because", "phishing").code == 0
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    ran = cli("backup", tmp_path / "a.tar", "--with-ca", "--passphrase-file", tmp_path / "passphrase")
    assert ran.code == 0, ran.err
    return tmp_path / "a.tar"


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backup: Path) -> Path:
    """The state folder of another machine."""
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "new"))
    return tmp_path / "new"


def test_what_came_back_is_said(cli: Cli, backup: Path, new: Path) -> None:
    ran = cli("restore", backup, "--with-ca", "--passphrase-file", backup.with_name("passphrase"))
    assert ran.code == 0, ran.err
    assert "local_entry  1 rows" in ran.out
    assert "sluicegate check" in ran.out
    assert cli("check").code == 0
    again = cli("restore", backup)
    assert (again.code, "not empty" in again.err) == (1, True)


def test_it_is_said_as_json(cli: Cli, backup: Path, new: Path) -> None:
    ran = cli("restore", backup, "--json")
    said = json.loads(ran.out)
    assert said["rows"]["local_entry"] == 1
    assert said["authority"] is False
    assert said["state"] == str(new)
    assert any("--with-ca" in note for note in said["notes"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["{backup}", "--passphrase-file", "{passphrase}"], 2, "--with-ca", id="for-nothing"),
        pytest.param(["{backup}", "--with-ca"], 3, "nobody", id="nobody-to-ask"),
        pytest.param(
            ["{backup}", "--with-ca", "--passphrase-file", "{other}"], 1, "does not open", id="another-one"
        ),
        pytest.param(["{passphrase}"], 1, "not a backup", id="no-backup"),
        pytest.param(["missing.tar"], 1, "cannot be read", id="nothing"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    cli: Cli, backup: Path, new: Path, arguments: list[str], code: int, says: str
) -> None:
    other = backup.with_name("other")
    other.write_text("incorrect horse battery staple\n")
    places = {"backup": backup, "passphrase": backup.with_name("passphrase"), "other": other}
    ran = cli("restore", *(argument.format(**places) for argument in arguments))
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert ran.err.count("\n") == 1
    assert not new.exists()


def test_a_backup_that_was_cut_off_or_flipped_leaves_nothing(cli: Cli, backup: Path, new: Path) -> None:
    whole = backup.read_bytes()
    for damaged in (whole[:-2000], whole[:700] + bytes([whole[700] ^ 1]) + whole[701:]):
        backup.write_bytes(damaged)
        ran = cli("restore", backup)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
        assert not new.exists()
