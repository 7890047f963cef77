"""
The worker's end of the signer's socket.

The loop never waits: a question is sent, and whoever asked awaits its answer. A signer that has died is
replaced within a second by the process that forked it; until then connecting fails or is not answered, and
questions stay open. Asked again on the new line, they are answered as if nothing had been; what is not
answered within `ANSWER_SECONDS` fails, and with it the handshake it was for.
"""

import asyncio
from collections.abc import Callable

from addons.ca.protocol import MOST_BYTES, Chain, Signed, read_answer, write_ask
from addons.lines import KeptLine

# Twice as long as a signer takes to be replaced, and shorter than a client waits for a handshake.
ANSWER_SECONDS = 3.0
# Several thousand bytes each in a client's hands, so no more than there could be clients.
MOST_OPEN = 4096


class SigningFailed(Exception):
    """There is no leaf: the signer is away, or refuses. `args[0]` is a fixed word."""


class SignerClient:
    """Asks the signer at `address` (the name of its listening socket)."""

    def __init__(self, address: str | bytes) -> None:
        self._line = KeptLine(address, MOST_BYTES, take=self._take, connected=self._ask_again)
        self._number = 0
        self._open: dict[int, tuple[bytes, asyncio.Future[bytes]]] = {}
        self._told: Callable[[tuple[bytes, ...]], None] = lambda _chain: None

    def start(self, told: Callable[[tuple[bytes, ...]], None]) -> None:
        """Connect, and stay connected, on the running loop. `told` is called with every new chain (DER)."""
        self._told = told
        self._line.start("signer")

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
        # Where there is no line, it is asked when there is one again.
        self._line.send(question)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise SigningFailed("away") from None
        finally:
            self._open.pop(number, None)

    def close(self) -> None:
        """Hang up; open questions fail."""
        self._line.close()
        for _, answer in self._open.values():
            if not answer.done():
                answer.set_exception(SigningFailed("away"))

    def _ask_again(self) -> None:
        for question, _ in list(self._open.values()):
            self._line.send(question)

    def _take(self, message: bytes) -> None:
        said = read_answer(message)
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
