"""gunicorn is told everything that matters, and asks nobody else."""

import os
import socket
from pathlib import Path

import pytest

from addons.server.application import WORKER_TIMEOUT_SECONDS, GatewayApplication
from addons.server.channel import Inherited
from addons.server.plan import ServePlan
from addons.server.worker import GatewayWorker
from addons.settings import GatewaySettings


async def work(_worker: GatewayWorker) -> None:
    """Nothing."""


def application(state: Path) -> GatewayApplication:
    plan = ServePlan(state, gateway=GatewaySettings(workers=3, drain_seconds=40))
    ours, theirs = socket.socketpair()
    theirs.close()
    return GatewayApplication(plan, Inherited(ours, 1, os.getppid(), {}), [], work)


def test_gunicorn_gets_the_plans_numbers(tmp_path: Path) -> None:
    cfg = application(tmp_path).cfg
    assert (cfg.workers, cfg.timeout, cfg.worker_class) == (3, WORKER_TIMEOUT_SECONDS, GatewayWorker)
    assert cfg.graceful_timeout > 40, "a worker ends its draining itself"


def test_the_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 9 --timeout 1 --reload --control-socket /tmp/x")
    monkeypatch.setenv("WEB_CONCURRENCY", "9")
    cfg = application(tmp_path).cfg
    assert (cfg.workers, cfg.timeout, cfg.reload) == (3, WORKER_TIMEOUT_SECONDS, False)


def test_there_is_no_second_way_in(tmp_path: Path) -> None:
    cfg = application(tmp_path).cfg
    assert cfg.control_socket_disable
    assert not cfg.dirty_workers
    assert cfg.umask == 0o077


def test_what_a_worker_does_is_loaded_before_the_fork(tmp_path: Path) -> None:
    made = application(tmp_path)
    assert made.cfg.preload_app
    assert made.wsgi() is work


def test_gunicorns_notes_are_for_debugging_and_its_errors_are_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = application(tmp_path).cfg.logger_class(None)
    log.info("Booting worker with pid: %s", 7)
    log.error("something is wrong")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", "something is wrong")
    ]
