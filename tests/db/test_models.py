"""The log is only ever added to: the database itself refuses everything else."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import DBAPIError

from db.access import record_access
from db.base import Base
from db.change import record_change
from db.engine import reading, writing
from db.models import DecisionRow, DisposalRow, OutcomeRow
from db.roles import GRANTS
from db.settings import SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from policy.decision import Decision, Outcome
from policy.errors import ConfigurationError
from policy.identifiers import uuid7
from tests.db.conftest import Database
from tests.db.examples import decision, outcome


@pytest.fixture
def filled(database: Database) -> Database:
    """A database with a row in every table of the log."""
    writer = SpoolWriter(database.state / "spool" / "slot-0", SpoolSettings())
    for at in (datetime.now(UTC), datetime(2020, 1, 1, tzinfo=UTC)):
        made = decision(at=at)
        writer.record(made)
        writer.outcome(outcome(made))
    writer.close()
    Shipper(database.engine, database.state / "spool", 100).ship_once()
    record_access(database.engine, what="test", question={})
    with writing(database.engine) as connection:
        record_change(connection, what="test", before=None, after={"a": 1}, because="a test")
        connection.execute(
            insert(DisposalRow).values(
                id=uuid7(),
                at=datetime.now(UTC),
                actor="test",
                source="none",
                before=datetime.now(UTC) - timedelta(days=1),
                disposed=0,
            )
        )
    return database


def contents(database: Database, table: str) -> list[object]:
    with reading(database.engine) as connection:
        return list(connection.execute(text(f'SELECT * FROM "{table}" ORDER BY id')))  # noqa: S608


@pytest.mark.parametrize("table", ["decision", "batch", "access", "change", "disposal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"], ids=["update", "delete"])
def test_no_row_of_the_log_is_changed_or_deleted(filled: Database, table: str, statement: str) -> None:
    before = contents(filled, table)
    assert before
    with pytest.raises(DBAPIError), writing(filled.engine) as connection:
        connection.execute(text(statement.format(f'"{table}"')))
    assert contents(filled, table) == before


def test_an_outcome_is_not_changed_or_deleted(filled: Database) -> None:
    for statement in ("UPDATE outcome SET status = 200", "DELETE FROM outcome"):
        with pytest.raises(DBAPIError, match="append-only"), writing(filled.engine) as connection:
            connection.execute(text(statement))


def test_on_postgresql_no_table_and_no_partition_is_emptied(postgresql: Database, tmp_path: Path) -> None:
    with reading(postgresql.engine) as connection:
        ours = [
            name
            for name in inspect(connection).get_table_names()
            if name not in {"alembic_version", "register_version"}
        ]
    assert len(ours) > 60
    for table in ours:
        with pytest.raises(DBAPIError, match="is never emptied"), writing(postgresql.engine) as connection:
            connection.execute(text(f'TRUNCATE "{table}"'))


def _open_disposal(database: Database, before: datetime, source: str = "decision") -> DisposalRow:
    return DisposalRow(
        id=uuid7(),
        at=datetime.now(UTC),
        actor="test",
        source=source,
        retention_class="refused",
        before=before,
    )


def test_an_open_disposal_lets_go_of_what_it_covers_and_of_nothing_else(filled: Database) -> None:
    def attempt(statement: str, before: datetime, source: str) -> int:
        with writing(filled.engine) as connection:
            row = _open_disposal(filled, before, source)
            values = {column.name: getattr(row, column.name) for column in DisposalRow.__table__.columns}
            connection.execute(insert(DisposalRow).values({k: v for k, v in values.items() if v is not None}))
            return connection.execute(text(statement)).rowcount

    past = datetime(2021, 1, 1, tzinfo=UTC)
    for statement, source in (
        ("DELETE FROM decision", "decision"),
        ("DELETE FROM decision WHERE at < '2021-01-01'", "outcome"),
        ("UPDATE decision SET at = at WHERE at < '2021-01-01'", "decision"),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            attempt(statement, past, source)
    assert len(contents(filled, "decision")) == 2
    assert attempt("DELETE FROM decision WHERE at < '2021-01-01'", past, "decision") == 1
    assert len(contents(filled, "decision")) == 1


def test_a_disposal_of_the_future_is_refused(database: Database) -> None:
    row = _open_disposal(database, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(DBAPIError, match="disposal_of_the_past"), writing(database.engine) as connection:
        connection.execute(
            insert(DisposalRow).values(
                id=row.id, at=row.at, actor=row.actor, source=row.source, before=row.before
            )
        )


def test_a_disposal_is_closed_once_and_never_reworded(filled: Database) -> None:
    for change in ("disposed = 7", "before = at", "actor = 'other'", "disposed = NULL"):
        with pytest.raises(DBAPIError), writing(filled.engine) as connection:
            connection.execute(text(f"UPDATE disposal SET {change}"))  # noqa: S608


@pytest.mark.parametrize(
    ("record", "model", "more"),
    [
        (Decision, DecisionRow, {"batch", "salt", "host_key"}),
        (Outcome, OutcomeRow, {"batch", "salt"}),
    ],
)
def test_a_table_has_the_fields_of_its_record_and_what_proves_it(
    record: type, model: type[Base], more: set[str]
) -> None:
    columns = {column.name for column in model.__table__.columns}
    assert columns == {field.name for field in fields(record)} | more


@pytest.mark.parametrize("table", ["decision", "outcome"])
def test_on_sqlite_the_log_does_not_count_what_comes_in(sqlite: Database, table: str) -> None:
    with (
        pytest.raises(ConfigurationError, match="no such column: rowid"),
        reading(sqlite.engine) as connection,
    ):
        connection.execute(text(f"SELECT rowid FROM {table}"))  # noqa: S608


def test_identifiers_are_of_the_databases_own_type(filled: Database) -> None:
    with reading(filled.engine) as connection:
        (row, *_) = connection.execute(text("SELECT id, exchange FROM decision"))
    assert isinstance(row.id, UUID if filled.is_postgresql else str)


PAGE = (Path(__file__).parents[2] / "docs" / "database.md").read_text("utf-8")


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_the_page_for_administrators_names_every_table_and_column(table: str) -> None:
    assert f"`{table}`" in PAGE
    for column in Base.metadata.tables[table].columns:
        assert f"`{column.name}`" in PAGE, column.name


def test_the_page_for_administrators_names_every_role_and_no_other() -> None:
    assert set(re.findall(r"`(sluicegate_[a-z_]+)`", PAGE)) == set(GRANTS)
