"""`sluicegate db`: the schema, the roles, and the end of what has been kept long enough."""

from console.cli import show
from console.cli.workplace import workplace
from db.engine import make_engine, place
from db.upgrade import apply_roles
from db.upgrade import upgrade as upgrade_schema


def upgrade() -> None:
    """
    Bring the schema up to this release.

    In one transaction: the database is upgraded, or as it was. On PostgreSQL
    it also makes the roles and this month's partitions, so the login must be
    allowed to. The release before this one still runs on the new schema.

    Examples:
      sluicegate db upgrade
      SLUICEGATE_DATABASE__URL=postgresql://migrator@db/log sluicegate db upgrade
    """
    at = workplace()
    at.state.create()
    engine = make_engine(at.settings.database, at.state.root)
    before, after = upgrade_schema(engine)
    done = "was there already" if before == after else f"upgraded from {before or 'nothing'}"
    show.line(f"{show.plain(place(engine))}: revision {after}, {done}")


def roles() -> None:
    """
    Make the database roles and give them their rights again (PostgreSQL).

    "db upgrade" does this too; after a restore it is needed by itself. Logins
    are your own: GRANT sluicegate_lists TO alice.

    Examples:
      sluicegate db roles
    """
    at = workplace()
    engine = make_engine(at.settings.database, at.state.root)
    apply_roles(engine)
    show.line(f"{show.plain(place(engine))}: the roles are there and have their rights")
