"""
What a row says, as the one text that is hashed of it.

A decision or outcome is a JSON object of its columns, in the order below, without a space between them:
times are microseconds since 1970, identifiers are written with hyphens, sealed parts in hexadecimal, and
plain data (`names`, `categories`, `matches`) as PostgreSQL writes JSONB. PostgreSQL makes the same text
(`db/migrations/versions/0005…`), so that a log can be verified by who may not read it: only hashes leave the
database. A test holds the two together.

A row of another table (an Access, a change) is a JSON object too, as PostgreSQL writes JSONB: keys by length,
then bytes, and what is empty left out, so that a column which joins later changes no hash.

The order of a form is never changed: a decision that gains a column gains a new form.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

FORM = 1

DECISION = (
    "at",
    "id",
    "retention_class",
    "exchange",
    "step",
    "final",
    "gateway",
    "organisation",
    "person",
    "person_how",
    "unit",
    "role",
    "device",
    "client_ip",
    "resource",
    "resource_why",
    "page",
    "method",
    "scheme",
    "host",
    "port",
    "path",
    "names",
    "referrer_host",
    "decrypted",
    "verdict",
    "would_be",
    "reason",
    "category",
    "categories",
    "clause",
    "list",
    "line",
    "entry",
    "entry_kind",
    "found_by",
    "matches",
    "exemption",
    "confirmation",
    "local_entry",
    "approval",
    "record",
    "replayable",
    "sealed",
    "reference",
    "ruleset",
    "policy",
    "engine",
)
OUTCOME = (
    "decision",
    "at",
    "retention_class",
    "status",
    "content_type",
    "bytes_in",
    "bytes_out",
    "duration_us",
    "ended",
)
COLUMNS: dict[str, tuple[str, ...]] = {"decision": DECISION, "outcome": OUTCOME}
"""The columns of form 1, by table."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOTHING = msgspec.Raw(b"[]")
_PLAIN_DATA = frozenset({"names", "categories", "matches"})

# A struct is written faster than a dictionary, and always in the order of its fields.
_OBJECTS = {table: msgspec.defstruct(f"_{table}", names) for table, names in COLUMNS.items()}
_PREPARED = {
    table: tuple(
        (place, name) for place, name in enumerate(names) if name in _PLAIN_DATA or name in {"at", "sealed"}
    )
    for table, names in COLUMNS.items()
}
_text = json.JSONEncoder(ensure_ascii=False).encode
_encode = msgspec.json.Encoder().encode


def canonical_values(table: str, values: Sequence[Any]) -> bytes:
    """
    The text of a row of the log, from its values in the order of `COLUMNS[table]`.

    Plain data may be given as it is, or as the JSON that is stored.
    """
    row = list(values)
    for place, name in _PREPARED[table]:
        value = row[place]
        if name == "at":
            row[place] = (value - _EPOCH) // _MICROSECOND
        elif name == "sealed":
            row[place] = None if value is None else value.hex()
        elif value == "[]":
            row[place] = _NOTHING
        else:
            plain = msgspec.json.decode(value) if isinstance(value, str) else value
            row[place] = msgspec.Raw(jsonb(plain).encode())
    return _encode(_OBJECTS[table](*row))


def canonical_row(table: str, row: Mapping[str, Any]) -> bytes:
    """The same from a row by its columns' names; it may have others."""
    return canonical_values(table, [row[name] for name in COLUMNS[table]])


def canonical_record(row: Mapping[str, Any]) -> bytes:
    """The text of a row of any other table: what is not empty of it."""
    return jsonb({name: _plain(value) for name, value in row.items() if value is not None}).encode()


def jsonb(value: Any) -> str:
    """Plain data as PostgreSQL writes it of type JSONB."""
    kind = type(value)
    if kind is dict:
        inside = [f"{_text(key)}: {jsonb(value[key])}" for key in _in_order(tuple(value))]
        return "{" + ", ".join(inside) + "}"
    if kind is list or kind is tuple:
        return "[" + ", ".join(map(jsonb, value)) + "]"
    if kind is float:
        return _number(Decimal(repr(value)))
    return _text(value)


@lru_cache(maxsize=256)
def _in_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(keys, key=lambda key: (len(key.encode()), key.encode())))


def _number(value: Decimal) -> str:
    written = f"{value:f}"
    # PostgreSQL's numbers know no zero below zero.
    return written.removeprefix("-") if value == 0 else written


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime():
            written = value.astimezone(UTC)
            fraction = f".{written.microsecond:06}".rstrip("0") if written.microsecond else ""
            return f"{written:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"
        case bytes():
            return f"\\x{value.hex()}"
        case str():
            return str.__str__(value)
    return value
