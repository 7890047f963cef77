"""Whether the gateway serves, from what its processes have written."""

import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.server.status import GatewayFile, WorkerFile, write_file
from tests.console.cli.conftest import Cli


def write_gateway(state: Path, *, ready: bool = True, began: timedelta = timedelta()) -> None:
    """A gateway with one worker; this test's own process stands for both."""
    (state / "run").mkdir(parents=True, exist_ok=True)
    now, pid = datetime.now(UTC).isoformat(), os.getpid()
    started = (datetime.now(UTC) - began).isoformat()
    write_file(state / "run" / "gateway.json", GatewayFile(pid, 3, 1, ("127.0.0.1:8080",), started, now))
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
    write_file(state / "run" / "worker-0.json", worker)


def test_without_a_gateway_it_is_4_and_one_line(cli: Cli) -> None:
    ran = cli("status")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "sluicegate: no gateway runs with this state folder; start one with: sluicegate run\n"


def test_a_gateway_that_serves_is_0_and_shown(cli: Cli, tmp_path: Path) -> None:
    write_gateway(tmp_path / "state")
    ran = cli("status")
    assert ran.code == 0
    assert "serving on 127.0.0.1:8080" in ran.out
    assert "generation 3" in ran.out
    assert "1 of 1 ready; 5 connections, 40 requests, 7 blocked" in ran.out
    assert "2 that were no requests: tls" in ran.out
    assert "database  nobody has asked it yet" in ran.out
    assert ran.err == "", "it has only just begun"


def test_what_is_wrong_with_one_that_serves_is_said(cli: Cli, tmp_path: Path) -> None:
    write_gateway(tmp_path / "state", began=timedelta(minutes=1))
    ran = cli("status")
    assert ran.code == 0
    assert "problem: the keeper is not running" in ran.err


def test_json_has_all_of_it(cli: Cli, tmp_path: Path) -> None:
    write_gateway(tmp_path / "state")
    found = json.loads(cli("status", "--json").out)
    assert (found["serving"], found["generation"], found["ruleset"]) == (True, 3, "ab" * 32)
    assert found["workers"][0]["requests"] == 40


def test_one_that_is_not_ready_says_what_it_waits_for(cli: Cli, tmp_path: Path) -> None:
    write_gateway(tmp_path / "state", ready=False)
    ran = cli("status", "--json")
    assert ran.code == 4
    assert "worker 0 waits for its spool" in ran.err
    assert json.loads(ran.out)["serving"] is False


def test_it_can_wait_for_it(cli: Cli, tmp_path: Path) -> None:
    later = threading.Timer(0.3, write_gateway, [tmp_path / "state"])
    later.start()
    assert cli("status", "--wait", "10").code == 0
    later.join()


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_a_wait_that_is_none_is_an_error_of_usage(cli: Cli, seconds: str) -> None:
    assert cli("status", "--wait", seconds).code == 2
