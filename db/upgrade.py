"""
The schema: which one is there, which one this release needs, and the way from one to the other.

Migrations run here and nowhere else, in one transaction: a database is upgraded or as it was.

An upgrade begins with the database, while the release before still serves, and may have to be taken
back: so the release before has to run on the new schema. It cannot know a revision that was written
after it, and only the author of that revision can know whether it may be trusted. So a revision says it
in its name, which stands in the database: `0003_since_0002` was added to what `0002` knows, and every
release that was written for `0002` or later runs on it. A newer revision whose name says no such thing,
or names a later one than ours, is refused. `script.py.mako` has the rule, `tests/db/test_upgrade.py`
holds every revision to it.
"""

import os
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from db.engine import make_engine, place, reading, writing
from db.roles import OWNER, grant_rights, make_roles
from db.settings import DatabaseSettings
from policy.errors import ConfigurationError

_MIGRATIONS = Path(__file__).with_name("migrations")
_NAME = re.compile(r"(\d{4})(?:_since_(\d{4}))?")

type Made[S] = Callable[[Engine], S]
"""Any store's class: what is made on an engine."""


class Schema(StrEnum):
    """What a database holds, seen from this release."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    AHEAD = "ahead"  # newer, and this release runs on it
    NEWER = "newer"  # and this release does not


def needed_revision() -> str:
    """The revision this release was written for."""
    return str(_script().get_current_head())


def current_revision(engine: Engine) -> str | None:
    """The revision the database is at, None where it is empty. Raises `DatabaseAway`."""
    if engine.dialect.name == "sqlite" and not _sqlite_exists(engine):
        return None
    with reading(engine) as connection:
        return _revision(connection)


def schema(engine: Engine) -> Schema:
    """What the database holds. Raises `DatabaseAway`."""
    return _compare(current_revision(engine))


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """
    Bring the database to what this release needs; on PostgreSQL also its roles and partitions.

    Returns the revision before and after. Does no harm when there is nothing to do, as on the schema of a
    newer release that this one runs on. Raises `DatabaseAway`, or `ConfigurationError` when this release does
    not run on what is there or the login may not.
    """
    if engine.dialect.name == "sqlite":
        _make_sqlite(engine)
    with writing(engine) as connection:
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('sluicegate upgrade'))"))
            make_roles(connection)
            connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        before = _revision(connection)
        if _compare(before) is Schema.NEWER:
            raise ConfigurationError(_newer(engine, before))
        if before is not None and _compare(before) is Schema.AHEAD:
            return before, before
        command.upgrade(_config(connection), "head")
        if postgresql:
            connection.execute(text("SELECT sluicegate_make_partitions()"))
            grant_rights(connection)
    return before, needed_revision()


def apply_roles(engine: Engine) -> None:
    """
    Make the roles and give them their rights again, as after a restore.

    Raises `ConfigurationError` on SQLite, which has no roles, or when the login may not.
    """
    if engine.dialect.name != "postgresql":
        raise ConfigurationError(f"{place(engine)}: SQLite has no roles; use PostgreSQL to keep people apart")
    with writing(engine) as connection:
        make_roles(connection)
        connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        if _compare(_revision(connection)) is not Schema.CURRENT:
            raise ConfigurationError(f"{place(engine)}: run `sluicegate db upgrade` first")
        grant_rights(connection)


def make_store[S](kind: Made[S], settings: DatabaseSettings, state: Path) -> S:
    """A store on the configured database, whose schema is fit for it. Raises as `ensure_schema` does."""
    engine = make_engine(settings, state)
    ensure_schema(engine)
    return kind(engine)


def ensure_schema(engine: Engine) -> None:
    """
    What `run` asks for: an empty SQLite state folder is set up, anything else has to fit.

    Raises `ConfigurationError` saying what to do, or `DatabaseAway`.
    """
    revision = current_revision(engine)
    match _compare(revision):
        case Schema.EMPTY if engine.dialect.name == "sqlite":
            upgrade(engine)
        case Schema.EMPTY | Schema.OLDER:
            is_at = f"is at revision {revision}" if revision else "has no tables yet"
            raise ConfigurationError(
                f"{place(engine)}: the database {is_at} and this release needs {needed_revision()}; "
                "run `sluicegate db upgrade`"
            )
        case Schema.NEWER:
            raise ConfigurationError(_newer(engine, revision))


def _newer(engine: Engine, revision: str | None) -> str:
    return (
        f"{place(engine)}: the database was made by a newer release (revision {revision}); "
        "install that release, or restore the backup from before its upgrade"
    )


def _compare(revision: str | None) -> Schema:
    if revision is None:
        return Schema.EMPTY
    if revision == needed_revision():
        return Schema.CURRENT
    if knows(revision):
        return Schema.OLDER
    return Schema.AHEAD if runs_on(needed_revision(), revision) else Schema.NEWER


def knows(revision: str) -> bool:
    """Whether this release was written for that revision or a later one."""
    return revision in {script.revision for script in _script().walk_revisions()}


def runs_on(written_for: str, found: str) -> bool:
    """Whether a release written for one revision runs on the later one that it found."""
    ours, theirs = _NAME.fullmatch(written_for), _NAME.fullmatch(found)
    return bool(ours and theirs and theirs[2] and theirs[2] <= ours[1] < theirs[1])


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _sqlite_exists(engine: Engine) -> bool:
    path = Path(str(engine.url.database))
    return path.exists() and path.stat().st_size > 0


def _make_sqlite(engine: Engine) -> None:
    """An empty file for `upgrade` to fill, readable by its owner only."""
    path = Path(str(engine.url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise ConfigurationError(f"{path}: the database cannot be made: {error.strerror}") from error
