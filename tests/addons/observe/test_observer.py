"""The observer as a thread of this process, over a folder that a gateway might have written."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import msgspec
import pytest

from addons.observe.observed import Places
from addons.observe.observer import run_observer
from addons.observe.settings import ObserveSettings
from addons.observe.status_socket import ask, bind
from addons.server.status import GatewayStatus
from tests.addons.observe.reading import value
from tests.addons.observe.samples import CATEGORIES
from tests.addons.observe.test_observed import places, write_gateway


@contextmanager
def observing(where: Places, listener: socket.socket | None) -> Iterator[None]:
    told = bind(where.run / "status.sock")
    stop = threading.Event()
    arguments = (ObserveSettings(), where, CATEGORIES, told, listener, stop)
    thread = threading.Thread(target=run_observer, args=arguments)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        told.close()
    assert not thread.is_alive()


def get(listener: socket.socket, path: str) -> tuple[int, str]:
    connection = HTTPConnection(*listener.getsockname(), timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.fixture
def where(tmp_path: Path) -> Places:
    found = places(tmp_path)
    write_gateway(found.run)
    return found


def test_both_sockets_answer_what_the_files_say(where: Places) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, observing(where, listener):
        status = msgspec.json.decode(ask(where.run / "status.sock", 5), type=GatewayStatus)
        assert (status.serving, status.generation) == (True, 2)
        status_code, text = get(listener, "/metrics")
        assert (status_code, value(text, "sluicegate_requests_total", worker="4")) == (200, 40)
        assert get(listener, "/readyz") == (200, "ready\n")


def test_without_a_listener_status_is_answered_all_the_same(where: Places) -> None:
    with observing(where, None):
        assert b'"serving":true' in ask(where.run / "status.sock", 5)


def test_the_socket_outlives_it_and_the_next_one_answers_there(where: Places) -> None:
    with bind(where.run / "status.sock") as told:
        for _ in range(2):
            stop = threading.Event()
            arguments = (ObserveSettings(), where, CATEGORIES, told.dup(), None, stop)
            thread = threading.Thread(target=run_observer, args=arguments)
            thread.start()
            assert b'"serving":true' in ask(where.run / "status.sock", 5)
            stop.set()
            thread.join(5)
