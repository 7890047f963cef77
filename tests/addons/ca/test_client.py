"""The worker's end of the signer's socket, against a signer that dies, is silent, or talks nonsense."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from addons import lines
from addons.ca import client as module
from addons.ca.client import SignerClient, SigningFailed
from addons.ca.protocol import KEY_BYTES, read_ask, write_chain, write_not_signed, write_signed
from addons.lines import open_listening

KEY = bytes(KEY_BYTES)


class Told:
    """What the client said of chains."""

    def __init__(self) -> None:
        self.chains: list[tuple[bytes, ...]] = []

    def __call__(self, chain: tuple[bytes, ...]) -> None:
        self.chains.append(chain)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with open_listening() as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(lines, "_AGAIN_SECONDS", 0.01)


async def accepted(listening: socket.socket) -> socket.socket:
    line, _ = await asyncio.get_running_loop().sock_accept(listening)
    line.setblocking(False)
    return line


async def question(line: socket.socket) -> tuple[int, str]:
    ask = read_ask(await asyncio.get_running_loop().sock_recv(line, 4096))
    return ask.number, ask.host


async def test_questions_are_answered_in_whatever_order_the_answers_come(listening: socket.socket) -> None:
    told, client = Told(), SignerClient(listening.getsockname())
    client.start(told)
    line = await accepted(listening)
    line.send(write_chain([b"chain"]))
    asked = [asyncio.create_task(client.sign(f"{name}.test", KEY)) for name in "abc"]
    numbers = {host: number for number, host in [await question(line) for _ in asked]}
    for host in ("c.test", "a.test"):
        line.send(write_signed(numbers[host], host.encode()))
    line.send(write_not_signed(numbers["b.test"], "host"))
    assert await asked[0] == b"a.test"
    with pytest.raises(SigningFailed, match="host"):
        await asked[1]
    assert await asked[2] == b"c.test"
    assert told.chains == [(b"chain",)]
    client.close()
    line.close()


async def test_what_a_dead_signer_left_unanswered_is_asked_of_the_next(listening: socket.socket) -> None:
    client = SignerClient(listening.getsockname())
    client.start(Told())
    first = await accepted(listening)
    asked = asyncio.create_task(client.sign("a.test", KEY))
    number, _ = await question(first)
    first.close()
    second = await accepted(listening)
    assert await question(second) == (number, "a.test")
    second.send(write_signed(number, b"leaf"))
    assert await asked == b"leaf"
    client.close()
    second.close()


async def test_a_silent_signer_is_waited_for_no_longer_than_a_handshake_would(
    listening: socket.socket,
) -> None:
    client = SignerClient(listening.getsockname())
    client.start(Told())
    line = await accepted(listening)
    with pytest.raises(SigningFailed, match="away"):
        await client.sign("a.test", KEY)
    # An answer that comes too late is nobody's.
    line.send(write_signed(1, b"late"))
    asked = asyncio.create_task(client.sign("b.test", KEY))
    await question(line)
    number, _ = await question(line)
    line.send(write_signed(number, b"leaf"))
    assert await asked == b"leaf"
    client.close()
    line.close()


@pytest.mark.parametrize("nonsense", [b"X", b"C\0", write_chain([b"x"])[:-1]])
async def test_a_signer_that_talks_nonsense_is_left_and_found_again(
    listening: socket.socket, nonsense: bytes
) -> None:
    client = SignerClient(listening.getsockname())
    client.start(Told())
    first = await accepted(listening)
    first.send(nonsense)
    second = await accepted(listening)
    asked = asyncio.create_task(client.sign("a.test", KEY))
    number, _ = await question(second)
    second.send(write_signed(number, b"leaf"))
    assert await asked == b"leaf"
    client.close()
    for line in (first, second):
        line.close()


async def test_nobody_listening_fails_in_time() -> None:
    gone = open_listening()
    address = gone.getsockname()
    gone.close()
    client = SignerClient(address)
    client.start(Told())
    with pytest.raises(SigningFailed, match="away"):
        await client.sign("a.test", KEY)
    client.close()


async def test_closing_ends_what_waits(listening: socket.socket) -> None:
    client = SignerClient(listening.getsockname())
    client.start(Told())
    line = await accepted(listening)
    asked = asyncio.create_task(client.sign("a.test", KEY))
    await question(line)
    client.close()
    with pytest.raises(SigningFailed, match="away"):
        await asked
    line.close()


async def test_no_more_questions_are_open_than_there_could_be_clients(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 2)
    client = SignerClient(listening.getsockname())
    client.start(Told())
    line = await accepted(listening)
    open_ = [asyncio.create_task(client.sign("a.test", KEY)) for _ in range(2)]
    await question(line)
    with pytest.raises(SigningFailed, match="away"):
        await client.sign("b.test", KEY)
    client.close()
    await asyncio.gather(*open_, return_exceptions=True)
    line.close()
