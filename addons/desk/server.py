"""The desk's end of the lines: takes the workers' questions, and says what became of each."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from functools import partial

from addons.desk.protocol import MOST_BYTES, Answer, AnyQuestion, Away, read_question, write_answer
from addons.lines import Misspoken, accept_own

logger = logging.getLogger(__name__)

_MOST_WORKERS = 1024
_MOST_OPEN = 2048  # questions that are being answered, of all workers


class DeskServer:
    """Answers every worker's questions by `answer`, each in a task of its own."""

    def __init__(self, listening: socket.socket, answer: Callable[[AnyQuestion], Awaitable[Answer]]) -> None:
        self._listening = listening
        self._answer = answer
        self._lines: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Let workers connect, on the running loop."""
        self._listening.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def close(self) -> None:
        """Hang up on everybody."""
        asyncio.get_running_loop().remove_reader(self._listening)
        for task in self._tasks:
            task.cancel()
        for line in list(self._lines):
            self._end(line)

    def _accept(self) -> None:
        line = accept_own(self._listening)
        if line is None:
            return
        if len(self._lines) >= _MOST_WORKERS:
            line.close()
            return
        self._lines.add(line)
        asyncio.get_running_loop().add_reader(line, partial(self._hear, line))

    def _hear(self, line: socket.socket) -> None:
        try:
            message = line.recv(MOST_BYTES)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._end(line)
            return
        try:
            number, question = read_question(message)
        except Misspoken:
            logger.error("a worker said what is not understood, and was cut off")
            self._end(line)
            return
        if len(self._tasks) >= _MOST_OPEN:
            self._say(line, number, Away())
            return
        task = asyncio.get_running_loop().create_task(self._take(line, number, question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, line: socket.socket, number: int, question: AnyQuestion) -> None:
        try:
            answer = await self._answer(question)
        except Exception as error:  # noqa: BLE001 - one question must not end what all workers need
            # Its words could hold what was typed.
            logger.error("a question (%s) could not be answered: %s", question, type(error).__name__)
            answer = Away()
        self._say(line, number, answer)

    def _say(self, line: socket.socket, number: int, answer: Answer) -> None:
        if line not in self._lines:
            return
        try:
            line.send(write_answer(number, answer))
        except ValueError:
            logger.error("an answer (%s) was too long to be said", type(answer).__name__)
            self._say(line, number, Away())
        except OSError:
            # Gone, or it does not read what it asked for: it will come again.
            self._end(line)

    def _end(self, line: socket.socket) -> None:
        if line in self._lines:
            self._lines.discard(line)
            asyncio.get_running_loop().remove_reader(line)
            line.close()
