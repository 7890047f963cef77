"""
Whether the database itself asks for two people before a local entry holds: PostgreSQL does, once told.

Who may enter local entries could go past every command with `psql`, and a setting lies where the database
does not see it. So the owner of the tables writes it down there, by `sluicegate db upgrade` or `db roles`;
the logins of administrators may not. SQLite keeps nobody apart, so there it is the commands' alone.
"""

from sqlalchemy import Engine, select, text, update

from db.change import record_change
from db.engine import reading, writing
from db.models import RegisterVersionRow
from db.roles import OWNER


def two_people_held(engine: Engine) -> bool:
    """Whether the database itself asks for two people; SQLite never does."""
    with reading(engine) as connection:
        return bool(connection.scalar(select(RegisterVersionRow.two_people)))


def hold_two_people(engine: Engine, *, wanted: bool) -> bool:
    """
    Let PostgreSQL ask for two people, or no longer; whether that is a change.

    For the owner of the tables alone: who enters local entries may not. Nothing to be done on SQLite.
    """
    if engine.dialect.name != "postgresql":
        return False
    with writing(engine) as connection:
        connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
        if bool(connection.scalar(select(RegisterVersionRow.two_people))) is wanted:
            return False
        connection.execute(update(RegisterVersionRow).values(two_people=wanted))
        record_change(
            connection,
            what="local entry rule: two people",
            before={"two_people": not wanted},
            after={"two_people": wanted},
            because="the setting categories.two_people",
        )
        return True
