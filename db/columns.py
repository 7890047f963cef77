"""Column types that mean the same on SQLite and on PostgreSQL."""

import json
import re
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from policy.text import storable

MOST_BYTES = 1 << 20  # of what is kept to the letter; a line of a backup takes several (`db/backup.py`)
_MOST_CHARACTERS = 2048
_NUL = re.compile(
    r"(?<!\\)(?:\\\\)*\\u0000"
)  # as JSON writes it, and not a backslash before the same letters


class UtcDateTime(TypeDecorator[datetime]):
    """
    An instant: aware and in UTC in Python.

    `timestamptz` on PostgreSQL. SQLite has no such thing: there it is the text of the UTC time with
    six digits after the second, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word[W: StrEnum](TypeDecorator[W]):
    """
    One of `policy.words`, stored as its value.

    No check constraint: the previous release still writes to the schema of the next, which may know
    more words or fewer.
    """

    impl = Text
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: W | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> W | None:
        return None if value is None else self.words(value)


class Json(TypeDecorator[object]):
    """Plain data: JSONB on PostgreSQL, which can be asked and indexed; text on SQLite."""

    impl = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        return storable_data(value)


class ExactJson(Json):
    """
    Plain data that comes back to the letter, to be acted on: nothing of it is cut or escaped.

    What cannot be kept so (a NUL, a lone surrogate, more than `MOST_BYTES` of it) is refused as `ValueError`.
    """

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        if value is not None:
            refuse_unstorable(value)
        return value


def refuse_unstorable(value: object) -> None:
    """Raise `ValueError` for plain data that `ExactJson` does not keep."""
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if _NUL.search(written):
        raise ValueError("a NUL")
    try:
        size = len(written.encode())
    except UnicodeEncodeError as error:
        raise ValueError("half a character") from error
    if size > MOST_BYTES:
        raise ValueError(f"{size:,} bytes, where {MOST_BYTES:,} are kept")


def storable_data(value: object) -> object:
    """Plain data with every text in it storable: JSONB refuses NUL and lone surrogates."""
    match value:
        case str():
            return storable(value, _MOST_CHARACTERS)
        case dict():
            return {storable(str(key), _MOST_CHARACTERS): storable_data(part) for key, part in value.items()}
        case list() | tuple():
            return [storable_data(part) for part in value]
    return value
