"""What a fork shares: set in one process, seen in the other."""

import os
from collections.abc import Callable

import pytest

from addons.server.doors import Doors, Progress


def in_a_child(act: Callable[[], None]) -> None:
    """Do it in a process that was forked from this one."""
    if (pid := os.fork()) == 0:
        act()
        os._exit(0)
    os.waitpid(pid, 0)


def test_doors_are_closed_until_they_are_opened_for_all() -> None:
    doors = Doors()
    assert (doors.are_open, doors.handed_over) == (False, False)
    in_a_child(doors.open)
    assert (doors.are_open, doors.handed_over) == (True, False)
    in_a_child(doors.hand_over)
    assert (doors.are_open, doors.handed_over) == (True, True)


def test_a_worker_is_seen_to_come_further() -> None:
    progress = Progress()
    assert (progress.was_prepared, progress.has_served) == (False, False)
    in_a_child(progress.prepared)
    assert (progress.was_prepared, progress.has_served) == (True, False)
    in_a_child(progress.serves)
    assert (progress.was_prepared, progress.has_served) == (True, True)


@pytest.mark.parametrize(
    ("why", "kept"),
    [
        pytest.param("", "", id="none"),
        pytest.param("a file is missing", "a file is missing", id="short"),
        pytest.param("é" * 2000, "é" * 511, id="cut-between-characters"),
    ],
)
def test_why_a_worker_cannot_run_is_heard(why: str, kept: str) -> None:
    progress = Progress()
    in_a_child(lambda: progress.cannot(why))
    assert progress.why == kept
    assert not progress.was_prepared
