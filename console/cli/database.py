"""`sluicegate db`: the schema, the roles, and the end of what has been kept long enough."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.cli import show
from console.cli.times import show_moment
from console.cli.workplace import workplace
from db.dispose import dispose as dispose_of
from db.engine import make_engine, place
from db.two_people import hold_two_people
from db.upgrade import apply_roles, ensure_schema
from db.upgrade import upgrade as upgrade_schema


def upgrade() -> None:
    """
    Bring the schema up to this release.

    In one transaction: the database is upgraded, or as it was. On PostgreSQL
    it also makes the roles and this month's partitions, so the login must be
    allowed to. The release before this one still runs on the new schema. With
    categories.two_people PostgreSQL asks for two people itself from then on.

    Examples:
      sluicegate db upgrade
      SLUICEGATE_DATABASE__URL=postgresql://migrator@db/log sluicegate db upgrade
    """
    at = workplace()
    at.state.create()
    engine = make_engine(at.settings.database, at.state.root)
    before, after = upgrade_schema(engine)
    if at.settings.categories.two_people:  # and never off by a command that is run for another reason
        hold_two_people(engine, wanted=True)
    done = "was there already" if before == after else f"upgraded from {before or 'nothing'}"
    show.line(f"{show.plain(place(engine))}: revision {after}, {done}")


def roles() -> None:
    """
    Make the database roles and give them their rights again (PostgreSQL).

    "db upgrade" does this too; after a restore it is needed by itself. Logins
    are your own: GRANT sluicegate_lists TO alice. Afterwards the database asks
    for two people as categories.two_people says: this switches it off, too.

    Examples:
      sluicegate db roles
    """
    at = workplace()
    engine = make_engine(at.settings.database, at.state.root)
    apply_roles(engine)
    hold_two_people(engine, wanted=at.settings.categories.two_people)
    show.line(f"{show.plain(place(engine))}: the roles are there and have their rights")


def dispose(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """
    Delete what has been kept long enough.

    The policy says for how many days each class of record is kept
    (record.*.keep_days, keep.*). The only way a record can go; what went, and
    when, is itself kept, and so are the rows that a legal hold is on, of which
    it says how many they are ("held"). Run it daily, under a login with the
    role sluicegate_dispose.

    Examples:
      sluicegate db dispose
    """
    at = workplace()
    engine = make_engine(at.settings.database, at.state.root)
    ensure_schema(engine)
    disposed = dispose_of(engine, at.policy, datetime.now(UTC))
    if as_json:
        for one in disposed:
            show.json_line(asdict(one))
        return
    show.table(
        ["table", "class", "from before", "rows", "held"],
        (
            [one.table, one.retention_class, show_moment(one.before), one.rows, one.held or None]
            for one in disposed
        ),
    )
