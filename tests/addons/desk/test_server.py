"""The desk's end of the lines: many workers, and one question that must not end what all need."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from addons.desk import server as module
from addons.desk.client import DeskClient
from addons.desk.protocol import (
    MOST_BYTES,
    Answer,
    AnyQuestion,
    Away,
    CheckPassword,
    Done,
    NotKnown,
    SignOut,
    read_answer,
    write_question,
)
from addons.desk.server import DeskServer
from addons.lines import open_listening
from tests.addons.desk.waiting import until


class Answers:
    """What the desk does with a question: waits, breaks, says too much, or answers."""

    def __init__(self) -> None:
        self.may_go_on = asyncio.Event()
        self.running = 0

    async def __call__(self, question: AnyQuestion) -> Answer:
        if isinstance(question, CheckPassword):
            raise ValueError(f"could not compare {question.password}")
        assert isinstance(question, SignOut)
        match question.address:
            case "slow":
                self.running += 1
                await self.may_go_on.wait()
                return Done("slow")
            case "long":
                return NotKnown("x" * 1_000_000)
            case address:
                return Done(address)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with open_listening() as listening:
        yield listening


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def client(listening: socket.socket, answers: Answers) -> AsyncIterator[DeskClient]:
    server = DeskServer(listening, answers)
    server.start()
    client = DeskClient(listening.getsockname())
    client.start()
    yield client
    client.close()
    server.close()


async def test_one_that_waits_holds_up_nobody(client: DeskClient, answers: Answers) -> None:
    slow = asyncio.create_task(client.ask(SignOut("slow")))
    assert await client.ask(SignOut("b")) == Done("b")
    assert not slow.done()
    answers.may_go_on.set()
    assert await slow == Done("slow")


async def test_a_failure_is_away_and_its_words_are_not_logged(
    client: DeskClient, caplog: pytest.LogCaptureFixture
) -> None:
    assert await client.ask(CheckPassword("jane", "geheim", "192.0.2.7")) == Away()
    assert await client.ask(SignOut("b")) == Done("b")
    assert "a question (CheckPassword) could not be answered: ValueError" in caplog.text
    assert "geheim" not in caplog.text
    assert "jane" not in caplog.text


async def test_an_answer_that_is_too_long_is_away(client: DeskClient) -> None:
    assert await client.ask(SignOut("long")) == Away()


async def test_the_longest_messages_arrive(client: DeskClient) -> None:
    address = "x" * (MOST_BYTES - 100)
    assert await asyncio.gather(*(client.ask(SignOut(address)) for _ in range(3))) == [Done(address)] * 3


async def test_no_more_is_taken_on_than_can_be_answered(
    client: DeskClient, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_OPEN", 2)
    slow = [asyncio.create_task(client.ask(SignOut("slow"))) for _ in range(2)]
    await until(lambda: answers.running == 2)
    assert await client.ask(SignOut("b")) == Away()
    answers.may_go_on.set()
    assert [await one for one in slow] == [Done("slow"), Done("slow")]
    assert await client.ask(SignOut("b")) == Done("b")


async def test_who_talks_nonsense_is_cut_off_and_the_others_are_not(
    client: DeskClient, listening: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.setblocking(False)
        other.connect(listening.getsockname())
        other.send(b"nonsense")
        assert await asyncio.get_running_loop().sock_recv(other, 100) == b""
    assert "not understood" in caplog.text
    assert await client.ask(SignOut("b")) == Done("b")


async def test_who_has_left_is_not_waited_for(
    client: DeskClient, listening: socket.socket, answers: Answers
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.setblocking(False)
        other.connect(listening.getsockname())
        other.send(write_question(1, SignOut("slow")))
        await until(lambda: answers.running)
    answers.may_go_on.set()
    assert await client.ask(SignOut("b")) == Done("b")


async def test_closing_hangs_up_on_everybody(listening: socket.socket, answers: Answers) -> None:
    server = DeskServer(listening, answers)
    server.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        other.setblocking(False)
        other.connect(listening.getsockname())
        other.send(write_question(3, SignOut("b")))
        assert read_answer(await asyncio.get_running_loop().sock_recv(other, 100)) == (3, Done("b"))
        server.close()
        assert await asyncio.get_running_loop().sock_recv(other, 100) == b""
