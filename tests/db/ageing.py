"""Rows made older than they are: the server says when something was done, and disposals are of the past."""

import sqlite3
from datetime import timedelta

from sqlalchemy import Engine, text

from db.columns import UtcDateTime
from db.engine import writing
from db.tables import METADATA


def days_ago(engine: Engine, days: int, *tables: str) -> None:
    """Let everything in these tables have been so many days earlier, behind the triggers' backs."""
    with writing(engine) as connection:
        driver = connection.connection.driver_connection
        for table in tables:
            columns = [c for c in METADATA.tables[table].columns if isinstance(c.type, UtcDateTime)]
            if isinstance(driver, sqlite3.Connection):
                driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
                # `%f` has three digits after the second, and instants are stored with six: they stay.
                earlier = "strftime('%Y-%m-%d %H:%M:%S', \"{0}\", '-{1} days') || substr(\"{0}\", 20)"
                moved = [f'"{c.name}" = {earlier.format(c.name, days)}' for c in columns]
                connection.execute(text(f'UPDATE "{table}" SET {", ".join(moved)}'))  # noqa: S608 - our own names
                driver.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, True)
                continue
            moved = [f'"{c.name}" = "{c.name}" - :age' for c in columns]
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            connection.execute(
                text(f"UPDATE {table} SET {', '.join(moved)}"),  # noqa: S608 - our own names
                {"age": timedelta(days=days)},
            )
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
