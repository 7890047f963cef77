"""How many connections are answered at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from addons.observe.crowd import Crowd


class Writer:
    """A writer to nobody, that remembers whether it was let go."""

    def __init__(self) -> None:
        self.aborted = False

    @property
    def transport(self) -> "Writer":
        return self

    def abort(self) -> None:
        self.aborted = True


async def answer(crowd: Crowd, writer: Writer, answering: Callable[[], Awaitable[None]]) -> None:
    # Of a writer only its transport is asked.
    await crowd.answer(cast("asyncio.StreamWriter", writer), answering)


async def test_who_comes_when_it_is_full_is_turned_away_and_the_next_is_not() -> None:
    crowd, full = Crowd(1, "it failed"), asyncio.Event()
    answered: list[str] = []

    async def slowly() -> None:
        await full.wait()
        answered.append("first")

    async def at_once() -> None:
        answered.append("later")

    first = asyncio.create_task(answer(crowd, Writer(), slowly))
    await asyncio.sleep(0)
    turned_away, later = Writer(), Writer()
    await answer(crowd, turned_away, at_once)
    assert turned_away.aborted
    assert not answered
    full.set()
    await first
    await answer(crowd, later, at_once)
    assert answered == ["first", "later"]
    assert not later.aborted


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(TimeoutError(), False, id="too-slow"),
        pytest.param(ConnectionResetError(), False, id="gone"),
        pytest.param(ValueError(), True, id="a-fault-of-ours"),
    ],
)
async def test_a_connection_that_fails_is_let_go_and_only_a_fault_of_ours_is_logged(
    error: Exception, told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise error

    crowd = Crowd(1, "it failed")
    for _ in range(3):  # each leaves its place to the next
        writer = Writer()
        with caplog.at_level(logging.ERROR):
            await answer(crowd, writer, fails)
        assert writer.aborted
    assert [record.getMessage() for record in caplog.records] == ["it failed"] * 3 * told
