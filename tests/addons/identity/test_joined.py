"""The same question, asked by several at a time."""

import asyncio

import pytest

from addons.identity.joined import Joined


class Asked:
    """Somebody who answers when told to, and counts how often they were asked."""

    def __init__(self) -> None:
        self.times = 0
        self.go = asyncio.Event()

    async def __call__(self) -> str:
        self.times += 1
        await self.go.wait()
        return "answer"


async def test_what_several_ask_at_a_time_is_asked_once() -> None:
    joined, asked = Joined[str](), Asked()
    waiting = [asyncio.ensure_future(joined.get(b"one", asked)) for _ in range(5)]
    await asyncio.sleep(0)
    asked.go.set()
    assert await asyncio.gather(*waiting) == ["answer"] * 5
    assert asked.times == 1


async def test_another_question_and_the_same_one_later_are_asked_anew() -> None:
    joined, asked = Joined[str](), Asked()
    asked.go.set()
    await asyncio.gather(joined.get(b"one", asked), joined.get(b"other", asked))
    await joined.get(b"one", asked)
    assert asked.times == 3


async def test_whoever_asked_first_may_leave() -> None:
    joined, asked = Joined[str](), Asked()
    first = asyncio.ensure_future(joined.get(b"one", asked))
    second = asyncio.ensure_future(joined.get(b"one", asked))
    await asyncio.sleep(0)
    first.cancel()
    asked.go.set()
    assert await second == "answer"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_what_fails_fails_for_all_and_is_asked_anew() -> None:
    joined = Joined[str]()

    async def fail() -> str:
        raise ValueError("no")

    found = await asyncio.gather(joined.get(b"one", fail), joined.get(b"one", fail), return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, ValueError]
    asked = Asked()
    asked.go.set()
    assert await joined.get(b"one", asked) == "answer"
