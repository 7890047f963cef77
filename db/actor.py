"""
Who is behind a command: the database login, or with SQLite the account of the operating system.

There is no option to name somebody else. SQLite cannot keep two people apart who share its file;
`sluicegate check` says so.
"""

import os
import pwd

from sqlalchemy import Connection, text


def actor(connection: Connection) -> str:
    """`session_user` on PostgreSQL, which SET ROLE does not change; the real user's account on SQLite."""
    if connection.dialect.name == "postgresql":
        return str(connection.scalar(text("SELECT session_user")))
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # an account that the system does not know, as in a container
        return f"uid {uid}"
