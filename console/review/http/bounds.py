"""
What one request may take of the service: bytes, seconds, and one of so many places.

It stands before everything else: a question is read here, whole, before anybody looks at it, so that one
that is too long or never ends has cost next to nothing when it is turned away. Whatever fails behind it is
answered without a word of what it was about, and logged as class and places in the code
(`addons/server/logs.py`): a message would quote rows.
"""

import asyncio
import logging
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.review.http.problems import failed, problem

MOST_AT_ONCE = 32
MOST_BYTES = 256 * 1024
MOST_BYTES_OF = {"/running/people": 16 * 1024 * 1024}  # it brings the requests whose people are to be counted
MOST_LONG = 2  # questions longer than MOST_BYTES at once: nobody is known to ask before all of one is here
BODY_SECONDS = 15.0  # for all of a question
SEND_SECONDS = 60.0  # for a peer to take what is ready for it

_log = logging.getLogger(__name__)


class Bounds:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._asking = 0
        self._long = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer within bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._asking >= MOST_AT_ONCE:
            await _busy()(scope, receive, send)
            return
        self._asking += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self._asking -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        may_be_long = scope["path"] in MOST_BYTES_OF
        if may_be_long and self._long >= MOST_LONG:
            await _busy()(scope, receive, send)
            return
        self._long += may_be_long
        try:
            body = await _whole(receive, MOST_BYTES_OF.get(scope["path"], MOST_BYTES))
            if isinstance(body, Response):
                await body(scope, receive, send)
            elif body is not None:
                await self._guarded(scope, _Question(body, receive), _Answer(send))
        finally:
            self._long -= may_be_long

    async def _guarded(self, scope: Scope, question: "_Question", answer: "_Answer") -> None:
        try:
            await self._app(scope, question.receive, answer.send)
        except Exception:  # noqa: BLE001 (whatever it is, nothing of it may leave)
            _log.exception("a question could not be answered")
            # What has begun cannot be taken back: it stops without its end, and no client takes it for whole.
            if not answer.begun:
                await failed()(scope, question.receive, answer.send)


class _Question:
    """A question that was read already, and then whatever becomes of who asked it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def receive(self) -> Message:
        if self._body is None:
            return await self._receive()
        message = {"type": "http.request", "body": self._body, "more_body": False}
        self._body = None
        return message


class _Answer:
    """An answer that a peer must take in time."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def send(self, message: Message) -> None:
        self.begun = True
        async with asyncio.timeout(SEND_SECONDS):
            await self._send(message)


async def _whole(receive: Receive, most: int) -> bytes | Response | None:
    """The body; an answer where it is too long or does not end, None where whoever asked is gone."""
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > most:
                    return problem(HTTPStatus.CONTENT_TOO_LARGE, "refused", "the question is longer than any")
    except TimeoutError:
        return problem(HTTPStatus.REQUEST_TIMEOUT, "away", "the question did not come in time")
    return bytes(body)


def _busy() -> Response:
    answer = problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "away", "the review service has too many questions at once; ask again"
    )
    answer.headers["Retry-After"] = "2"
    return answer
