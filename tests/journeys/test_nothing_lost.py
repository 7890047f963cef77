"""
Nothing is lost: whatever dies, each answer to a request that a client got has exactly one final Decision.

Every request here asks for a host of its own, so that answers and rows can be told apart and counted:
an answer without a row is a loss, two rows for one request are a lie.
"""

import os
import shutil
import signal
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import exchange
from tests.journeys.harness.gateway import Gateway, copy_state, eventually
from tests.postgres import PostgresServer

pytestmark = pytest.mark.journey

NAMES = 20_000


@dataclass
class Crowd:
    """Clients that ask as fast as they are answered, each time for another host."""

    gateway: Gateway
    world: World
    # What was answered to whom: ("request" or "connect", host) and the status.
    answered: dict[tuple[str, str], int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(NAMES)))
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, clients: int = 5) -> None:
        """Let them in."""
        ways = (self._http, self._https, self._kept)
        self._threads = [
            threading.Thread(target=self._ask_on, args=(ways[number % len(ways)],), daemon=True)
            for number in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Send them home."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=20)
            assert not thread.is_alive(), "a client was left without an answer and without an end"

    def _ask_on(self, way: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                way()
            except (OSError, ssl.SSLError):
                # A worker died under it. What it had not heard was not answered.
                time.sleep(0.02)

    def _host(self) -> str:
        number = next(self._numbers)
        return f"{'bet' if number % 3 == 0 else 'n'}{number}.{'bet' if number % 3 == 0 else 'load'}.test"

    def _http(self) -> None:
        host = self._host()
        answer = self.gateway.client().get(f"http://{host}:{self.world.http.port}/")
        self.answered["request", host] = answer.status

    def _https(self) -> None:
        host, port = self._host(), self.world.https1.port
        line, answer = self.gateway.client().tunnel(host, port)
        try:
            if answer is None:
                return
            self.answered["connect", host] = answer.status
            context = ssl.create_default_context(cafile=self.gateway.ca_file)
            line.sock = context.wrap_socket(line.sock, server_hostname=host)
            if (inner := exchange(line, "GET", "/", f"{host}:{port}")) is not None:
                self.answered["request", host] = inner.status
        finally:
            line.close()

    def _kept(self) -> None:
        """Several hosts over one connection to the gateway."""
        line = self.gateway.client().line()
        try:
            for _ in range(10):
                host = self._host()
                authority = f"{host}:{self.world.http.port}"
                answer = exchange(line, "GET", f"http://{authority}/", authority)
                if answer is None:
                    return
                self.answered["request", host] = answer.status
        finally:
            line.close()


@pytest.fixture(scope="module")
def many_names(internet: World) -> None:
    """A name for every request."""
    with internet.hosts_file.open("a") as file:
        file.writelines(f"127.0.0.1 n{number}.load.test\n" for number in range(NAMES))


def check_nothing_is_lost(answered: dict[tuple[str, str], int], rows: Counter[tuple[str, str]]) -> None:
    lost = [key for key in answered if rows[key] == 0]
    doubled = [key for key, number in rows.items() if number > 1]
    assert not lost, f"{len(lost)} of {len(answered)} answers have no decision, such as {lost[:3]}"
    assert not doubled, f"{len(doubled)} decisions are there twice, such as {doubled[:3]}"


def kill_workers(gateway: Gateway, seconds: float) -> int:
    """Kill one after another for a while; how many."""
    began, killed = time.monotonic(), 0
    # A machine that is busy takes longer to replace them, and loses no fewer.
    while time.monotonic() < began + seconds or (killed < 3 and time.monotonic() < began + 60):
        time.sleep(0.4)
        ready = [worker for worker in gateway.status().workers if worker.ready]
        # The one that has done most: each of them in turn.
        for worker in sorted(ready, key=lambda worker: worker.requests)[-1:]:
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1
    return killed


def test_workers_killed_again_and_again_and_the_database_stopped_in_the_middle(
    many_names: None, template: Path, world: World
) -> None:
    with PostgresServer() as postgres, postgres.database() as name:
        state = copy_state(template, template.parent / "nothing-lost")
        settings = world.settings() | {
            "gateway": {"workers": 2, "drain_seconds": 3},
            "database": {"url": postgres.url(name).replace("postgresql://", "postgresql+psycopg://")},
        }
        gateway = Gateway(state, settings)
        gateway.write_settings()
        gateway.command("db", "upgrade")
        gateway.start()
        crowd = Crowd(gateway, world)
        killed = 0
        try:
            crowd.begin()
            killed += kill_workers(gateway, seconds=4)
            postgres.stop("immediate")
            killed += kill_workers(gateway, seconds=4)
            postgres.start()
            killed += kill_workers(gateway, seconds=4)
            # On a busy machine the crowd needs longer, and is as large.
            eventually(lambda: len(crowd.answered) > 300, within=60)
            crowd.end()
            gateway.shipped(within=60)
            with psycopg.connect(postgres.url(name)) as connection:
                rows = connection.execute("SELECT step, host FROM decision WHERE final").fetchall()
        finally:
            crowd.end()
            gateway.stop()
            shutil.rmtree(state)
    assert killed >= 9
    assert len(crowd.answered) > 300
    assert {200, 403} <= set(crowd.answered.values())
    check_nothing_is_lost(crowd.answered, Counter([(step, host) for step, host in rows]))


def test_a_full_disk_refuses_what_cannot_be_recorded_and_loses_nothing(
    many_names: None, template: Path, world: World, tmp_path: Path
) -> None:
    """The whole state folder lies on a small disk of its own, which is filled and emptied under load."""
    state = copy_state(template, tmp_path / "state")
    mount = (
        'cp -a "$0" "$0.copy" && mount -t tmpfs -o size=12m,mode=0700 tmpfs "$0" '
        '&& cp -a "$0.copy/." "$0" && exec "$@"'
    )
    own_disk = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(state)]
    gateway = Gateway(state, world.settings() | {"gateway": {"workers": 1}}, wrap=own_disk).start()
    crowd = Crowd(gateway, world)
    filler = gateway.view / "filler"
    try:
        crowd.begin(clients=3)
        eventually(lambda: len(crowd.answered) > 50)
        fill(filler)
        eventually(lambda: 503 in crowd.answered.values(), what="a refusal for want of room")
        time.sleep(1.5)
        full = len(crowd.answered)
        assert gateway.status().serving, gateway.status().problems
        filler.unlink()
        eventually(lambda: 200 in list(crowd.answered.values())[full:], within=15, what="an answer")
        crowd.end()
        rows = gateway.decisions("final")
    finally:
        crowd.end()
        gateway.stop()
    recorded = {key: status for key, status in crowd.answered.items() if status != 503}
    check_nothing_is_lost(recorded, Counter([(row.step, row.host) for row in rows]))
    refused = {key for key, status in crowd.answered.items() if status == 503}
    assert not refused & {(row.step, row.host) for row in rows}, "refused for want of a record, and recorded"


def fill(path: Path) -> None:
    """Write until nothing more fits, down to the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def test_a_supervisor_that_was_killed_can_be_started_again_at_once_on_its_port(
    start: StartGateway, world: World
) -> None:
    gateway = start(workers=2)
    url = f"http://www.bet.test:{world.http.port}/"
    assert gateway.client().get(url).status == 403
    assert gateway.process is not None
    os.kill(gateway.process.pid, signal.SIGKILL)
    gateway.process.wait()
    gateway.restart_at_its_port()
    assert gateway.client().get(url).status == 403
    assert len(gateway.decisions()) == 2


def test_what_was_answered_before_a_crash_of_everything_is_shipped_by_the_next_gateway(
    start: StartGateway, world: World
) -> None:
    gateway = start(workers=2)
    hosts = [f"www{number}.bet.test" for number in range(20)]
    for host in hosts:
        assert gateway.client().get(f"http://{host}:{world.http.port}/").status == 403
    assert gateway.process is not None
    pids = [gateway.process.pid, *(worker.pid for worker in gateway.status().workers)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    gateway.process.wait()
    gateway.start()
    assert sorted(row.host for row in gateway.decisions()) == sorted(hosts)
