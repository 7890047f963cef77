"""The schema: made, kept, checked for drift, and refused where it does not fit."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Engine, inspect, text

from db.engine import make_engine, reading, writing
from db.models import Base
from db.settings import DatabaseSettings
from db.upgrade import Schema, apply_roles, current_revision, ensure_schema, needed_revision, schema, upgrade
from policy.errors import ConfigurationError, DatabaseAway
from tests.db.conftest import Database


def test_an_empty_database_is_upgraded_and_a_second_time_does_no_harm(empty_database: Database) -> None:
    engine = empty_database.engine
    assert schema(engine) is Schema.EMPTY
    assert upgrade(engine) == (None, needed_revision())
    assert schema(engine) is Schema.CURRENT
    assert upgrade(engine) == (needed_revision(), needed_revision())
    assert current_revision(engine) == needed_revision()


def test_looking_at_an_sqlite_database_that_does_not_exist_makes_none(tmp_path: Path) -> None:
    engine = make_engine(DatabaseSettings(), tmp_path)
    assert schema(engine) is Schema.EMPTY
    assert list(tmp_path.iterdir()) == []


def test_the_sqlite_file_is_its_owners_only(sqlite: Database) -> None:
    for path in sqlite.state.glob("sluicegate.sqlite*"):
        assert path.stat().st_mode & 0o077 == 0, path


def _without_partitions(of: object, name: str | None, kind: str, *_: object) -> bool:
    return kind != "table" or name in Base.metadata.tables


def test_the_models_and_the_migrations_say_the_same(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _without_partitions}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_of_models_and_migrations_sees_a_difference(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE change ADD COLUMN another TEXT"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _without_partitions})
        assert len(compare_metadata(context, Base.metadata)) == 1


def test_run_sets_up_an_empty_state_folder(tmp_path: Path) -> None:
    engine = make_engine(DatabaseSettings(), tmp_path / "state")
    ensure_schema(engine)
    assert schema(engine) is Schema.CURRENT
    ensure_schema(engine)
    engine.dispose()


def test_run_asks_for_an_upgrade_of_an_empty_postgresql(empty_database: Database) -> None:
    if empty_database.is_postgresql:
        with pytest.raises(ConfigurationError, match=r"no tables yet.*sluicegate db upgrade"):
            ensure_schema(empty_database.engine)
        assert schema(empty_database.engine) is Schema.EMPTY
    else:
        ensure_schema(empty_database.engine)
        assert schema(empty_database.engine) is Schema.CURRENT


def test_an_older_schema_is_named_and_left_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.upgrade.needed_revision", lambda: "9999")
    with pytest.raises(ConfigurationError, match=r"revision 0001.*needs 9999.*sluicegate db upgrade"):
        ensure_schema(engine)


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    assert schema(engine) is Schema.NEWER
    for attempt in (ensure_schema, upgrade):
        with pytest.raises(ConfigurationError, match=r"newer release \(revision f00d\)"):
            attempt(engine)


def test_an_upgrade_that_fails_leaves_nothing(empty_database: Database) -> None:
    upgrade(empty_database.engine)
    with writing(empty_database.engine) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        before = set(inspect(connection).get_table_names())
    # The first migration runs into its own tables.
    with pytest.raises(ConfigurationError, match="already exists"):
        upgrade(empty_database.engine)
    with reading(empty_database.engine) as connection:
        assert set(inspect(connection).get_table_names()) == before


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "sluicegate.sqlite").write_bytes(b"<html>" * 1000)
    engine = make_engine(DatabaseSettings(), tmp_path)
    for attempt in (ensure_schema, upgrade):
        with pytest.raises(ConfigurationError, match=r"sluicegate\.sqlite.*not a database"):
            attempt(engine)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match="cannot be made"):
        upgrade(make_engine(DatabaseSettings(), tmp_path / "state"))


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    url = SecretStr("postgresql://marked-user:marked-password@127.0.0.1:1/log")
    engine = make_engine(DatabaseSettings(url=url), tmp_path)
    for attempt in (ensure_schema, upgrade, schema):
        with pytest.raises(DatabaseAway, match=r"postgresql://127\.0\.0\.1:1/log.*does not answer") as away:
            attempt(engine)
        assert "marked" not in str(away.value)
        assert "\n" not in str(away.value)


def test_sqlite_has_no_roles_and_says_so(sqlite: Database) -> None:
    with pytest.raises(ConfigurationError, match="SQLite has no roles"):
        apply_roles(sqlite.engine)
