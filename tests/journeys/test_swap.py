"""A new Ruleset is in force in every worker within two seconds and disturbs no connection."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from categories.store import RulesetStore
from tests.journeys.conftest import LISTS, StartGateway, World
from tests.journeys.harness.clients import Answer
from tests.journeys.harness.gateway import Gateway, build_ruleset, eventually

pytestmark = pytest.mark.journey

WITHIN = 2.0


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    return start(workers=2)


class Asking:
    """Asks again and again over one kept connection until told to stop."""

    def __init__(self, gateway: Gateway, url: str, target: str = "/") -> None:
        self.statuses: list[int | None] = []
        self.slowest = 0.0
        self._gateway, self._url, self._target = gateway, url, target
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        with self._gateway.client().kept(self._url) as kept:
            while not self._stop.is_set():
                began = time.monotonic()
                answer = kept.get(self._target)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.statuses.append(answer.status if answer and answer.complete else None)

    def stop(self) -> list[int | None]:
        """Everything it was answered."""
        self._stop.set()
        self._thread.join(timeout=10)
        return self.statuses


def in_force_everywhere(gateway: Gateway, digest: str) -> Callable[[], bool]:
    return lambda: [worker.ruleset for worker in gateway.status().workers] == [digest, digest]


def with_news(entries: list[str]) -> dict[str, list[str]]:
    return LISTS | {"gambling": [*LISTS["gambling"], *entries]}


def test_connections_go_on_while_rulesets_change(gateway: Gateway, world: World, tmp_path: Path) -> None:
    """Kept connections, a download and a tunnel that is not decrypted see six Rulesets."""
    asking = [
        Asking(gateway, f"http://allowed.test:{world.http.port}"),
        Asking(gateway, f"https://allowed.test:{world.https1.port}"),
        Asking(gateway, f"http://bet.test:{world.http.port}"),
    ]
    downloads: list[Answer] = []
    client = gateway.client()
    download = threading.Thread(
        target=lambda: downloads.append(client.get(f"http://allowed.test:{world.http.port}/drip/8"))
    )
    download.start()
    tunnel = client.tls("union.test", world.https1.port, trust=world.authority.ca_file)
    changed = []
    for number in range(6):
        digest = build_ruleset(gateway.state, with_news([f"new{number}.test"]), tmp_path)
        # The workers say once a second what they judge by.
        eventually(in_force_everywhere(gateway, digest), within=WITHIN + 1.0, what="the change")
        changed.append(digest)
    tunnel.send(b"GET / HTTP/1.1\r\nHost: union.test\r\n\r\n")
    answer = tunnel.read_answer()
    assert answer is not None
    assert answer.status == 200
    tunnel.close()
    download.join(timeout=20)
    assert [(each.status, each.complete) for each in downloads] == [(200, True)]
    answered = [each.stop() for each in asking]
    assert [set(statuses) for statuses in answered] == [{200}, {200}, {403}]
    assert min(map(len, answered)) > 50
    judged_by = {row.ruleset for row in gateway.decisions("host = 'bet.test'")}
    assert set(changed) <= judged_by


def test_a_new_entry_blocks_within_two_seconds_in_every_worker(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    client = gateway.client()
    url = f"http://allowed.test:{world.http.port}/"
    assert client.get(url).status == 200
    build_ruleset(gateway.state, with_news(["allowed.test"]), tmp_path)
    eventually(lambda: {client.get(url).status for _ in range(20)} == {403}, within=WITHIN)
    build_ruleset(gateway.state, LISTS, tmp_path)
    eventually(lambda: {client.get(url).status for _ in range(20)} == {200}, within=WITHIN)


def test_a_worker_that_replaces_another_never_judges_by_what_was_in_force_when_the_gateway_started(
    gateway: Gateway, world: World, tmp_path: Path
) -> None:
    client = gateway.client()
    url = f"http://allowed.test:{world.http.port}/"
    build_ruleset(gateway.state, with_news(["allowed.test"]), tmp_path)
    eventually(lambda: {client.get(url).status for _ in range(20)} == {403}, within=WITHIN)
    statuses = set()
    for _ in range(3):
        for worker in gateway.status().workers:
            os.kill(worker.pid, signal.SIGKILL)
        for _ in range(30):
            with suppress(OSError):
                statuses.add(client.get(url).status)
    assert statuses == {403}
    build_ruleset(gateway.state, LISTS, tmp_path)
    eventually(lambda: {client.get(url).status for _ in range(20)} == {200}, within=WITHIN)


def test_a_ruleset_that_does_not_load_changes_nothing(gateway: Gateway, world: World) -> None:
    store = RulesetStore(gateway.state / "rulesets")
    before = store.current_digest()
    assert before is not None
    for damaged in ("0" * 64, "1" * 64):
        folder = gateway.state / "rulesets" / damaged
        folder.mkdir()
        (folder / "manifest.json").write_text("{")
        link = gateway.state / "rulesets" / "new"
        link.symlink_to(damaged)
        link.replace(gateway.state / "rulesets" / "current")
        time.sleep(1.5)
        assert gateway.client().get(f"http://bet.test:{world.http.port}/").status == 403
        assert gateway.client().get(f"http://allowed.test:{world.http.port}/").status == 200
        assert in_force_everywhere(gateway, before)()
    store.put_in_force(before)
    assert gateway.status().serving
