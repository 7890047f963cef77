"""Rows: plain values in the order of the table's columns, and nothing a database refuses among them."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from db.models import DecisionRow
from db.rows import TARGETS, for_sqlite
from policy.decision import Decision, Outcome
from policy.identifiers import uuid7
from policy.words import RecordLevel
from tests.db.examples import MATCH, decision, outcome

BATCH = uuid7()


def row_of(record: Decision | Outcome) -> dict[str, object]:
    target = TARGETS[type(record)]
    return dict(zip(target.columns, target.values(record, BATCH), strict=True))


@pytest.mark.parametrize("record", [decision(), outcome(decision())], ids=["decision", "outcome"])
def test_a_row_has_every_field_of_its_record_as_a_plain_value(record: Decision | Outcome) -> None:
    row = row_of(record)
    for name, value in asdict(record).items():
        if isinstance(value, tuple):
            assert msgspec.json.decode(str(row[name])) == list(msgspec.to_builtins(getattr(record, name)))
        else:
            assert row[name] == value
            assert type(row[name]) is not type(record.retention_class), "a word would be sent by its name"
    assert row.get("batch", BATCH) == BATCH


@pytest.mark.parametrize("level", RecordLevel)
def test_a_row_names_its_batch_unless_it_may_tell_the_hour_only(level: RecordLevel) -> None:
    assert row_of(decision(record=level))["batch"] == (None if level is RecordLevel.CATEGORY else BATCH)


@pytest.mark.parametrize("odd", ["\0", "a\x1b[2J", "\u2028", "\u202e"])
def test_what_a_database_refuses_or_a_terminal_obeys_is_escaped(odd: str) -> None:
    row = row_of(decision(path=odd, names=(odd,), matches=(replace(MATCH, entry=odd),)))
    assert odd not in str(row["path"])
    assert row["path"] == msgspec.json.decode(str(row["names"]))[0] or ord(odd[-1]) > 0xFF
    assert "\\u0000" not in str(row["matches"])


def test_sqlite_is_given_what_its_column_types_would_have_given_it() -> None:
    """Shipping goes past SQLAlchemy, reading does not: the two must agree."""
    zone = timezone(timedelta(hours=2))
    for at in (datetime(2026, 3, 14, 1, 2, 3, 4, tzinfo=UTC), datetime(2026, 3, 14, tzinfo=zone)):
        made = decision(at=at)
        target = TARGETS[Decision]
        (row,) = for_sqlite([target.values(made, BATCH)])
        given = dict(zip(target.columns, row, strict=True))
        for name, value in (("at", made.at), ("id", made.id), ("batch", BATCH), ("verdict", made.verdict)):
            bind = (
                DecisionRow.__table__.c[name]
                .type.dialect_impl(SQLiteDialect_pysqlite())
                .bind_processor(SQLiteDialect_pysqlite())
            )
            assert bind is not None
            assert given[name] == bind(value), name
