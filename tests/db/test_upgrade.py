"""The schema: made, kept, checked for drift, and refused where it does not fit."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Engine, inspect, text

import db.migrations
from db.actor import actor
from db.dispose import dispose
from db.engine import make_engine, reading, writing
from db.exemptions import ExemptionStore
from db.proof.verify import verify
from db.registers import RegisterStore
from db.roles import make_roles
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.tables import METADATA
from db.upgrade import (
    Schema,
    apply_roles,
    current_revision,
    ensure_schema,
    needed_revision,
    runs_on,
    schema,
    upgrade,
)
from policy.document import read_policy
from policy.errors import ConfigurationError, DatabaseAway
from policy.identifiers import uuid7
from policy.registers import GranteeKind, TargetKind
from tests.db.conftest import Database
from tests.db.examples import decision, outcome
from tests.db.exemptions import granted

SCRIPTS = ScriptDirectory(str(Path(db.migrations.__file__).parent))

type Columns = dict[str, dict[str, Any]]
"""By table, then by name: what the database says of each column."""


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
    return kind != "table" or name in METADATA.tables


def test_the_models_and_the_migrations_say_the_same(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _without_partitions}
        )
        assert compare_metadata(context, METADATA) == []


def test_the_comparison_of_models_and_migrations_sees_a_difference(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE change ADD COLUMN another TEXT"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _without_partitions})
        assert len(compare_metadata(context, METADATA)) == 1


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
    with pytest.raises(
        ConfigurationError, match=r"revision 0005_since_0004.*needs 9999.*sluicegate db upgrade"
    ):
        ensure_schema(engine)


def test_a_newer_schema_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    assert schema(engine) is Schema.NEWER
    for attempt in (ensure_schema, upgrade):
        with pytest.raises(ConfigurationError, match=r"newer release \(revision f00d\)"):
            attempt(engine)


@pytest.mark.parametrize(
    ("written_for", "found", "runs"),
    [
        pytest.param("0002_since_0001", "0003_since_0002", True, id="the-next"),
        pytest.param("0002", "0004_since_0002", True, id="two-on-that-both-only-add"),
        pytest.param("0002", "0004_since_0003", False, id="one-that-took-something-away-between"),
        pytest.param("0002", "0003", False, id="one-that-promises-nothing"),
        pytest.param("0002", "0002_since_0001", False, id="no-later-one"),
        pytest.param("0002", "0003_since_0002 ", False, id="no-name"),
        pytest.param("0002", "f00d", False, id="somebody-elses"),
    ],
)
def test_a_revision_says_which_releases_run_on_it(written_for: str, found: str, *, runs: bool) -> None:
    assert runs_on(written_for, found) is runs


def test_every_revision_after_the_first_says_so() -> None:
    """The first has nothing before it; from then on the release before has to run on the next schema."""
    scripts = list(SCRIPTS.walk_revisions())
    assert scripts[-1].revision == "0001"
    for script in scripts[:-1]:
        assert runs_on(str(script.down_revision), script.revision), script.revision


def test_no_revision_takes_from_the_release_before(empty_database: Database) -> None:
    """What that release writes names its own columns: all are there, and no other asks for a value."""
    engine = empty_database.engine
    if not empty_database.is_postgresql:
        empty_database.state.joinpath("sluicegate.sqlite").touch()
    before: Columns = {}
    for revision in reversed([script.revision for script in SCRIPTS.walk_revisions()]):
        with writing(engine) as connection:
            if empty_database.is_postgresql:
                make_roles(connection)
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", SCRIPTS.dir)
            command.upgrade(config, revision)
        now = _columns(engine)
        for table, columns in before.items():
            assert columns.keys() <= now[table].keys(), f"{revision}: {table}"
            for name, column in now[table].items():
                may_be_left_out = column["nullable"] or column["default"] is not None
                assert may_be_left_out or (name in columns and not columns[name]["nullable"]), (
                    f"{revision}: {table}.{name}"
                )
        before = now
    assert before.keys() == METADATA.tables.keys()


def test_this_release_runs_on_a_schema_that_only_adds_to_its_own(database: Database, tmp_path: Path) -> None:
    """What the next release may do to the schema, and everything this one does on it."""
    engine = database.engine
    number = int(needed_revision()[:4])
    next_one = f"{number + 1:04}_since_{number:04}"
    with writing(engine) as connection:
        for statement in (
            "ALTER TABLE decision ADD COLUMN of_the_next TEXT",
            "ALTER TABLE exemption ADD COLUMN of_the_next INTEGER DEFAULT 1",
            "CREATE TABLE of_the_next (id INTEGER PRIMARY KEY)",
            f"UPDATE alembic_version SET version_num = '{next_one}'",  # noqa: S608
        ):
            connection.execute(text(statement))
    assert schema(engine) is Schema.AHEAD
    ensure_schema(engine)
    assert upgrade(engine) == (next_one, next_one)
    _works(engine, tmp_path / "spool")
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM decision")) == 1


_DECIDED = (
    "INSERT INTO decision (at, id, retention_class, exchange, step, final, gateway, organisation, person, "
    "person_how, unit, resource, resource_why, host, names, decrypted, verdict, reason, category, "
    "categories, list, entry, entry_kind, matches, record, replayable, reference, ruleset, policy, engine, "
    "batch) "
    "VALUES (:now, :{0}, 'refused', :{0}, 'request', true, 'gw', NULL, 'jane', 'basic', 'Finance', 'visit', "
    "'x', 'bet.test', '[]', true, 'block', 'listed', 'gambling', '[]', 'ut1', 'bet.test', 'host', '[]', "
    "'full', true, 'K7QF2M9T', 'aa', 'bb', '1', :id) ON CONFLICT DO NOTHING"
)
_ENDED = (
    "INSERT INTO outcome (decision, at, retention_class, status, content_type, bytes_in, bytes_out, "
    "duration_us, ended) VALUES (:{0}, :now, 'refused', 403, NULL, 0, 0, 1, 'refused') ON CONFLICT DO NOTHING"
)
_SHIPPED = (
    "INSERT INTO batch (id, at, slot, decisions) VALUES (:id, :now, 0, 1) ON CONFLICT DO NOTHING",
    *(statement.format("first") for statement in (_DECIDED, _ENDED)),
)
_CHANGED = (
    "INSERT INTO change (id, at, actor, what, before, after, because) VALUES (:first, :now, :me, 'x', NULL, "
    """'{"aa": [0.5, 10000000, "\u00e9", {"z": true}], "b": null}', 'why')"""
)
# What the release before says, column by column: for 0004, and for 0003 where that did not change.
RELEASE_BEFORE = (
    *_SHIPPED,
    *(statement.format("second") for statement in (_DECIDED, _ENDED)),
    "INSERT INTO access (id, at, actor, what, question, purpose, answers, rows_seen, result) "
    "VALUES (:second, :now, :me, 'decisions', '{}', NULL, NULL, NULL, NULL)",
    "INSERT INTO change (id, at, actor, what, before, after, because) "
    "VALUES (:second, :now, :me, 'x', NULL, NULL, 'x')",
    "INSERT INTO disposal (id, at, actor, source, retention_class, before) "
    "VALUES (:second, :now, :me, 'batch', NULL, '2020-01-01 00:00:00.000000')",
    "UPDATE disposal SET disposed = 0 WHERE id = :second",
    "UPDATE register_version SET version = :id",
    "INSERT INTO local_entry (id, action, kind, target, until, because, by, at) "
    "VALUES ('NEW', 'block', 'host', 'bet.test', NULL, 'x', :me, :now)",
    "UPDATE local_entry SET ended_at = :now, ended_by = :me, ended_because = 'x' WHERE id = 'OLD'",
    "INSERT INTO exemption (id, grantee_kind, grantee, kind, target, start, until, purpose, granted_by, at) "
    "VALUES ('E', 'role', 'press', 'host', 'news.test', :now, :later, 'x', :me, :now)",
    "UPDATE exemption SET revoked_at = :now, revoked_by = :me, revoked_because = 'x' WHERE id = 'E'",
    "SELECT exemption.id, exemption.grantee_kind, exemption.grantee, exemption.kind, exemption.target, "
    "exemption.start, exemption.until, exemption.purpose, exemption.granted_by, exemption.at, "
    "exemption.revoked_at FROM exemption WHERE exemption.revoked_at IS NULL AND exemption.until > :now",
    "INSERT INTO local_entry (id, action, kind, target, until, because, by, at, proposal, confirm_by) "
    "VALUES ('EMERGENCY', 'allow', 'host', 'help.test', :later, 'x', :me, :now, NULL, :later)",
    "UPDATE local_entry SET ended_at = :now, ended_by = :me, ended_because = 'x' WHERE id = 'EMERGENCY'",
    "SELECT local_entry.id, local_entry.action, local_entry.kind, local_entry.target, local_entry.until, "
    "local_entry.because, local_entry.by, local_entry.at, local_entry.ended_at FROM local_entry",
    "SELECT at, verdict, reason, category, host, list, line, resource, reference, withdrawn_on "
    "FROM operator_decision",
)


def test_what_the_release_before_wrote_is_kept_and_it_goes_on_writing(empty_database: Database) -> None:
    engine = empty_database.engine
    if not empty_database.is_postgresql:
        empty_database.state.joinpath("sluicegate.sqlite").touch()
    now = datetime.now(UTC)
    with writing(engine) as connection:
        if empty_database.is_postgresql:
            make_roles(connection)
            connection.execute(text("SET LOCAL ROLE sluicegate_migrate"))
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", SCRIPTS.dir)
        command.upgrade(config, str(SCRIPTS.get_revision("head").down_revision))
    plain = now if empty_database.is_postgresql else now.strftime("%Y-%m-%d %H:%M:%S.%f")
    later = now + timedelta(hours=1)
    with reading(engine) as connection:
        given = {"me": actor(connection), "now": plain, "later": later}
    given |= {name: uuid7().hex for name in ("id", "first", "second")}
    if not empty_database.is_postgresql:
        given["later"] = later.strftime("%Y-%m-%d %H:%M:%S.%f")
    with writing(engine) as connection:
        (local,) = (one for one in RELEASE_BEFORE if "'NEW'" in one)
        connection.execute(text(local.replace("NEW", "OLD").replace("bet", "old")), given)
        for statement in (_CHANGED, *_SHIPPED):
            connection.execute(text(statement), given)
    upgrade(engine)
    found = verify(engine)
    assert (found.findings, found.links, found.unproven) == ([], 1, 2)
    store = RegisterStore(engine)
    assert [one.entry.target for one in store.local_entries()] == ["old.test"]
    with writing(engine) as connection:
        for statement in RELEASE_BEFORE:
            connection.execute(text(statement), given)
    assert [one.entry.target for one in store.local_entries()] == ["bet.test"]
    assert store.forget(TargetKind.HOST, "bet.test", because="by this release").id == "NEW"
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT sum(n) FROM tally")) == 2, "of both releases, each row once"
        assert connection.scalars(text("SELECT person FROM tally_person")).all() == ["jane"]
        if empty_database.is_postgresql:
            connection.execute(text("SELECT * FROM sluicegate_not_linked()"))
            assert connection.scalars(text("SELECT host_key FROM decision")).all() == ["tset.teb."] * 2
    if empty_database.is_postgresql:
        with writing(engine) as connection:
            old = text("SELECT sluicegate_dispose('change', NULL, '2020-01-01 00:00:00+00')")
            assert connection.scalar(old) == 0


def _works(engine: Engine, spool: Path) -> None:
    writer = SpoolWriter(spool / "slot-0", SpoolSettings())
    made = decision(at=datetime.now(UTC))
    writer.record(made)
    writer.outcome(outcome(made))
    writer.close()
    assert Shipper(engine, spool, 10).ship_once().records == 2
    store = RegisterStore(engine)
    store.block(TargetKind.HOST, "bet.test", until=None, because="a phishing report")
    exempted = granted(engine, grantee_kind=GranteeKind.ROLE, grantee="press", target="news.test")
    registers, _ = store.load()
    assert set(registers.local) == {"bet.test"}
    ExemptionStore(engine).revoke(exempted.id, because="done with it")
    dispose(engine, read_policy(), datetime.now(UTC))


def _columns(engine: Engine) -> Columns:
    with reading(engine) as connection:
        look = inspect(connection)
        return {
            table: {str(column["name"]): column for column in look.get_columns(table)}
            for table in look.get_table_names()
            if table in METADATA.tables
        }


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
