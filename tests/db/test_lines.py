"""A record comes out the same as a line of CSV as by way of its values, whatever stands in it."""

import csv
import io
import os
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.frames import DECISION, OUTCOME, Frame, UnknownRecord, encode, frames
from db.lines import Row, line, row_of
from db.proof.merkle import SALT_BYTES
from db.rows import TARGETS
from policy.decision import Decision, Outcome
from policy.words import RecordLevel, Verdict
from tests.db.examples import BLOCKED, MATCH, decision, outcome

SALT, BATCH = bytes(range(SALT_BYTES)), UUID(int=7)
AWKWARD = st.text() | st.sampled_from(
    ("null", "", '"', "a,b", "\\.", "\\N", "x\\y", "a\nb", "\x7f", "ünït", "\u2028")
)


def frame_of(record: Decision | Outcome) -> Frame:
    (frame,) = frames(encode(DECISION if isinstance(record, Decision) else OUTCOME, record))
    return frame


def as_postgresql_reads(row: Row) -> list[str | None]:
    """The cells of a line; what is not quoted and says null is nothing."""
    (cells,) = csv.reader(io.StringIO(row.text.decode(), newline=""), quoting=csv.QUOTE_NOTNULL)
    return [
        None if cell == "null" and not _quoted(row.text, place) else cell for place, cell in enumerate(cells)
    ]


def _quoted(text: bytes, place: int) -> bool:
    """Whether a cell of a line begins with a quote."""
    at, quoted = 0, False
    data = text.decode()
    for _ in range(place):
        while data[at] != "," or quoted:
            quoted ^= data[at] == '"'
            at += 1
        at += 1
    return data[at] == '"'


def cell(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case bytes():
            return f"\\x{value.hex()}"
        case datetime():
            return f"{value.astimezone(UTC).isoformat()}".replace("+00:00", "Z")
        case _:
            return str(value)


def same(record: Decision | Outcome) -> None:
    frame = frame_of(record)
    quick, slow = line(frame, SALT, BATCH), row_of(frame, SALT, BATCH)
    assert quick._replace(text=b"", values=()) == slow._replace(values=())
    assert quick.text.endswith(b"\n")
    columns = TARGETS[type(record)].columns
    for name, found, value in zip(columns, as_postgresql_reads(quick), slow.values, strict=True):
        if name in {"names", "categories", "matches"}:
            continue  # as PostgreSQL itself writes them, of which the leaf is made
        assert (found or "").replace("+00:00", "Z") == (cell(value) or ""), name
        assert (found is None) == (value is None), name


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as-it-is"),
        pytest.param(
            {"person": None, "path": None, "names": (), "matches": (), "list": None}, id="of-nobody"
        ),
        pytest.param({"record": RecordLevel.CATEGORY}, id="that-names-no-batch"),
        pytest.param({"sealed": b"\x00\xffsealed"}, id="with-a-sealed-part"),
        pytest.param({"person": "null", "unit": "", "role": 'a"b,c'}, id="words-that-mean-something-in-csv"),
        pytest.param({"path": "/a\\b", "unit": "Überwachung"}, id="backslash-and-umlaut"),
        pytest.param({"path": "/a\x00b\x1b[31m"}, id="controls"),
        pytest.param({"would_be": Verdict.ALLOW, "line": 2**40}, id="on-trial"),
        pytest.param({"matches": (MATCH, MATCH), "categories": ('q"uote', "b\\c")}, id="data-to-escape"),
    ],
)
def test_a_decision_is_the_same_by_either_way(changes: dict[str, object]) -> None:
    same(decision(at=datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC), **changes))


@pytest.mark.parametrize("microsecond", [0, 1], ids=["on-the-hour", "at-a-moment"])
def test_an_outcome_is_the_same_by_either_way(microsecond: int) -> None:
    at = datetime(2026, 3, 14, 15, 0, 0, microsecond, tzinfo=UTC)
    made = outcome(BLOCKED, at=at, content_type=None)
    same(made)
    assert line(frame_of(made), SALT, BATCH).names_batch is bool(microsecond)


TEXTS = [field.name for field in fields(Decision) if field.type == "str | None" or field.type == str | None]


@given(st.dictionaries(st.sampled_from(TEXTS), AWKWARD), st.lists(AWKWARD, max_size=3))
def test_whatever_text_stands_in_it(texts: dict[str, str], names: list[str]) -> None:
    same(decision(at=BLOCKED.at, names=tuple(names), **texts))


def test_what_another_release_wrote_is_unknown_by_either_way() -> None:
    frame = frame_of(decision(verdict="perhaps"))
    for read in (line, row_of):
        with pytest.raises(UnknownRecord):
            read(frame, os.urandom(SALT_BYTES), BATCH)
    with pytest.raises(UnknownRecord):
        line(Frame(0, 0, 77, b""), SALT, BATCH)
