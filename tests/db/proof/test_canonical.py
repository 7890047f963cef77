"""The text that is hashed: PostgreSQL makes the same, nothing is left out, and no two rows share one."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from db.base import Base
from db.engine import reading
from db.models import DecisionRow, OutcomeRow
from db.proof.canonical import COLUMNS, canonical_record, canonical_row, canonical_values, jsonb
from db.rows import TARGETS
from policy.identifiers import uuid7
from tests.db.conftest import Database
from tests.db.examples import MATCH, decision, outcome

# What JSONB takes: no NUL, no half characters, numbers that JSON has.
plain_text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
numbers = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False, width=32)
plain_data = st.recursive(
    st.none() | st.booleans() | numbers | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(plain_data, min_size=20, max_size=20))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_plain_data_is_written_as_postgresql_writes_it(postgresql: Database, several: list[object]) -> None:
    """Twenty at a time, since each asks the server."""
    with reading(postgresql.engine) as connection:
        written = connection.execute(
            text("SELECT each::text FROM jsonb_array_elements((:several)::jsonb) each"),
            {"several": json.dumps(several)},
        ).scalars()
        assert list(written) == [jsonb(one) for one in several]


@pytest.mark.parametrize(
    ("table", "model", "besides"),
    [("decision", DecisionRow, {"batch", "salt"}), ("outcome", OutcomeRow, {"batch", "salt"})],
)
def test_a_row_says_everything_but_where_its_proof_lies(
    table: str, model: type[Base], besides: set[str]
) -> None:
    columns = {column.name for column in inspect(model).columns if column.computed is None}
    assert set(COLUMNS[table]) == columns - besides
    assert len(set(COLUMNS[table])) == len(COLUMNS[table])


def test_every_value_takes_part() -> None:
    row = asdict(decision(matches=(MATCH,)))
    whole = canonical_row("decision", row)
    for name in COLUMNS["decision"]:
        for other in (
            (None, "[7]") if name in {"names", "categories", "matches"} else (other_than(row[name]),)
        ):
            assert canonical_row("decision", row | {name: other}) != whole, name


def other_than(value: object) -> object:
    match value:
        case bool():
            return not value
        case datetime():
            return value.replace(microsecond=(value.microsecond + 1) % 1_000_000)
        case UUID():
            return uuid7()
        case bytes() | None:
            return b"other"
        case int():
            return value + 1
    return f"{value} "


def test_what_is_shipped_and_what_is_read_again_are_one_text() -> None:
    for record in (decision(matches=(MATCH,)), decision(sealed=b"\0\xff"), outcome(decision())):
        target = TARGETS[type(record)]
        shipped = target.values(record, uuid7())[: len(COLUMNS[target.table])]
        assert canonical_values(target.table, shipped) == canonical_row(target.table, asdict(record))


def test_a_value_cannot_pass_for_its_neighbours() -> None:
    row = asdict(decision(unit='a","role":"b', role=None))
    assert canonical_row("decision", row) != canonical_row("decision", row | {"unit": "a", "role": "b"})


def test_a_record_leaves_out_what_is_empty_and_nothing_else() -> None:
    at = datetime(2026, 3, 14, 1, 2, 3, 40, tzinfo=UTC)
    row = {"id": UUID(int=7), "at": at, "what": "look", "rows_seen": 0, "question": {}, "purpose": None}
    assert canonical_record(row) == (
        b'{"at": "2026-03-14T01:02:03.00004+00:00", "id": "00000000-0000-0000-0000-000000000007", '
        b'"what": "look", "question": {}, "rows_seen": 0}'
    )
    assert canonical_record(row | {"scope": None}) == canonical_record(row)
    assert canonical_record(row | {"purpose": ""}) != canonical_record(row)
