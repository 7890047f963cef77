"""
The worker's end of the signer's socket.

The loop never waits: a question is sent, and whoever asked awaits its answer. A signer that has died is
replaced within a second by the process that forked it; until then connecting fails or is not answered, and
questions stay open. Asked again on the new line, they are answered as if nothing had been; what is not
answered within `ANSWER_SECONDS` fails, and with it the handshake it was for.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

from addons.ca.protocol import MOST_BYTES, Chain, Misspoken, NotSigned, Signed, read_answer, write_ask

logger = logging.getLogger(__name__)

# Twice as long as a signer takes to be replaced, and shorter than a client waits for a handshake.
ANSWER_SECONDS = 3.0
_AGAIN_SECONDS = 0.1
# Several thousand bytes each in a client's hands, so no more than there could be clients.
MOST_OPEN = 4096


class SigningFailed(Exception):
    """There is no leaf: the signer is away, or refuses. `args[0]` is a fixed word."""


class SignerClient:
    """Asks the signer at `address` (the name of its listening socket)."""

    def __init__(self, address: str | bytes) -> None:
        self._address = address
        self._line: socket.socket | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self._number = 0
        self._open: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self._told: Callable[[tuple[bytes, ...]], None] = lambda _chain: None

    def start(self, told: Callable[[tuple[bytes, ...]], None]) -> None:
        """Connect, and stay connected, on the running loop. `told` is called with every new chain (DER)."""
        self._told = told
        self._keeping = asyncio.get_running_loop().create_task(self._keep_connected(), name="signer")

    async def sign(self, host: str, key: bytes) -> bytes:
        """
        The leaf of `host` (normalised) for a public key (a point of P-256), DER.

        Raises `SigningFailed`.
        """
        if len(self._open) >= MOST_OPEN:
            raise SigningFailed("away")
        self._number = (self._number + 1) % (1 << 32)
        number = self._number
        question = write_ask(number, key, host)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._open[number] = question, answer
        self._send(question)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise SigningFailed("away") from None
        finally:
            self._open.pop(number, None)

    def close(self) -> None:
        """Hang up; open questions fail."""
        if self._keeping is not None:
            self._keeping.cancel()
        self._hang_up()
        for _, answer in self._open.values():
            if not answer.done():
                answer.set_exception(SigningFailed("away"))

    async def _keep_connected(self) -> None:
        while True:
            try:
                self._connect()
            except OSError:
                # Its backlog is full, or nobody listens any more; the next try is soon.
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            await self._ended.wait()

    def _connect(self) -> None:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            line.setblocking(False)
            line.connect(self._address)
        except OSError:
            line.close()
            raise
        self._line = line
        self._ended.clear()
        asyncio.get_running_loop().add_reader(line, self._read)
        for question, _ in list(self._open.values()):
            self._send(question)

    def _send(self, question: bytes) -> None:
        if self._line is None:
            return  # asked when there is a line again
        try:
            self._line.send(question)
        except BlockingIOError:
            return  # so many wait that this one's time will be over
        except OSError:
            self._hang_up()

    def _read(self) -> None:
        """As much as there is: several answers may have come in one turn of the loop."""
        while self._line is not None:
            try:
                message = self._line.recv(MOST_BYTES)
            except BlockingIOError:
                return
            except OSError:
                message = b""
            try:
                if not message:
                    raise Misspoken("the line was cut")
                self._take(read_answer(message))
            except Misspoken:
                self._hang_up()

    def _take(self, said: Chain | Signed | NotSigned) -> None:
        if isinstance(said, Chain):
            self._told(said.certificates)
            return
        _, answer = self._open.get(said.number, (b"", None))
        if answer is None or answer.done():
            return
        if isinstance(said, Signed):
            answer.set_result(said.leaf)
        else:
            answer.set_exception(SigningFailed(said.why))

    def _hang_up(self) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line)
            self._line.close()
            self._line = None
        self._ended.set()
