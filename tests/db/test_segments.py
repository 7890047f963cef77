"""Segments and slots: names, order, and one writer at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from db.segments import FolderLock, new_segment, segments, slot_folder, slots
from policy.errors import DecisionLogUnavailable
from tests.descriptors import no_descriptors_left


def test_segments_come_in_the_order_they_were_begun_whatever_the_clock_says(tmp_path: Path) -> None:
    made = []
    for _ in range(12):
        segment = new_segment(tmp_path)
        segment.path.touch()
        made.append(segment)
    assert segments(tmp_path) == made
    assert [segment.number for segment in made] == list(range(1, 13))
    assert len({segment.id for segment in made}) == 12


def test_other_files_of_a_slot_are_no_segments(tmp_path: Path) -> None:
    for name in ("lock", "position", "position.new", "set-aside", "00000001-aa.damaged"):
        (tmp_path / name).touch()
    assert segments(tmp_path) == []


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    """Or the next segment would be numbered as the first, and be shipped before its elders."""
    root = tmp_path / "spool"
    folder = slot_folder(root, 0)
    folder.mkdir(parents=True)
    new_segment(folder).path.touch()
    with no_descriptors_left():
        for look in (lambda: segments(folder), lambda: new_segment(folder), lambda: slots(root)):
            with pytest.raises(OSError, match="Too many open files"):
                look()
    assert new_segment(folder).number == 2
    assert segments(tmp_path / "missing") == []


def test_a_segment_that_is_gone_has_no_size(tmp_path: Path) -> None:
    assert new_segment(tmp_path).size == 0


def test_slots_are_found_by_number_and_nothing_else_is_one(tmp_path: Path) -> None:
    for name in ("slot-10", "slot-2", "slot-x", "other"):
        (tmp_path / name).mkdir()
    assert slots(tmp_path) == [(2, tmp_path / "slot-2"), (10, tmp_path / "slot-10")]
    assert slot_folder(tmp_path, 2) == tmp_path / "slot-2"
    assert slots(tmp_path / "missing") == []


def test_a_lock_is_one_holders_until_it_is_released(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    with pytest.raises(DecisionLogUnavailable, match="another process has this folder"):
        FolderLock(tmp_path, patience=0.05)
    first.release()
    FolderLock(tmp_path).release()


def test_a_lock_is_free_when_its_holder_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from db.segments import FolderLock; "
        "lock = FolderLock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DecisionLogUnavailable):
            FolderLock(tmp_path)
        holder.kill()
    FolderLock(tmp_path, patience=2).release()
