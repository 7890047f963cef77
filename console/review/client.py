"""
The other end of the review service: the same protocol, asked over its socket or over TLS.

What a caller sees are the protocol's own types and errors. A question is sent once and never again by itself:
it leaves an Access each time.
"""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import httpx
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from addons.observe.status_socket import short_name
from console.review.protocol import Review
from console.review.wire import CALLS, PROBLEM, Call, Pieces
from policy.errors import DatabaseAway, ReviewRefused

_TIMEOUT = httpx.Timeout(120.0, connect=5.0, write=30.0, pool=5.0)
# A file is made whole before its first byte comes, and one of thousands of rows takes minutes to prove.
_TIMEOUT_OF_A_FILE = httpx.Timeout(900.0, connect=5.0, write=30.0, pool=5.0)
# A connection for each question: one that is kept may be closed at the other end in the moment it is used
# again, and no question is asked twice.
_LIMITS = httpx.Limits(max_keepalive_connections=0)
_LONGEST_PROBLEM = 64 * 1024

type Ticket = Callable[[], str]
"""A new ticket of the database, for one question."""


def over_socket(path: Path, ticket: Ticket | None = None) -> Review:
    """The service at a Unix socket of this machine, which knows the account that asks."""
    kept = ExitStack()
    try:
        name = kept.enter_context(short_name(path))
    except OSError as error:
        raise DatabaseAway(f"{path}: no review service is there: {error.strerror}") from error
    client = httpx.Client(
        transport=httpx.HTTPTransport(uds=name, limits=_LIMITS),
        base_url="http://review",
        timeout=_TIMEOUT,
        trust_env=False,
    )
    return _review(_Wire(client, str(path), ticket, kept))


def over_tls(address: str, ca_file: Path | None, ticket: Ticket) -> Review:
    """The service at `https://HOST:PORT`, which knows the login that the database gave a ticket to."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # trust_env off: a proxy out of the environment would be told everything that is asked.
    client = httpx.Client(verify=context, base_url=address, timeout=_TIMEOUT, limits=_LIMITS, trust_env=False)
    return _review(_Wire(client, address, ticket))


def _review(wire: "_Wire") -> Review:
    return cast("Review", _Remote(wire))


class _Remote:
    """Looks like `Review`: its topics, and the methods that belong to none."""

    def __init__(self, wire: "_Wire") -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        if ("", name) in CALLS:
            return self._wire.asker("", name)
        if any(topic == name for topic, _ in CALLS):
            return _Topic(self._wire, name)
        raise AttributeError(name)


class _Topic:
    """Looks like one topic of the protocol."""

    def __init__(self, wire: "_Wire", topic: str) -> None:
        self._wire = wire
        self._topic = topic

    def __getattr__(self, name: str) -> Any:
        if (self._topic, name) not in CALLS:
            raise AttributeError(name)
        return self._wire.asker(self._topic, name)


def _written(call: Call, given: dict[str, object]) -> str:
    """The question as it crosses the wire. Raises `ReviewRefused` for what cannot."""
    try:
        return call.arguments(**given).model_dump_json()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ReviewRefused(f"{where}: {first['msg']}; ask in other words") from None
    except PydanticSerializationError:  # half a character, such as bytes of another encoding become
        raise ReviewRefused("a word of the question is not written in UTF-8; ask in other words") from None


class _Wire:
    """Sends questions and reads answers."""

    def __init__(
        self, client: httpx.Client, place: str, ticket: Ticket | None, kept: ExitStack | None = None
    ) -> None:
        self._client = client
        self._place = place
        self._ticket = ticket
        self._kept = kept  # what the way there needs for as long as it is used

    def asker(self, topic: str, name: str) -> Callable[..., Any]:
        call = CALLS[topic, name]

        def ask(*arguments: object, **named: object) -> Any:
            given = dict(zip(call.arguments.model_fields, arguments, strict=False)) | named
            question = _written(call, given)
            return (self._whole if call.pieces is Pieces.WHOLE else self._pieces)(call, question)

        return ask

    def _whole(self, call: Call, question: str) -> Any:
        with self._asked(call, question) as response:
            body = response.read()
            try:
                return call.adapter.validate_json(body)
            except ValidationError as error:
                raise self._another_release() from error

    def _pieces(self, call: Call, question: str) -> Iterator[Any]:
        with self._asked(call, question) as response:
            if call.pieces is Pieces.BYTES:
                yield from response.iter_bytes()
                return
            for line in response.iter_lines():
                try:
                    yield call.adapter.validate_json(line)
                except ValidationError as error:
                    raise self._another_release() from error

    @contextmanager
    def _asked(self, call: Call, question: str) -> Iterator[httpx.Response]:
        headers = {"Content-Type": "application/json"}
        if self._ticket is not None:
            headers["Authorization"] = f"Ticket {self._ticket()}"
        try:
            timeout = _TIMEOUT_OF_A_FILE if call.pieces is Pieces.BYTES else _TIMEOUT
            with self._client.stream(
                "POST", call.path, content=question, headers=headers, timeout=timeout
            ) as response:
                if response.status_code != HTTPStatus.OK:
                    raise self._problem(response)
                yield response
        except httpx.HTTPError as error:
            why = re.sub(r"^\[Errno \d+\] ", "", str(error))
            raise DatabaseAway(
                f"{self._place}: the review service does not answer ({why}); is it running there?"
            ) from error

    def _problem(self, response: httpx.Response) -> Exception:
        """What the service says is wrong, as the protocol raises it."""
        body = b""
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _LONGEST_PROBLEM:
                break
        try:
            said = json.loads(body) if response.headers.get("content-type", "").startswith(PROBLEM) else {}
            kind, detail = str(said["type"]).rpartition(":")[2], str(said["detail"])
        except (ValueError, KeyError, TypeError):
            return DatabaseAway(f"{self._place}: what answers there is not the review service")
        if kind == "refused":
            return ReviewRefused(detail)
        return DatabaseAway(f"{self._place}: {detail}")

    def _another_release(self) -> DatabaseAway:
        return DatabaseAway(
            f"{self._place}: the review service answers as another release would; update both"
        )
