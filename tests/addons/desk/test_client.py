"""The worker's end of the desk's line, against a desk that dies, is silent, or talks nonsense."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from addons import lines
from addons.desk import client as module
from addons.desk.client import DeskClient
from addons.desk.protocol import (
    MOST_BYTES,
    Away,
    CheckPassword,
    Done,
    NotDone,
    Question,
    SignOut,
    Spend,
    Tell,
    read_question,
    write_answer,
)
from addons.lines import open_listening

ASKED = SignOut("192.0.2.7")
SPENT = Spend(b"nonce", datetime(2026, 3, 4, tzinfo=UTC))


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


async def heard(line: socket.socket) -> tuple[int, Question]:
    return read_question(await asyncio.get_running_loop().sock_recv(line, MOST_BYTES))


async def test_questions_are_answered_in_whatever_order_the_answers_come(listening: socket.socket) -> None:
    client = DeskClient(listening.getsockname())
    client.start()
    line = await accepted(listening)
    asked = [asyncio.create_task(client.ask(SignOut(address))) for address in "abc"]
    numbers = {question.address: number for number, question in [await heard(line) for _ in asked]}  # type: ignore[attr-defined]  # only such were asked
    for address in "cab":
        line.send(write_answer(numbers[address], Done(address)))
    assert [await one for one in asked] == [Done("a"), Done("b"), Done("c")]
    client.close()
    line.close()


async def test_what_is_asked_before_there_is_a_desk_is_asked_when_there_is_one(
    listening: socket.socket,
) -> None:
    client = DeskClient(listening.getsockname())
    asked = asyncio.create_task(client.ask(SPENT))
    await asyncio.sleep(0)
    client.start()
    line = await accepted(listening)
    number, question = await heard(line)
    assert question == SPENT
    line.send(write_answer(number, Done()))
    assert await asked == Done()
    client.close()
    line.close()


async def test_of_a_dead_desk_what_may_be_asked_twice_is_asked_again_and_nothing_else(
    listening: socket.socket,
) -> None:
    """A token spent twice is replayed, a report told twice is two reports."""
    client = DeskClient(listening.getsockname())
    client.start()
    first = await accepted(listening)
    again = asyncio.create_task(client.ask(ASKED))
    once = asyncio.create_task(client.ask(SPENT))
    told = asyncio.create_task(client.ask(Tell("", None, "not-blocked", "a.test", None, "", None)))
    for _ in range(3):
        await heard(first)
    first.close()
    second = await accepted(listening)
    number, question = await heard(second)
    assert question == ASKED
    second.send(write_answer(number, Done()))
    assert [await one for one in (again, once, told)] == [Done(), Away(), Away()]
    client.close()
    second.close()


async def test_a_silent_desk_is_away_and_its_late_answer_is_nobodys(listening: socket.socket) -> None:
    client = DeskClient(listening.getsockname())
    client.start()
    line = await accepted(listening)
    assert await client.ask(ASKED) == Away()
    late, _ = await heard(line)
    line.send(write_answer(late, Done("late")))
    asked = asyncio.create_task(client.ask(ASKED))
    number, _ = await heard(line)
    line.send(write_answer(number, Done("in time")))
    assert await asked == Done("in time")
    client.close()
    line.close()


async def test_a_desk_that_talks_nonsense_is_left_and_found_again(listening: socket.socket) -> None:
    client = DeskClient(listening.getsockname())
    client.start()
    first = await accepted(listening)
    first.send(b"nonsense")
    second = await accepted(listening)
    asked = asyncio.create_task(client.ask(ASKED))
    number, _ = await heard(second)
    second.send(write_answer(number, Done()))
    assert await asked == Done()
    client.close()
    for line in (first, second):
        line.close()


async def test_nobody_listening_is_away() -> None:
    gone = open_listening()
    address = gone.getsockname()
    gone.close()
    client = DeskClient(address)
    client.start()
    assert await client.ask(ASKED) == Away()
    client.close()


async def test_closing_ends_what_waits(listening: socket.socket) -> None:
    client = DeskClient(listening.getsockname())
    client.start()
    line = await accepted(listening)
    asked = asyncio.create_task(client.ask(ASKED))
    await heard(line)
    client.close()
    assert await asked == Away()
    line.close()


async def test_no_more_is_open_than_a_desk_could_answer(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OPEN", 2)
    client = DeskClient(listening.getsockname())
    client.start()
    line = await accepted(listening)
    waiting = [asyncio.create_task(client.ask(ASKED)) for _ in range(2)]
    await heard(line)
    assert await client.ask(ASKED) == Away()
    client.close()
    assert [await one for one in waiting] == [Away(), Away()]
    line.close()


async def test_what_is_too_long_is_refused_at_once(listening: socket.socket) -> None:
    client = DeskClient(listening.getsockname())
    assert await client.ask(CheckPassword("jane", "x" * MOST_BYTES, "")) == NotDone("too-long")
    client.close()
