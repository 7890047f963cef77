"""What one request may take of the service: bytes, seconds, and one of so many places."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import pytest
from starlette.responses import Response
from starlette.types import Message

from console.review.http import bounds
from console.review.http.bounds import MOST_AT_ONCE, MOST_BYTES, MOST_BYTES_OF, Bounds

SCOPE = {"type": "http", "path": "/who", "method": "POST", "headers": []}


class Peer:
    """Sends the pieces it has, then is silent; keeps what it is told."""

    def __init__(self, *pieces: bytes, whole: bool = True) -> None:
        self._pieces = list(pieces)
        self._whole = whole
        self.told: list[Message] = []

    async def receive(self) -> Message:
        if self._pieces:
            piece = self._pieces.pop(0)
            more = bool(self._pieces) or not self._whole
            return {"type": "http.request", "body": piece, "more_body": more}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: Message) -> None:
        self.told.append(message)

    @property
    def status(self) -> int:
        return int(self.told[0]["status"])


def answering(body: bytes = b"yes") -> tuple[Bounds, list[bytes]]:
    seen: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((await receive())["body"])
        await Response(body)(scope, receive, send)

    return Bounds(app), seen


async def test_a_question_comes_whole_to_who_answers_it() -> None:
    app, seen = answering()
    peer = Peer(b"one ", b"and ", b"two")
    await app(SCOPE, peer.receive, peer.send)
    assert seen == [b"one and two"]
    assert peer.status == HTTPStatus.OK


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        pytest.param("/who", MOST_BYTES, HTTPStatus.OK, id="as-long-as-may-be"),
        pytest.param("/who", MOST_BYTES + 1, HTTPStatus.CONTENT_TOO_LARGE, id="longer"),
        pytest.param("/running/people", MOST_BYTES + 1, HTTPStatus.OK, id="that-may-be-longer"),
        pytest.param(
            "/running/people",
            MOST_BYTES_OF["/running/people"] + 1,
            HTTPStatus.CONTENT_TOO_LARGE,
            id="longest",
        ),
    ],
)
async def test_a_question_has_a_longest_length(path: str, length: int, status: HTTPStatus) -> None:
    app, _ = answering()
    peer = Peer(b"x" * (length // 2), b"x" * (length - length // 2))
    await app({**SCOPE, "path": path}, peer.receive, peer.send)
    assert peer.status == status


async def test_a_question_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.01)
    app, seen = answering()
    peer = Peer(b"begins", whole=False)
    await app(SCOPE, peer.receive, peer.send)
    assert peer.status == HTTPStatus.REQUEST_TIMEOUT
    assert seen == []


async def test_who_has_left_is_answered_nothing() -> None:
    app, seen = answering()
    peer = Peer()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    await app(SCOPE, gone, peer.send)
    assert (seen, peer.told) == ([], [])


async def test_so_many_are_answered_at_once_and_the_next_is_told_to_come_again() -> None:
    release = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await release.wait()
        await Response(b"")(scope, receive, send)

    app = Bounds(slow)
    peers = [Peer(b"q") for _ in range(MOST_AT_ONCE)]
    asking: list[Awaitable[None]] = [
        asyncio.create_task(app(SCOPE, peer.receive, peer.send)) for peer in peers
    ]
    await asyncio.sleep(0)
    late = Peer(b"q")
    await app(SCOPE, late.receive, late.send)
    assert late.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert (b"retry-after", b"2") in late.told[0]["headers"]
    release.set()
    await asyncio.gather(*asking)
    again = Peer(b"q")
    await app(SCOPE, again.receive, again.send)
    assert again.status == HTTPStatus.OK


async def test_a_peer_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SEND_SECONDS", 0.01)
    app, _ = answering()
    peer = Peer(b"q")

    async def stuck(_message: Message) -> None:
        await asyncio.Event().wait()

    await app(SCOPE, peer.receive, stuck)  # ends


def fails_after(*begun: Message) -> Callable[..., Awaitable[None]]:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in begun:
            await send(message)
        raise ValueError("somebody.test")

    return app


async def test_what_fails_is_answered_without_a_word_of_what_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    peer = Peer(b"q")
    with caplog.at_level(logging.ERROR):
        await Bounds(fails_after())(SCOPE, peer.receive, peer.send)
    assert peer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert b"somebody.test" not in peer.told[1]["body"]
    assert "somebody.test" not in "".join(record.getMessage() for record in caplog.records)


async def test_what_fails_in_the_middle_is_left_without_its_end() -> None:
    peer = Peer(b"q")
    start: Message = {"type": "http.response.start", "status": 200, "headers": []}
    piece: Message = {"type": "http.response.body", "body": b"a part", "more_body": True}
    await Bounds(fails_after(start, piece))(SCOPE, peer.receive, peer.send)
    assert peer.told == [start, piece]
