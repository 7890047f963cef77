"""What the service manager hears, and that nobody is disturbed where there is none."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from addons.server.notify import notifier


class Manager:
    """The service manager's end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.socket.close()


def test_each_word_is_one_datagram(manager: Manager, tmp_path: Path) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "HOME": "/"}
    notify = notifier(environ)
    before = time.monotonic_ns() // 1000
    notify.reloading()
    notify.ready()
    notify.status("2 workers")
    notify.status("2 workers")
    notify.stopping()
    reloading, *others = manager.heard()
    word, _, moment = reloading.partition("\nMONOTONIC_USEC=")
    assert word == "RELOADING=1"
    assert before <= int(moment) <= time.monotonic_ns() // 1000
    assert others == ["READY=1", "STATUS=2 workers", "STOPPING=1"]
    assert environ == {"HOME": "/"}, "what is meant for this process goes to no other"


def test_a_socket_without_a_file() -> None:
    manager = Manager("\0sluicegate-test-notify")
    notifier({"NOTIFY_SOCKET": "@sluicegate-test-notify"}).ready()
    assert manager.heard() == ["READY=1"]
    manager.socket.close()


def test_the_watchdog_is_fed_in_time_and_not_all_the_time(manager: Manager, tmp_path: Path) -> None:
    notify = notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"})
    for _ in range(3):
        notify.alive()
    assert manager.heard() == ["WATCHDOG=1"]
    time.sleep(0.12)
    notify.alive()
    assert manager.heard() == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="no-manager"),
        pytest.param({"NOTIFY_SOCKET": "/nonexistent/socket"}, id="one-that-is-gone"),
        pytest.param({"WATCHDOG_USEC": "soon"}, id="nonsense"),
    ],
)
def test_without_a_manager_nothing_happens(environ: dict[str, str]) -> None:
    notify = notifier(environ)
    notify.ready()
    notify.alive()
    assert environ == {}


def test_a_watchdog_for_another_process_is_not_fed(manager: Manager, tmp_path: Path) -> None:
    given = {"WATCHDOG_USEC": "400000", "WATCHDOG_PID": str(os.getpid() + 1)}
    notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), **given}).alive()
    assert manager.heard() == []
