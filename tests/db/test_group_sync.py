"""One sync for everybody who waits, and none that began before they asked."""

import threading
import time

import pytest

from db.group_sync import GroupSync


def test_those_who_come_while_a_sync_runs_share_the_next_one() -> None:
    begun, go_on, syncs = threading.Event(), threading.Event(), []

    def slow() -> None:
        syncs.append(time.monotonic())
        begun.set()
        assert go_on.wait(10)

    group = GroupSync(slow)
    first = group.ask()
    assert begun.wait(10)
    later = [group.ask() for _ in range(100)]
    assert not first.done()
    go_on.set()
    for future in (first, *later):
        future.result(10)
    group.close()
    assert len(syncs) == 2, "what was written while the first ran may not be in it"


def test_an_error_reaches_everybody_who_waited_and_nobody_after() -> None:
    fail = [True]

    def sync() -> None:
        if fail[0]:
            raise OSError(5, "Input/output error")

    group = GroupSync(sync)
    with pytest.raises(OSError, match="Input/output"):
        group.ask().result(10)
    fail[0] = False
    group.ask().result(10)
    group.close()


def test_closing_serves_those_who_wait_first() -> None:
    group = GroupSync(lambda: time.sleep(0.05))
    future = group.ask()
    group.close()
    assert future.done()


def test_closing_ends_a_thread_that_nobody_asked_anything() -> None:
    before = threading.active_count()
    GroupSync(lambda: None).close()
    assert threading.active_count() == before
