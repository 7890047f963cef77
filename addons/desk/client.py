"""
The worker's end of the desk's line.

A question is asked and awaited; whatever keeps the desk from answering (it died, the database is away,
it is busy) becomes the answer `Away`, and nothing is ever raised. A desk that died is replaced within a
second: what could be asked twice without harm is asked again of the next, and what could not is `Away`,
though it may have been kept.
"""

import asyncio
from typing import Final

from addons.desk.protocol import (
    MOST_BYTES,
    Answer,
    Away,
    CheckTicket,
    NotDone,
    Question,
    Spend,
    Tell,
    read_answer,
    write_question,
)
from addons.lines import KeptLine

# A directory may take some seconds. Longer than the desk works on anything (`addons/desk/answering.py`).
ANSWER_SECONDS = 10.0
MOST_OPEN = 1024

# Asked twice they would be refused as replayed, or be told twice.
_ONCE: Final = (Spend, Tell, CheckTicket)


class DeskClient:
    """Asks the desk at `address` (the name of its listening socket)."""

    def __init__(self, address: str | bytes) -> None:
        self._line = KeptLine(address, MOST_BYTES, take=self._take, connected=self._ask_again)
        self._number = 0
        self._open: dict[int, _Asked] = {}

    def start(self) -> None:
        """Connect, and stay connected, on the running loop."""
        self._line.start("desk")

    async def ask(self, question: Question) -> Answer:
        """What the desk says; `Away` where nobody answers, `NotDone("too-long")` for what cannot be said."""
        if len(self._open) >= MOST_OPEN:
            return Away()
        self._number = (self._number + 1) % (1 << 32)
        number = self._number
        try:
            message = write_question(number, question)
        except ValueError:
            return NotDone("too-long")
        asked = self._open[number] = _Asked(message, once=isinstance(question, _ONCE))
        # Where there is no line, it is asked when there is one.
        asked.sent = self._line.send(message)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asked.answer
        except TimeoutError:
            return Away()
        finally:
            self._open.pop(number, None)

    def close(self) -> None:
        """Hang up; open questions are answered by `Away`."""
        self._line.close()
        for asked in self._open.values():
            asked.settle(Away())

    def _ask_again(self) -> None:
        for asked in list(self._open.values()):
            if asked.sent and asked.once:
                asked.settle(Away())
            else:
                asked.sent = self._line.send(asked.message)

    def _take(self, message: bytes) -> None:
        number, answer = read_answer(message)
        asked = self._open.get(number)
        if asked is not None:
            asked.settle(answer)


class _Asked:
    """A question that waits for its answer."""

    def __init__(self, message: bytes, *, once: bool) -> None:
        self.message = message
        self.once = once
        self.sent = False
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def settle(self, answer: Answer) -> None:
        """Answer it, unless somebody has."""
        if not self.answer.done():
            self.answer.set_result(answer)
