"""
The review service over HTTP: the protocol's questions as FastAPI has them, and nothing that decides anything.

Every route is made of one `Call` (`console/review/wire.py`). Who asks is looked up for each request, the
question is handed to the service in a thread, and what comes back is written out by the protocol's types.
Nothing is served beside the questions: no pages, no description of itself (`sluicegate review openapi`).
"""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CancelScope, CapacityLimiter, WouldBlock, to_thread
from fastapi import Body, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyHeader
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from console.review.http.bounds import Bounds
from console.review.http.callers import Callers
from console.review.http.peers import ACCOUNT
from console.review.http.problems import malformed, problem, problem_of
from console.review.protocol import Review
from console.review.wire import CALLS, Call, Pieces, method, refuse_unfit
from policy.errors import DatabaseAway, SluicegateError

MOST_THREADS = 8  # questions that are being answered: each may hold two connections to the database
MOST_STREAMS = 3  # answers in pieces, each of which holds one for as long as its reader takes

_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NO_JSON = "the question is no JSON"

type ByLogin = Callable[[str], Review]
"""What the person with this login may ask. Raises `ReviewRefused` for a login that is nobody's."""


def make_app(by_login: ByLogin, callers: Callers, version: str) -> FastAPI:
    """The application; it answers nothing until a server runs it."""
    app = FastAPI(
        title="Sluicegate review service",
        version=version,
        description=(
            "Questions about recorded decisions, within a written authority. Each leaves an Access. Errors "
            "are problem details (RFC 9457) with one line for a person."
        ),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(Bounds)
    app.add_exception_handler(SluicegateError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _no_question)
    asking = _Asking(by_login, callers)
    for call in CALLS.values():
        _add(app, call, asking)
    return app


class _Asking:
    """Asks one question of the service, in a thread, for whoever stands behind the request."""

    def __init__(self, by_login: ByLogin, callers: Callers) -> None:
        self._by_login = by_login
        self._callers = callers
        self._threads = CapacityLimiter(MOST_THREADS)
        self._streams = CapacityLimiter(MOST_STREAMS)

    async def ask(self, call: Call, request: Request, arguments: Any) -> Response:
        """The answer. Raises `SluicegateError`."""
        account = getattr(request.state, ACCOUNT, None)
        authorization = request.headers.get("authorization")

        def answer() -> Any:
            refuse_unfit(arguments)
            review = self._by_login(self._callers.login(account, authorization))
            given = {name: getattr(arguments, name) for name in type(arguments).model_fields}
            answer = method(review, call)(**given)
            if call.pieces is Pieces.WHOLE:
                return call.adapter.dump_json(answer)
            # With its first piece, since that is where a question is refused.
            return answer, next(answer, None)

        if call.pieces is Pieces.WHOLE:
            whole = await to_thread.run_sync(answer, limiter=self._threads)
            return Response(whole, media_type=call.pieces.value, headers=_NO_STORE)
        place = object()
        try:
            self._streams.acquire_on_behalf_of_nowait(place)
        except WouldBlock as error:
            raise DatabaseAway("the service has too many long answers at once; ask again") from error
        try:
            pieces, first = await to_thread.run_sync(answer, limiter=self._threads)
        except BaseException:
            self._streams.release_on_behalf_of(place)
            raise
        return _Streamed(
            self._written(call, pieces, first),
            media_type=call.pieces.value,
            let_go=_LetGo(pieces, lambda: self._streams.release_on_behalf_of(place)),
        )

    async def _written(self, call: Call, pieces: Iterator[Any], first: Any) -> AsyncIterator[bytes]:
        def another() -> bytes | None:
            piece = next(pieces, None)
            return None if piece is None else call.written(piece)

        piece = None if first is None else call.written(first)
        while piece is not None:
            yield piece
            piece = await to_thread.run_sync(another, limiter=self._threads)


@dataclass(frozen=True, slots=True)
class _LetGo:
    """What an answer in pieces holds: a transaction, and one of few places."""

    pieces: Iterator[Any]
    leave: Callable[[], None]

    def __call__(self) -> None:
        try:
            if isinstance(self.pieces, Generator):
                self.pieces.close()
        finally:
            self.leave()


class _Streamed(StreamingResponse):
    """An answer in pieces, which lets go of what it holds also where nobody took the first of them."""

    def __init__(self, pieces: AsyncIterator[bytes], *, media_type: str, let_go: _LetGo) -> None:
        super().__init__(pieces, media_type=media_type, headers=_NO_STORE)
        self._let_go = let_go

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(self._let_go)


def _add(app: FastAPI, call: Call, asking: _Asking) -> None:
    header = APIKeyHeader(
        name="Authorization",
        scheme_name="Ticket",
        auto_error=False,
        description='"Ticket …", given by sluicegate_review_ticket() in the database: good once, for a '
        "minute. Over the Unix socket the account at its other end is known without.",
    )
    known = [Depends(header)]

    if call.arguments.model_fields:

        async def asked(request: Request, arguments: Any) -> Response:
            return await asking.ask(call, request, arguments)

        asked.__annotations__["arguments"] = Annotated[call.arguments, Body()]
        endpoint: Any = asked
    else:

        async def asked_plainly(request: Request) -> Response:
            return await asking.ask(call, request, call.arguments())

        endpoint = asked_plainly

    whole = call.pieces is Pieces.WHOLE
    app.post(
        call.path,
        name=call.name,
        operation_id=".".join(part for part in (call.topic, call.name) if part),
        tags=[call.topic or "who"],
        description=call.summary,
        dependencies=known,
        response_model=call.kind if whole else None,
        response_class=Response,
        responses={
            HTTPStatus.OK.value: {"content": {call.pieces.value: {} if whole else _schema(call)}},
            "default": {"description": "Refused, or away", "content": {"application/problem+json": {}}},
        },
    )(endpoint)


def _schema(call: Call) -> dict[str, object]:
    if call.pieces is Pieces.BYTES:
        return {"schema": {"type": "string", "format": "binary"}}
    return {"schema": {"type": "string", "description": "One JSON value a line"}}


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, SluicegateError):
        raise error
    return problem_of(error)


async def _malformed(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in {"body", "arguments"})
    if first["type"] == "json_invalid":
        return malformed("", _NO_JSON)
    return malformed(where[:200], f"expected {first['msg'].removeprefix('Input should be ')}")


async def _no_question(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return malformed("", _NO_JSON)
    return problem(HTTPStatus(error.status_code), "refused", "there is no such question")
