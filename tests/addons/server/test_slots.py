"""A slot has one owner, whoever forks it and however it dies."""

import os
import signal
import time
from pathlib import Path

import pytest

from addons.server.slots import free_slot


def worker_in(run: Path, without: set[int] | None = None) -> tuple[int, int]:
    """A process with the lowest free slot: the slot and its pid."""
    slot = free_slot(run, without or set())
    pid = os.fork()
    if pid == 0:
        time.sleep(30)
        os._exit(0)
    slot.given()
    return slot.number, pid


def test_the_lowest_that_nobody_has(tmp_path: Path) -> None:
    workers = [worker_in(tmp_path) for _ in range(3)]
    try:
        assert [slot for slot, _ in workers] == [0, 1, 2]
        os.kill(workers[1][1], signal.SIGKILL)
        os.waitpid(workers[1][1], 0)
        workers[1] = worker_in(tmp_path)
        assert workers[1][0] == 1, "whoever replaces a dead worker has its slot"
        assert free_slot(tmp_path, {3}).number == 4
    finally:
        for _, pid in workers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def test_one_that_was_taken_and_given_to_nobody_is_free_again(tmp_path: Path) -> None:
    slot = free_slot(tmp_path, set())
    assert free_slot(tmp_path, set()).number == 1
    slot.given()
    assert free_slot(tmp_path, set()).number == 0


def test_a_folder_that_is_not_there_is_an_error_and_no_endless_search(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        free_slot(tmp_path / "gone", set())
