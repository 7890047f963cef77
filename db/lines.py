"""
From a frame of the spool to a line of COPY and the leaf that proves it, without a Decision in between.

A backlog of a day is shipped in minutes only where a record costs microseconds. So its payload becomes a
struct whose fields stand in the order of the columns, and what is written of that is written by msgspec
at once: as an object it is the text that is hashed (`db/proof/canonical.py`), as an array it is, but for
its brackets, a line of CSV. That holds for text which needs no escaping, and nearly all is:
`policy/record.py` has made it so. What does need it, or is not printable, goes the way that `db/rows.py`
goes for SQLite, and comes out the same.

Lists of names, categories and matches repeat from one request to the next, so what is written of them is
kept.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, get_type_hints
from uuid import UUID

import msgspec

from db.frames import DECISION, OUTCOME, Frame, UnknownRecord
from db.proof.canonical import COLUMNS, jsonb
from db.proof.merkle import leaf
from db.rows import TARGETS, Target, Values
from policy.decision import Decision, Outcome
from policy.words import RecordLevel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DATA = ("names", "categories", "matches")
_KINDS: dict[int, type[Decision | Outcome]] = {DECISION: Decision, OUTCOME: Outcome}
_json = msgspec.json.Encoder()


class Row(NamedTuple):
    """One record, ready to be shipped. A tuple, which is made in a third of a dataclass's time."""

    table: str
    id: int  # of the decision that it is, or that it is an outcome of
    text: bytes  # a line of CSV, its end too; for SQLite nothing
    leaf: bytes
    retention_class: str
    at: datetime
    names_batch: bool  # a row that may tell its hour only names none
    values: Values = ()  # for SQLite


class _Liner:
    """Makes the lines of one kind of record."""

    def __init__(self, kind: type[Decision | Outcome]) -> None:
        self.target: Target = TARGETS[kind]
        names, hints = COLUMNS[self.target.table], get_type_hints(kind)
        data = [name for name in _DATA if name in names]
        self._data = [
            (name, names.index(name), lru_cache(maxsize=8192)(_written(hints[name]))) for name in data
        ]
        self._sealed = names.index("sealed") if kind is Decision else None
        fields = [(name, msgspec.Raw if name in data else hints[name]) for name in names]
        said = msgspec.defstruct(f"{kind.__name__}Said", fields)
        self._decode = msgspec.msgpack.Decoder(said).decode
        self._array = msgspec.defstruct(
            f"{kind.__name__}Line", [(name, Any) for name in (*names, "salt", "batch")], array_like=True
        )

    def line(self, frame: Frame, salt: bytes, batch: UUID) -> Row:
        """The record as a line of CSV. Raises `UnknownRecord`."""
        try:
            said: Any = self._decode(frame.payload)
            quoted: list[Any] = list(msgspec.structs.astuple(said))
            for name, place, written in self._data:
                plain, quoted[place] = written(bytes(quoted[place]))
                setattr(said, name, plain)
        except msgspec.DecodeError as error:
            raise UnknownRecord(f"a record of kind {frame.kind} that this release cannot read") from error
        at: datetime = said.at
        said.at = (at - _EPOCH) // _MICROSECOND
        if self._sealed is None:
            id_, names_batch = said.decision, bool(at.minute or at.second or at.microsecond)
        else:
            id_, names_batch = said.id, said.record is not RecordLevel.CATEGORY
            if said.sealed is not None:
                quoted[self._sealed] = _bytes(said.sealed)
                said.sealed = said.sealed.hex()
        text = _json.encode(said)
        # JSON has escaped every control but DEL; of what is not ASCII each character is looked at.
        if b"\\" in text or b"\x7f" in text or not (text.isascii() or text.decode().isprintable()):
            return self._line_of(frame, salt, batch)
        line = _json.encode(self._array(*quoted, _bytes(salt), batch if names_batch else None))
        return Row(
            self.target.table,
            id_.int,
            line[1:-1] + b"\n",
            leaf(salt, text),
            said.retention_class,
            at,
            names_batch,
        )

    def _line_of(self, frame: Frame, salt: bytes, batch: UUID) -> Row:
        """By way of the record, where a text has to be looked at character by character."""
        row = row_of(frame, salt, batch)
        return row._replace(text=",".join(map(_cell, row.values)).encode() + b"\n", values=())


def _written(hint: Any) -> Any:
    """What makes of a list in the spool the text that is hashed, and the same as a cell of CSV."""
    decode = msgspec.msgpack.Decoder(hint).decode

    def written(raw: bytes) -> tuple[msgspec.Raw, msgspec.Raw]:
        text = jsonb(msgspec.to_builtins(decode(raw)))
        return msgspec.Raw(text.encode()), msgspec.Raw(_quoted(text).encode())

    return written


def _bytes(value: bytes) -> msgspec.Raw:
    return msgspec.Raw(b'"\\x' + value.hex().encode() + b'"')


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _cell(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case bytes():
            return f'"\\x{value.hex()}"'
        case datetime():
            return f'"{value.isoformat()}"'
        case _:
            return _quoted(str(value))


_LINERS = {number: _Liner(kind) for number, kind in _KINDS.items()}


def line(frame: Frame, salt: bytes, batch: UUID) -> Row:
    """The record of a frame as a line of CSV, in which nothing is "null". Raises `UnknownRecord`."""
    liner = _LINERS.get(frame.kind)
    if liner is None:
        raise UnknownRecord(f"a record of kind {frame.kind} that this release cannot read")
    return liner.line(frame, salt, batch)


def row_of(frame: Frame, salt: bytes, batch: UUID) -> Row:
    """The record of a frame as values. Raises `UnknownRecord`."""
    record = frame.record()
    target = TARGETS[type(record)]
    values = target.values(record, batch, salt)
    return Row(
        table=target.table,
        id=(record.id if isinstance(record, Decision) else record.decision).int,
        text=b"",
        leaf=target.leaf(values),
        retention_class=record.retention_class,
        at=record.at,
        names_batch=values[-1] is not None,
        values=values,
    )
