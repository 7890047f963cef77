"""Whether the gateway serves, as it says itself."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from addons.observe.status_socket import bind
from addons.server.status import GatewayFile, WorkerFile, read_status, write_file
from tests.console.cli.conftest import Cli


class Gateway:
    """What `status` asks: it says what its folder says, as the observer does."""

    def __init__(self, state: Path) -> None:
        self._run = state / "run"
        self._run.mkdir(parents=True, exist_ok=True)
        self._ended = threading.Event()
        self._listener: socket.socket | None = None
        self._thread = threading.Thread(target=self._answer)

    def write(self, *, ready: bool = True, began: timedelta = timedelta(), deaths: int = 0) -> None:
        """A gateway with one worker; this test's own process stands for both."""
        now, pid = datetime.now(UTC).isoformat(), os.getpid()
        started = (datetime.now(UTC) - began).isoformat()
        listens = {"127.0.0.1:8080": "explicit", "[::]:8443": "transparent"}
        gateway = GatewayFile(pid, 3, 1, tuple(listens), started, now, deaths=deaths, modes=listens)
        write_file(self._run / "gateway.json", gateway)
        worker = WorkerFile(
            pid,
            0,
            3,
            ready,
            "" if ready else "its spool",
            now,
            "ab" * 32,
            now,
            5,
            40,
            7,
            {"not-a-request:tls": 2},
        )
        write_file(self._run / "worker-0.json", worker)

    def start(self) -> None:
        self._listener = bind(self._run / "status.sock")
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._listener is not None:
            self._thread.join()
            self._listener.close()

    def _answer(self) -> None:
        assert self._listener is not None
        self._listener.settimeout(0.05)
        while not self._ended.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                with connection:
                    connection.sendall(msgspec.json.encode(read_status(self._run, datetime.now(UTC))))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """One that is not started yet."""
    made = Gateway(tmp_path / "state")
    yield made
    made.stop()


def test_without_a_gateway_it_is_4_and_one_line(cli: Cli) -> None:
    ran = cli("status")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "sluicegate: no gateway runs with this state folder; start one with: sluicegate run\n"


def test_a_gateway_that_serves_is_0_and_shown(cli: Cli, gateway: Gateway) -> None:
    gateway.write()
    gateway.start()
    ran = cli("status")
    assert ran.code == 0
    assert "serving on 127.0.0.1:8080 (explicit), [::]:8443 (transparent) since" in ran.out
    assert "generation 3" in ran.out
    assert "1 of 1 ready; 5 connections, 40 requests, 7 blocked" in ran.out
    assert "2 that were no requests: tls" in ran.out
    assert "database  nobody has asked it yet" in ran.out
    assert ran.err == "", "it has only just begun"
    assert "died" not in ran.out


def test_workers_that_died_are_counted(cli: Cli, gateway: Gateway) -> None:
    gateway.write(deaths=2)
    gateway.start()
    assert "40 requests, 7 blocked; 2 died and were replaced\n" in cli("status").out


def test_what_is_wrong_with_one_that_serves_is_said(cli: Cli, gateway: Gateway) -> None:
    gateway.write(began=timedelta(minutes=1))
    gateway.start()
    ran = cli("status")
    assert ran.code == 0
    assert "problem: the keeper is not running" in ran.err


def test_json_has_all_of_it(cli: Cli, gateway: Gateway) -> None:
    gateway.write()
    gateway.start()
    found = json.loads(cli("status", "--json").out)
    assert (found["serving"], found["generation"], found["ruleset"]) == (True, 3, "ab" * 32)
    assert found["workers"][0]["requests"] == 40
    assert found["modes"] == {"127.0.0.1:8080": "explicit", "[::]:8443": "transparent"}


def test_one_that_is_not_ready_says_what_it_waits_for(cli: Cli, gateway: Gateway) -> None:
    gateway.write(ready=False)
    gateway.start()
    ran = cli("status", "--json")
    assert ran.code == 4
    assert "worker 0 waits for its spool" in ran.err
    assert json.loads(ran.out)["serving"] is False


def test_it_can_wait_for_it(cli: Cli, gateway: Gateway) -> None:
    """First nobody answers, then one that is not ready, then one that serves."""
    gateway.write(ready=False)
    steps = [threading.Timer(0.2, gateway.start), threading.Timer(0.5, gateway.write)]
    for step in steps:
        step.start()
    assert cli("status", "--wait", "10").code == 0
    for step in steps:
        step.join()


def test_settings_that_were_broken_since_keep_nobody_from_asking(cli: Cli, gateway: Gateway) -> None:
    gateway.write()
    gateway.start()
    Path("sluicegate.toml").write_text("nonsense = 1\n")
    ran = cli("status")
    assert ran.code == 0
    assert "nonsense" in ran.err
    assert "serving on" in ran.out


def test_the_socket_may_lie_elsewhere(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Gateway(tmp_path / "elsewhere")
    elsewhere.write()
    elsewhere.start()
    assert cli("status").code == 4
    monkeypatch.setenv("SLUICEGATE_OBSERVE__SOCKET", str(tmp_path / "elsewhere" / "run" / "status.sock"))
    assert cli("status").code == 0
    elsewhere.stop()


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_a_wait_that_is_none_is_an_error_of_usage(cli: Cli, seconds: str) -> None:
    assert cli("status", "--wait", seconds).code == 2
