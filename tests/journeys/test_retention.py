"""What is past its time goes while a gateway answers and ships; what a matter needs is kept, with proof."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from db.engine import make_engine
from db.review.holds import HoldStore
from db.settings import DatabaseSettings, SpoolSettings
from db.shipper import Shipper
from db.spool import SpoolWriter
from db.upgrade import upgrade
from policy.review.hold import FOR_GOOD, HoldTerms
from policy.review.reviewer import Reviewer
from tests.db.examples import decision, outcome
from tests.journeys.conftest import StartGateway, World
from tests.postgres import PostgresServer, postgres

__all__ = ["postgres"]

pytestmark = pytest.mark.journey

PAST = timedelta(days=500)
PEOPLE = ("alice", "bob", "carol")


@pytest.fixture
def log(postgres: PostgresServer, tmp_path: Path) -> Iterator[str]:
    """The address of a log with ten refusals of each of three people, all long past their time."""
    with postgres.database() as name:
        url = postgres.url(name)
        engine = make_engine(DatabaseSettings(url=SecretStr(url)), tmp_path)
        upgrade(engine)
        writer = SpoolWriter(tmp_path / "spool" / "slot-0", SpoolSettings())
        for person in PEOPLE:
            for _ in range(10):
                made = decision(at=datetime.now(UTC) - PAST, person=person, organisation="")
                writer.record(made)
                writer.outcome(outcome(made))
        writer.close()
        Shipper(engine, tmp_path / "spool", 100).ship_once()
        terms = HoldTerms("", ("alice",), datetime.now(UTC) - 2 * PAST, FOR_GOOD, "ET/1", "a claim")
        HoldStore(engine).place(terms, Reviewer("", "officer", frozenset()))
        engine.dispose()
        yield url


def test_a_disposal_takes_what_is_past_its_time_beside_a_gateway_that_goes_on(
    log: str, start: StartGateway, world: World
) -> None:
    gateway = start(settings={"database": {"url": log}})
    address = f"http://allowed.test:{world.http.port}/"
    answers: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answers.append(gateway.client().get(address).status)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        ran = gateway.command("db", "dispose", "--json")
        asked_meanwhile = len(answers)
    finally:
        over.set()
        asking.join()
    assert asked_meanwhile
    assert set(answers) == {200}
    gateway.shipped()

    went = {
        (one["table"], one["retention_class"]): (one["rows"], one["held"])
        for one in map(json.loads, ran.stdout.splitlines())
    }
    assert went["decision", "refused"] == went["outcome", "refused"] == (30, 10)
    with psycopg.connect(log) as connection:

        def counted(statement: str) -> int:
            row = connection.execute(statement.encode()).fetchone()
            assert row is not None
            return int(row[0])

        assert counted("SELECT count(*) FROM decision WHERE at < now() - interval '400 days'") == 0
        assert counted("SELECT count(*) FROM held_decision WHERE person = 'alice'") == 10
        assert counted("SELECT count(*) FROM held_decision WHERE proof IS NULL") == 0
        assert counted("SELECT count(*) FROM decision WHERE host = 'allowed.test'") == len(answers)
