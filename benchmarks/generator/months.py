"""A database with months of an organisation in it: made once, to be asked many times."""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from pydantic import SecretStr
from sqlalchemy import Engine

from benchmarks.generator.filling import Filler, fill, make_months, without_indexes
from benchmarks.generator.people import Somebody
from benchmarks.generator.world import World
from db.engine import make_engine
from db.people import PeopleStore
from db.person_rows import PersonEntry
from db.settings import DatabaseSettings
from db.upgrade import upgrade

DAYS = 180
_OF_A_PAGE = 458  # decisions that stand in the log of one page opened each weekday


def make_full(url: str, world: World, decisions: int, *, days: int = DAYS) -> int:
    """
    Fill an empty database with about so many decisions, up to this midnight; returns how many.

    With the migrations' own tables, triggers and, in the end, indexes. What has gone by the policy's days is
    not made, so most of the decisions are of the last two months.
    """
    engine = make_engine(DatabaseSettings(url=SecretStr(url)), Path())
    upgrade(engine)
    _register(engine, world.everybody)
    engine.dispose()
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = until - timedelta(days=days)
    made, began = 0, time.monotonic()
    with psycopg.connect(url) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '1GB'")
        make_months(connection, since, until)
        indexes = without_indexes(connection)
        connection.commit()
        pages = decisions // _OF_A_PAGE
        for day, number in fill(
            connection, world.traffic, since=since, until=until, pages=pages, filler=Filler()
        ):
            made += number
            _say(f"{day:%Y-%m-%d}: {made:,} decisions in {time.monotonic() - began:,.0f} s")
        for index in indexes:
            connection.execute(index.encode())
            connection.commit()
            _say(f"{index.partition(' USING ')[0]}: {time.monotonic() - began:,.0f} s")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        _say(f"vacuumed and analysed: {time.monotonic() - began:,.0f} s")
    return made


def _register(engine: Engine, everybody: list[Somebody]) -> None:
    entries = [
        PersonEntry("", one.login, unit=one.unit, manager=one.manager, roles=(one.role,) if one.role else ())
        for one in everybody
    ]
    until = datetime.now(UTC) + timedelta(days=90)
    PeopleStore(engine).enter(entries, roles_until=until, because="a benchmark")


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
