"""How many connections of one listener are answered at once, and what becomes of one that fails."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


class Crowd:
    """The connections that are being answered; whoever comes when there are `most` is turned away."""

    def __init__(self, most: int, what: str) -> None:
        """`what` is logged, with the traceback, where answering one fails in a way that nobody foresaw."""
        self._most = most
        self._what = what
        self._open = 0

    async def answer(self, writer: asyncio.StreamWriter, answering: Callable[[], Awaitable[None]]) -> None:
        """Await `answering()`. A peer that leaves, or takes too long (`TimeoutError`), is let go."""
        if self._open >= self._most:
            writer.transport.abort()
            return
        self._open += 1
        try:
            await answering()
        except (TimeoutError, OSError):
            writer.transport.abort()
        except Exception:
            logger.exception(self._what)
            writer.transport.abort()
        finally:
            self._open -= 1
