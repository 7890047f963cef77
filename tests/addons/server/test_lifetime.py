"""A worker's life: let in when ready, beat every second, drain when told, hurry when told twice."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from addons.server import lifetime as module
from addons.server.doors import Doors, Progress
from addons.server.lifetime import Carried, Lifetime
from addons.server.worker import GatewayWorker
from tests.addons.server.test_connections import Gate


class ToyWorker:
    """As much of a worker as a life needs."""

    def __init__(self) -> None:
        self.slot, self.generation, self.ppid = 3, 2, os.getppid()
        self.beats = 0
        self.progress, self.doors = Progress(), Doors()
        self.doors.open()

    def notify(self) -> None:
        self.beats += 1


class Living:
    """A life on the test's own loop."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.gate = Gate(most=10)
        self.worker = ToyWorker()
        self.may_serve = True
        self.carried = Carried(ruleset="d1", ruleset_built_at="2026-03-04T12:00:00+00:00", requests=7)
        self.task: asyncio.Task[None] | None = None

    def begin(self, drain_seconds: float = 5.0) -> None:
        lifetime = Lifetime(
            cast("GatewayWorker", self.worker), self.file, self.gate.connections, lambda: self.carried
        )
        self.task = asyncio.create_task(
            lifetime.live(lambda: self.may_serve, "permission", drain_seconds), name="life"
        )

    def said(self) -> dict[str, Any]:
        return dict(json.loads(self.file.read_text())) if self.file.exists() else {}

    async def over(self, within: float = 2.0) -> None:
        assert self.task is not None
        await asyncio.wait_for(self.task, within)


@pytest.fixture
async def living(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.05)
    made = Living(tmp_path / "worker-3.json")
    yield made
    if made.task is not None and not made.task.done():
        os.kill(os.getpid(), signal.SIGQUIT)
        await made.over()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGQUIT):
        loop.remove_signal_handler(number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGQUIT})
    for client in made.gate.clients:
        client.close()


async def test_nobody_is_let_in_before_it_is_ready(living: Living) -> None:
    living.may_serve = False
    living.begin()
    await living.gate.client()
    await asyncio.sleep(0.1)
    assert (living.said()["ready"], living.said()["waiting_for"]) == (False, "permission")
    assert living.gate.held == []
    assert not living.worker.progress.was_prepared
    living.may_serve = True
    await asyncio.sleep(0.2)
    assert (living.said()["ready"], living.said()["waiting_for"]) == (True, "")
    assert len(living.gate.held) == 1
    assert living.worker.progress.has_served


async def test_nobody_is_let_in_before_all_workers_are_prepared(living: Living) -> None:
    living.worker.doors = Doors()
    living.begin()
    await living.gate.client()
    await asyncio.sleep(0.2)
    assert (living.said()["ready"], living.worker.progress.was_prepared) == (False, True)
    assert living.gate.held == []
    living.worker.doors.open()
    await asyncio.sleep(0.2)
    assert len(living.gate.held) == 1
    assert living.said()["ready"]


async def test_who_is_told_to_go_again_at_the_very_end_has_gone_and_not_failed(living: Living) -> None:
    living.begin()
    await asyncio.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)
    await living.over()
    # To this thread, as a worker has no other by then; the tests may, and it would end them.
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    assert signal.sigpending() & {signal.SIGTERM}
    assert signal.sigwait({signal.SIGTERM}) is signal.SIGTERM


async def test_it_says_how_it_is_with_every_beat(living: Living) -> None:
    living.begin()
    await asyncio.sleep(0.15)
    said = living.said()
    assert (said["pid"], said["slot"], said["generation"], said["ruleset"]) == (os.getpid(), 3, 2, "d1")
    beats = living.worker.beats
    living.carried = Carried(ruleset="d2", requests=8)
    await living.gate.client()
    await asyncio.sleep(0.15)
    said = living.said()
    assert (said["ruleset"], said["requests"], said["connections"]) == ("d2", 8, 1)
    assert living.worker.beats > beats


async def test_term_drains_and_beats_on_meanwhile(living: Living) -> None:
    living.begin()
    await asyncio.sleep(0.1)
    busy = await living.gate.client(b"at work")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.3)
    assert living.said()["waiting_for"] == "its connections to end"
    beats = living.worker.beats
    await asyncio.sleep(0.2)
    assert living.worker.beats > beats, "one that drains is not one that stands still"
    assert not await living.gate.is_closed(busy)
    busy.close()
    await living.over()
    assert not living.file.exists()


async def test_draining_ends_with_its_time(living: Living) -> None:
    living.begin(drain_seconds=0.2)
    await asyncio.sleep(0.1)
    busy = await living.gate.client(b"at work")
    os.kill(os.getpid(), signal.SIGTERM)
    await living.over()
    assert await living.gate.is_closed(busy)


@pytest.mark.parametrize("signals", [[signal.SIGQUIT], [signal.SIGTERM, signal.SIGQUIT]])
async def test_quit_hurries(living: Living, signals: list[signal.Signals]) -> None:
    living.begin(drain_seconds=60)
    await asyncio.sleep(0.1)
    busy = await living.gate.client(b"at work")
    for number in signals:
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.1)
    await living.over(within=1)
    assert await living.gate.is_closed(busy)


async def test_an_orphan_goes_at_once(living: Living) -> None:
    living.begin(drain_seconds=60)
    await asyncio.sleep(0.1)
    await living.gate.client(b"at work")
    living.worker.ppid = 1 if os.getppid() != 1 else 2
    await living.over(within=1)


async def test_one_that_is_told_to_go_before_it_is_ready_goes(living: Living) -> None:
    living.may_serve = False
    living.begin()
    await asyncio.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)
    await living.over()
    assert not living.worker.progress.was_prepared
