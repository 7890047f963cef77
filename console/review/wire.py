"""
How a question crosses the wire: derived from `console/review/protocol.py`, for both ends.

Each method of the protocol is one `Call`: POST to `/topic/method`, its arguments the members of a JSON
object, its answer JSON by the types that the protocol names. So the service and its client cannot differ, and
a new question is written once. Everything is a POST: an address ends in logs, and here it would hold logins.

An answer in pieces is a body of unknown length: bytes as they are, anything else as one line of JSON each.
One that breaks off is not ended as HTTP says it must be, so that nobody takes a part for the whole.
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from console.review.protocol import Review
from policy.errors import ReviewRefused
from policy.review.hold import FOR_GOOD

PROBLEM = "application/problem+json"
LONGEST_TEXT = 4_096  # characters of any one text in a question

# Beyond these an offset leads out of what Python and databases have for years. A hold may end on the last.
_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), FOR_GOOD
_FIRST_DAY, _LAST_DAY = date(2, 1, 1), date(9998, 12, 1)  # a month further there is still one
_HIGHEST = 2**31 - 1

# Nested dataclasses take this over: a member that is misspelt must not be a question that asks for more.
_STRICT = ConfigDict(frozen=True, extra="forbid", str_max_length=LONGEST_TEXT)


class Pieces(Enum):
    """How an answer comes."""

    WHOLE = "application/json"
    LINES = "application/x-ndjson"
    BYTES = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """One method of the protocol as it crosses the wire."""

    topic: str  # "": of `Review` itself
    name: str
    summary: str
    arguments: type[BaseModel]
    kind: Any  # the type of the answer, or of one of its pieces
    pieces: Pieces
    adapter: TypeAdapter[Any]  # of `kind`

    @property
    def path(self) -> str:
        """Where it is asked."""
        return "/" + "/".join(part.replace("_", "-") for part in (self.topic, self.name) if part)

    def written(self, piece: Any) -> bytes:
        """One piece of the answer as it is sent."""
        return piece if self.pieces is Pieces.BYTES else self.adapter.dump_json(piece) + b"\n"


def _calls() -> Iterator[Call]:
    for name, member in vars(Review).items():
        if isinstance(member, property):
            topic = get_type_hints(member.fget)["return"]
            for method, function in vars(topic).items():
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield _call(name, function)
        elif inspect.isfunction(member) and not name.startswith("_"):
            yield _call("", member)


def _call(topic: str, function: Any) -> Call:
    hints = get_type_hints(function)
    answer = hints.pop("return")
    pieces = Pieces.WHOLE
    if get_origin(answer) is Iterator:
        (answer,) = get_args(answer)
        pieces = Pieces.BYTES if answer is bytes else Pieces.LINES
    return Call(
        topic=topic,
        name=function.__name__,
        summary=inspect.getdoc(function) or "",
        arguments=_arguments("".join(part.title() for part in (topic, function.__name__)), hints),
        kind=answer,
        pieces=pieces,
        adapter=TypeAdapter(answer),
    )


def _arguments(name: str, hints: Mapping[str, Any]) -> type[BaseModel]:
    members: dict[str, Any] = {each: (hint, ...) for each, hint in hints.items()}
    return create_model(name.replace("_", ""), __config__=_STRICT, **members)


CALLS: Mapping[tuple[str, str], Call] = MappingProxyType({(call.topic, call.name): call for call in _calls()})
"""Every question there is, by topic and name."""


def method(review: Review, call: Call) -> Any:
    """The method of `review` that this call is of."""
    return getattr(getattr(review, call.topic) if call.topic else review, call.name)


def refuse_unfit(value: object, where: str = "") -> None:
    """
    Raise `ReviewRefused` for a time without its offset, and for what no database takes for a text or number.

    Whose time it would be is not for us to guess.
    """
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise ReviewRefused(f"{where}: a time needs its offset from UTC, such as 2026-11-23T09:00:00Z")
    if isinstance(value, datetime) and not _FIRST < value <= _LAST:
        raise ReviewRefused(f"{where}: a time between the years 2 and 9999, since no log has others")
    if isinstance(value, date) and not isinstance(value, datetime) and not _FIRST_DAY < value < _LAST_DAY:
        raise ReviewRefused(f"{where}: a day between the years 2 and 9998, since no log has others")
    if isinstance(value, int) and abs(value) > _HIGHEST:
        raise ReviewRefused(f"{where}: a number beyond {_HIGHEST}, which counts nothing here")
    if isinstance(value, str) and "\0" in value:
        raise ReviewRefused(f"{where}: a NUL is no part of a text")
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            refuse_unfit(getattr(value, name), name)
    elif is_dataclass(value):
        for field in fields(value):
            refuse_unfit(getattr(value, field.name), field.name)
    elif isinstance(value, Mapping):
        refuse_unfit((*value, *value.values()), where)
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            refuse_unfit(item, where)
