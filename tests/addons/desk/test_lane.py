"""A lane: bounded, and nothing is begun for who has gone."""

import asyncio
import threading

import pytest

from addons.desk.lane import Busy, Lane


class Slow:
    """Work that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        self.begun.set()
        assert self.may_end.wait(10)
        return "done"


async def test_what_work_returns_or_raises_comes_back() -> None:
    lane = Lane("test", most_waiting=2, seconds=10)
    assert await lane.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await lane.run(divmod, 7, 0)
    lane.close()


async def test_what_is_more_than_may_wait_is_refused_at_once() -> None:
    lane, slow = Lane("test", most_waiting=2, seconds=10), Slow()
    both = [asyncio.create_task(lane.run(slow)) for _ in range(2)]
    await asyncio.to_thread(slow.begun.wait, 10)
    with pytest.raises(Busy):
        await lane.run(slow)
    slow.may_end.set()
    assert [await one for one in both] == ["done", "done"]
    assert await lane.run(slow) == "done"
    lane.close()


async def test_what_waited_too_long_is_not_begun() -> None:
    """Whoever asked was told that nothing was kept."""
    lane, slow, late = Lane("test", most_waiting=2, seconds=0.05), Slow(), Slow()
    late.may_end.set()
    first = asyncio.create_task(lane.run(slow))
    second = asyncio.create_task(lane.run(late))
    await asyncio.to_thread(slow.begun.wait, 10)
    await asyncio.sleep(0.1)
    slow.may_end.set()
    assert await first == "done"
    with pytest.raises(Busy):
        await second
    assert late.runs == 0
    lane.close()


async def test_what_nobody_waits_for_any_more_counts_until_it_is_over() -> None:
    lane, slow = Lane("test", most_waiting=1, seconds=10), Slow()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await lane.run(slow)
    with pytest.raises(Busy):
        await lane.run(slow)
    slow.may_end.set()
    async with asyncio.timeout(10):
        while True:
            try:
                assert await lane.run(slow) == "done"
            except Busy:
                await asyncio.sleep(0.005)
            else:
                break
    lane.close()
