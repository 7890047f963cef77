"""The library's small files become another state together, or can be brought to it."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from categories import durable
from categories.library_files import Becoming, LibraryFiles
from categories.library_state import LibraryState, list_and_text
from categories.list_change import LetIn, ListRecord, Withheld, WithheldWhy
from policy.errors import ConfigurationError, ListRefused
from policy.words import EntryKind

RECORD = ListRecord(
    name="bets",
    category="gambling",
    format="hosts",
    entries=2,
    bad_lines=0,
    lines=2,
    size=20,
    sha256="a" * 64,
)
FULL = LibraryState(
    records={"bets": RECORD, "withheld": RECORD.model_copy(update={"name": "withheld"})},
    left_out={list_and_text("bets", "a" * 64): frozenset({2, 7})},
    disabled=frozenset({"shipped.games"}),
    withheld=(
        Withheld(
            id="AAAA0000",
            list="bets",
            kind=EntryKind.HOST,
            entry="bet.test",
            why=WithheldWhy.QUARANTINED,
            because="covers help.test",
            at=datetime(2026, 3, 1, tzinfo=UTC),
            text="a" * 64,
            lines=(2,),
        ),
    ),
    let_in=(LetIn(list="bets", kind=EntryKind.HOST, entry="fine.test"),),
    never_decrypt="# ours\n",
)


@pytest.fixture
def files(tmp_path: Path) -> LibraryFiles:
    return LibraryFiles(tmp_path / "lists")


def test_an_empty_folder_is_an_empty_library(files: LibraryFiles) -> None:
    assert files.state() == LibraryState()
    assert files.becoming() is None
    assert files.never_decrypt_file() is None


def test_the_files_say_what_the_library_became(files: LibraryFiles) -> None:
    """Also of a list whose name is that of one of the library's own files."""
    files.become(FULL)
    assert LibraryFiles(files.root).state() == FULL
    path = files.never_decrypt_file()
    assert path is not None
    assert path.read_text() == "# ours\n"
    files.become(LibraryState())
    assert files.state() == LibraryState()


def test_files_that_say_it_already_are_left_alone(files: LibraryFiles) -> None:
    files.become(FULL)
    before = {path: path.stat().st_ino for path in files.root.iterdir()}
    files.become(FULL)
    assert {path: path.stat().st_ino for path in files.root.iterdir()} == before


@pytest.mark.parametrize("steps", range(1, 7))
def test_stopped_after_any_file_the_library_is_brought_to_what_was_prepared(
    files: LibraryFiles, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    files.root.mkdir()
    becoming = Becoming(state=FULL, former=None, digest="d" * 64)
    files.prepare(becoming)
    real, left = durable.put, steps

    def stops(temporary: Path, path: Path) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(28, "No space left on device")
        real(temporary, path)

    monkeypatch.setattr(durable, "put", stops)
    if steps < 6:
        with pytest.raises(OSError, match="No space left"):
            files.settle(becoming)
        assert files.state() != FULL
        assert files.becoming() == becoming, "it is still known what the library was to become"
    monkeypatch.setattr(durable, "put", real)
    files.settle(files.becoming())
    assert files.state() == FULL
    assert files.becoming() is None


def test_what_was_prepared_can_be_forgotten(files: LibraryFiles) -> None:
    files.root.mkdir()
    files.prepare(Becoming(state=FULL, former=None, digest="d" * 64))
    files.settle(None)
    assert files.becoming() is None
    assert files.state() == LibraryState()


def test_one_command_at_a_time_may_change_the_library(files: LibraryFiles) -> None:
    with (
        files.locked(),
        pytest.raises(ListRefused, match="another command changes the lists"),
        files.locked(),
    ):
        pytest.fail("two had the lock")
    with files.locked():
        pass


def test_a_command_that_was_killed_holds_no_lock(files: LibraryFiles) -> None:
    script = (
        "import os, sys; from pathlib import Path; from categories.library_files import LibraryFiles\n"
        "with LibraryFiles(Path(sys.argv[1])).locked(): print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(files.root)], capture_output=True, check=False, text=True
    )
    assert (ran.stdout, ran.returncode) == ("held\n", -9)
    with files.locked():
        assert [path.name for path in files.root.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["bets.json", "left-out", "disabled", "withheld", ".becoming"])
def test_a_damaged_file_is_named(files: LibraryFiles, name: str) -> None:
    files.become(FULL)
    (files.root / name).write_text('{"half')
    with pytest.raises(ConfigurationError, match=f"{name}: damaged"):
        _ = files.state(), files.becoming()
