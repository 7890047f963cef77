"""Files that are whole or not there."""

import os
from pathlib import Path

import pytest

from categories.durable import beside, forgotten, put, unfinished, write_whole, writing_below


def test_a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_that_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    with path.open("rb") as file:
        write_whole(path, b"new")
        assert file.read() == b"old"


def test_a_write_that_is_stopped_leaves_the_old_file_and_one_that_is_known_as_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def stopped(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [left.read_bytes() for left in unfinished(tmp_path)] == [b"new"]


def test_folders_are_given_their_name_in_one_step(tmp_path: Path) -> None:
    temporary = beside(tmp_path / "folder")
    temporary.mkdir()
    (temporary / "file").write_bytes(b"")
    put(temporary, tmp_path / "folder")
    assert (tmp_path / "folder" / "file").exists()
    assert unfinished(tmp_path) == []


def test_what_somebody_may_still_be_writing_is_not_taken_for_forgotten(tmp_path: Path) -> None:
    killed, going_on = beside(tmp_path / "file"), beside(tmp_path / "file")
    for path in (killed, going_on):
        path.write_bytes(b"half")
    os.utime(killed, (0, 0))
    assert forgotten(tmp_path) == [killed]
    assert unfinished(tmp_path) == sorted([killed, going_on])


def test_of_a_full_disk_it_is_said_which(tmp_path: Path) -> None:
    """An error in writing names no file, and temporary files may have a disk of their own."""
    with (
        pytest.raises(OSError, match="No space left on device") as full,
        writing_below(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as file,
    ):
        file.write(b"bet.test")
    assert full.value.filename == str(tmp_path)
    missing = tmp_path / "missing"
    with pytest.raises(FileNotFoundError) as named, writing_below(tmp_path):
        missing.open()
    assert named.value.filename == str(missing)
