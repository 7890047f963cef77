"""`sluicegate backup`: a file of its owner's own, never over another, and no more of them than wanted."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.console.cli.conftest import Cli


@pytest.fixture
def ready(cli: Cli, state: Path) -> Path:
    """A state folder with a database."""
    assert cli("db", "upgrade").code == 0
    return state


def test_a_backup_is_its_owners_alone_and_says_its_checksum(cli: Cli, ready: Path, tmp_path: Path) -> None:
    ran = cli("backup", tmp_path / "a.tar", "--json")
    assert (ran.code, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert said["sha256"] == hashlib.sha256((tmp_path / "a.tar").read_bytes()).hexdigest()
    assert said["bytes"] == (tmp_path / "a.tar").stat().st_size
    assert said["authority"] is False
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600


def test_no_backup_takes_the_place_of_another_file(cli: Cli, ready: Path, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("mine")
    ran = cli("backup", tmp_path / "a.tar")
    assert (ran.code, "is there already" in ran.err) == (1, True)
    assert (tmp_path / "a.tar").read_text() == "mine"


def test_in_a_folder_it_is_named_by_gateway_and_time_and_older_ones_of_this_gateway_go(
    cli: Cli, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICEGATE_GATEWAY__NAME", "gw/1")
    folder = tmp_path / "backups"
    folder.mkdir()
    others = [
        "sluicegate-gw-1-20200101T000000Z.tar.sha256",
        "sluicegate-gw-2-20200101T000000Z.tar",
        "sluicegate-gw-1-other.tar",
    ]
    ours = [f"sluicegate-gw-1-2020010{day}T000000Z.tar" for day in (1, 2, 3)]
    for name in (*others, *ours, ".unfinished-of-one-that-was-killed", ".unfinished-of-another-gateway"):
        (folder / name).write_text("older")
    os.utime(folder / ".unfinished-of-one-that-was-killed", (0, 0))
    ran = cli("backup", folder, "--keep", 2, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["removed"] == ours[:2]
    made = Path(json.loads(ran.out)["file"]).name
    assert {path.name for path in folder.iterdir()} == {
        *others,
        ours[2],
        made,
        ".unfinished-of-another-gateway",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param(["{new}", "--keep", "2"], 2, "--keep", id="keep-without-a-folder"),
        pytest.param(["{new}", "--passphrase-file", "x"], 2, "--with-ca", id="a-passphrase-for-nothing"),
        pytest.param(
            ["{new}", "--with-ca", "--passphrase-file", "missing"], 3, "missing", id="no-passphrase"
        ),
        pytest.param(["{new}", "--with-ca"], 3, "nobody", id="nobody-to-ask"),
        pytest.param(["nowhere/a.tar"], 4, "nowhere", id="no-such-folder"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    cli: Cli, ready: Path, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    ran = cli("backup", *(argument.format(new=tmp_path / "new" / "a.tar") for argument in arguments))
    assert ran.code == code
    assert says in ran.err
    assert not (tmp_path / "new").exists()


def test_a_backup_that_fails_leaves_nothing(cli: Cli, state: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    ran = cli("backup", tmp_path / "folder")
    assert (ran.code, "nothing to back up" in ran.err) == (1, True)
    assert list((tmp_path / "folder").iterdir()) == []


def test_with_the_authority_a_passphrase_of_some_length_is_wanted(
    cli: Cli, ready: Path, tmp_path: Path
) -> None:
    (tmp_path / "short").write_text("short\n")
    ran = cli("backup", tmp_path / "a.tar", "--with-ca", "--passphrase-file", tmp_path / "short")
    assert (ran.code, "characters" in ran.err) == (1, True)
    assert not (tmp_path / "a.tar").exists()
