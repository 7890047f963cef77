"""The same question, asked by several at a time, is asked once."""

import asyncio
from collections.abc import Callable, Coroutine


class Joined[T]:
    """Questions that are being answered, by a key that says what is asked."""

    def __init__(self) -> None:
        self._asked: dict[bytes, asyncio.Task[T]] = {}

    async def get(self, key: bytes, ask: Callable[[], Coroutine[None, None, T]]) -> T:
        """The answer: of whoever asked first, while theirs is on its way."""
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.get_running_loop().create_task(ask())
            task.add_done_callback(lambda _: self._asked.pop(key))
        # Whoever waits may leave; the others still want to know.
        return await asyncio.shield(task)
