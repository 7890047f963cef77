"""The observer as a thread of this process, over a folder that a gateway might have written."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import msgspec
import pytest

from addons.observe import observer
from addons.observe.observed import Places
from addons.observe.observer import run_observer
from addons.observe.settings import ObserveSettings
from addons.observe.sockets import ObserverSockets, open_observer
from addons.observe.status_socket import ask
from addons.server.listen import Listener
from addons.server.status import GatewayStatus, WorkerFile, now_text, write_file
from policy.events import Event
from tests.addons.observe.reading import value
from tests.addons.observe.samples import CATEGORIES
from tests.addons.observe.test_observed import places, write_gateway


@contextmanager
def observing(where: Places, sockets: ObserverSockets) -> Iterator[None]:
    stop = threading.Event()
    arguments = (ObserveSettings(), where, CATEGORIES, sockets, stop)
    thread = threading.Thread(target=run_observer, args=arguments)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()


def opened(where: Places, listen: str = "127.0.0.1:0") -> ObserverSockets:
    return open_observer(ObserveSettings(listen=listen), where.run / "status.sock", lambda _, bind: bind())


def get(address: str, path: str) -> tuple[int, str]:
    connection = HTTPConnection(address, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.fixture
def where(tmp_path: Path) -> Places:
    found = places(tmp_path)
    write_gateway(found.run)
    return found


def test_both_sockets_answer_what_the_files_say(where: Places) -> None:
    sockets = opened(where)
    with observing(where, sockets):
        status = msgspec.json.decode(ask(where.run / "status.sock", 5), type=GatewayStatus)
        assert (status.serving, status.generation, status.observe) == (True, 2, sockets.listening)
        status_code, text = get(status.observe, "/metrics")
        assert (status_code, value(text, "sluicegate_requests_total", worker="4")) == (200, 40)
        assert get(status.observe, "/readyz") == (200, "ready\n")
    sockets.close()


def test_without_a_listener_status_is_answered_all_the_same(where: Places) -> None:
    sockets = opened(where, "")
    with observing(where, sockets):
        assert b'"serving":true' in ask(where.run / "status.sock", 5)
    sockets.close()


def test_the_sockets_outlive_it_and_the_next_one_answers_there(where: Places) -> None:
    kept = opened(where)
    assert kept.listener is not None
    for _ in range(2):
        listener = Listener(kept.listener.socket.dup(), kept.listener.mode)
        with observing(where, ObserverSockets(kept.told.dup(), listener)):
            assert b'"serving":true' in ask(where.run / "status.sock", 5)
            assert get(kept.listening, "/readyz")[0] == 200
    kept.close()


def test_what_changes_is_in_the_log_whether_anybody_asks_or_not(
    where: Places, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observer, "LOOK_SECONDS", 0.1)
    file = WorkerFile(
        os.getpid(), 4, 2, True, "", now_text(), "d", now_text(), 5, 40, 7, {"log-full:block": 3}
    )
    write_file(where.run / "worker-4.json", file)
    sockets = opened(where, "")
    with caplog.at_level(logging.INFO, "addons"), observing(where, sockets):
        until = time.monotonic() + 5
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
    sockets.close()
    lines = [(record.getMessage(), record.__dict__["event"]) for record in caplog.records]
    assert lines == [
        ("3 decisions or outcomes could not be kept: the spool or its disk is full", Event.SPOOL_FULL)
    ]


def test_what_makes_pages_of_metrics_is_in_no_process_that_carries_traffic() -> None:
    """Everything a worker is forked from is imported; prometheus-client is not among it."""
    script = (
        "import sys; from addons.server.serve import import_gateway; import_gateway(); "
        "print('prometheus_client' in sys.modules, 'addons.observe.observer' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout == "False True\n"
