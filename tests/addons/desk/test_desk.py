"""The desk's process: it answers, publishes, says how it is, and ends when it is told to."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine

from addons.desk import desk as module
from addons.desk.client import DeskClient
from addons.desk.desk import Desk
from addons.desk.presence_file import read_presence
from addons.desk.protocol import Acknowledge, Away, Done, Tell, UsedMinute
from addons.desk.settings import MailSettings
from addons.lines import open_listening
from addons.server.plan import ServePlan
from addons.server.status import DESK_FILE, DeskFile
from db.policies import PolicyTexts
from db.presence import PresenceStore
from policy.words import PersonHow
from tests.addons.desk.receivers import Post, mail_server
from tests.addons.desk.waiting import until
from tests.samples import shipped_policy

POLICY = shipped_policy()
assert POLICY.notice is not None
READ = Acknowledge("", "jane", POLICY.notice.version, PersonHow.BASIC)


@dataclass
class Running:
    plan: ServePlan
    engine: Engine
    client: DeskClient

    def status(self) -> DeskFile | None:
        try:
            return msgspec.json.decode((self.plan.run / DESK_FILE).read_bytes(), type=DeskFile)
        except (OSError, msgspec.DecodeError):
            return None


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr("addons.desk.sender.LOOK_SECONDS", 0.02)


@pytest.fixture
def plan(state: Path) -> ServePlan:
    plan = ServePlan(state)
    plan.run.mkdir()
    return plan


@asynccontextmanager
async def running(plan: ServePlan) -> AsyncIterator[Running]:
    stop, made = threading.Event(), Desk(plan, POLICY)
    with open_listening() as listening:
        attending = asyncio.create_task(made.attend(listening, stop))
        client = DeskClient(listening.getsockname())
        client.start()
        try:
            yield Running(plan, made.engine, client)
        finally:
            stop.set()
            async with asyncio.timeout(10):
                await attending
            client.close()
            made.engine.dispose()


async def test_it_answers_and_says_how_it_is(plan: ServePlan) -> None:
    async with running(plan) as desk:
        assert await desk.client.ask(READ) == Done()
        assert ("", "jane") in read_presence(plan.presence).acknowledged

        def counted() -> bool:
            status = desk.status()
            return status is not None and status.answers == {"acknowledge:done": 1} and status.database_ok

        await until(counted)


async def test_the_policy_in_force_is_kept_to_the_letter(plan: ServePlan) -> None:
    async with running(plan) as desk:
        policies = PolicyTexts(desk.engine)
        await until(policies.history)
        assert policies.text(POLICY.digest) == POLICY.text
        assert policies.history()[0].gateway == plan.gateway.name


async def test_what_another_gateway_changed_is_seen(plan: ServePlan) -> None:
    async with running(plan) as desk:
        await until(plan.presence.exists)
        other = PresenceStore(desk.engine)
        other.acknowledge("", "john", "1", how=PersonHow.BASIC, policy=POLICY.digest)
        await until(lambda: ("", "john") in read_presence(plan.presence).acknowledged)


async def test_a_report_is_mailed(plan: ServePlan) -> None:
    post = Post()
    with mail_server(post) as port:
        mail = MailSettings.model_validate(
            {
                "host": "localhost",
                "port": port,
                "tls": "none",
                "sender": "filter@example.org",
                "service_desk": "desk@example.org",
            }
        )
        async with running(replace(plan, mail=mail)) as desk:
            told = await desk.client.ask(Tell("", "jane", "not-blocked", "bad.test", None, "Look!", None))
            assert isinstance(told, Done)
            await until(lambda: post.letters)
            await until(lambda: (status := desk.status()) is not None and status.sent == {"mail": 1})
    [(receivers, letter)] = post.letters
    assert receivers == ["desk@example.org"]
    assert "bad.test" in letter.get_content()
    assert "bad.test" not in letter["Subject"]


async def test_a_database_that_is_away_is_said_once_and_so_is_its_return(
    plan: ServePlan, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    database = plan.state / "sluicegate.sqlite"
    async with running(plan) as desk:
        await until(lambda: (status := desk.status()) is not None and status.database_ok)
        desk.engine.dispose()
        database.rename(plan.state / "away")
        await until(lambda: (status := desk.status()) is not None and status.error is not None)
        assert await desk.client.ask(READ) == Away()
        await asyncio.sleep(0.1)
        (plan.state / "away").rename(database)
        await until(lambda: (status := desk.status()) is not None and status.database_ok)
        assert await desk.client.ask(READ) == Done()
    said = [record.getMessage() for record in caplog.records if "the desk" in record.getMessage()]
    assert said == [
        "the desk cannot do its work and tries again: DatabaseAway",
        "the desk does its work again",
    ]


async def test_a_database_that_hangs_is_not_said_to_be_well(
    plan: ServePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that was stopped closes nothing and says nothing: the kernel keeps its connections."""
    goes_on = threading.Event()
    goes_on.set()
    version = PresenceStore.version

    def hanging(store: PresenceStore) -> str:
        assert goes_on.wait(10)
        return version(store)

    monkeypatch.setattr(PresenceStore, "version", hanging)
    async with running(plan) as desk:
        await until(lambda: (status := desk.status()) is not None and status.database_ok)
        monkeypatch.setattr(module, "_SILENT_SECONDS", 0.1)
        goes_on.clear()
        await until(
            lambda: (status := desk.status()) is not None and status.error == "the database says nothing"
        )
        monkeypatch.setattr(module, "_SILENT_SECONDS", 15.0)
        goes_on.set()
        await until(lambda: (status := desk.status()) is not None and status.database_ok)


async def test_the_next_desk_goes_on_with_todays_minutes(
    plan: ServePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(POLICY.__class__, "allowance_day", lambda _self, _at: "2026-03-04")
    monkeypatch.setattr("addons.desk.publisher.MINUTES_EVERY", timedelta(0))
    for minutes in (1, 2):
        async with running(plan) as desk:
            assert await desk.client.ask(UsedMinute("", "jane")) == Done()

            def used(wanted: int = minutes) -> bool:
                return plan.presence.exists() and read_presence(plan.presence).used == {("", "jane"): wanted}

            await until(used)
