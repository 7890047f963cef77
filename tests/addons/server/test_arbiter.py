"""The supervisor keeps workers and keeper running, each slot with one owner, and ends them in order."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.addons.server.supervised import Supervised, eventually, is_alive
from tests.ports import refuses_clients

type Start = Callable[..., Supervised]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor over `tmp_path`; ends whatever is left."""
    running: list[Supervised] = []

    def begin(workers: int = 2, *, may_serve: bool = True, drain: int = 2) -> Supervised:
        if may_serve:
            (tmp_path / "may-serve").touch()
        running.append(Supervised(tmp_path, workers, drain=drain))
        return running[-1]

    yield begin
    for supervised in running:
        supervised.end()


def test_as_many_workers_as_planned_and_a_keeper_whatever_the_environment_says(start: Start) -> None:
    gateway = start(workers=2)
    eventually(lambda: gateway.pid_of(0) and gateway.pid_of(1))
    keeper = eventually(gateway.keeper_pid)
    assert is_alive(keeper)
    assert gateway.file("gateway.json")["workers"] == 2
    assert set(gateway.file("gateway.json")["modes"].values()) == {"explicit"}
    assert gateway.pid_of(2) == 0
    assert {slot for slot, _ in (gateway.who() for _ in range(40))} <= {0, 1}


def test_a_killed_worker_is_replaced_in_its_slot_within_a_second(start: Start) -> None:
    gateway = start(workers=2)
    killed = eventually(lambda: gateway.pid_of(1) and gateway.pid_of(0))
    neighbour = gateway.pid_of(1)
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    eventually(lambda: gateway.pid_of(0) not in {0, killed})
    assert time.monotonic() - began < 1
    assert gateway.pid_of(1) == neighbour


def test_a_worker_that_stands_still_is_killed_and_replaced(start: Start) -> None:
    gateway = start(workers=1)
    stuck = eventually(lambda: gateway.pid_of(0))
    with gateway.connect() as client:
        client.sendall(b"spin\n")
        eventually(lambda: gateway.pid_of(0) not in {0, stuck})
        assert not is_alive(stuck)
    assert gateway.who()[1] != stuck
    logged = gateway.end()
    assert "has stood still for" in logged
    assert "in data_received" in logged, "where it stood is written"


def test_of_a_worker_that_stands_still_other_workers_clients_and_new_ones_notice_nothing(
    start: Start,
) -> None:
    """The time limit is 2 s here, 15 s in a gateway."""
    gateway = start(workers=2)
    eventually(lambda: gateway.pid_of(0) and gateway.pid_of(1))
    with gateway.connect() as client:
        client.sendall(b"spin\n")
        asked: list[float] = []
        began = time.monotonic()
        client.setblocking(False)
        time.sleep(0.5)  # whom it let in in the same breath is its own
        while True:
            asked.append(time.monotonic())
            slot, _ = gateway.who()
            assert time.monotonic() - asked[-1] < 1
            with suppress(BlockingIOError, ConnectionResetError):
                assert client.recv(1) == b""
                break  # the one that stood still has been ended
            time.sleep(0.02)
        assert 1 < time.monotonic() - began < 10
        assert len(asked) > 20
    eventually(lambda: gateway.pid_of(1 - slot))


def test_a_killed_keeper_is_started_again(start: Start) -> None:
    gateway = start(workers=1)
    eventually(lambda: gateway.pid_of(0))
    killed = eventually(gateway.keeper_pid)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: gateway.keeper_pid() not in {0, killed})


def test_a_worker_lets_nobody_in_before_it_is_ready(start: Start) -> None:
    gateway = start(workers=1, may_serve=False)
    waiting = eventually(lambda: gateway.file("worker-0.json"))
    assert (waiting["ready"], waiting["waiting_for"]) == (False, "permission")
    with gateway.connect() as client:
        client.sendall(b"who\n")
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
        (gateway.state / "may-serve").touch()
        client.settimeout(5)
        assert client.recv(20)


def test_term_finishes_what_is_in_flight_and_closes_what_is_idle(start: Start) -> None:
    """drain_seconds is 2 here."""
    gateway = start(workers=1)
    worker = eventually(lambda: gateway.pid_of(0))
    with gateway.connect() as idle, gateway.connect() as held:
        held.sendall(b"hold\n")
        eventually(lambda: gateway.file("worker-0.json")["connections"] == 2)
        gateway.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert seconds_until_closed(idle) < 1
        eventually(lambda: refuses_clients(*gateway.address()))
        seconds_until_closed(held)
        assert 1.5 < time.monotonic() - began < 4
    assert gateway.process.wait(timeout=60) == 0
    assert not is_alive(worker)
    assert (gateway.state / "keeper-stopped").exists()
    assert not (gateway.state / "run" / "gateway.json").exists()


def seconds_until_closed(client: socket.socket) -> float:
    """How long until the peer closes or resets, which must be within five seconds."""
    client.settimeout(5)
    began = time.monotonic()
    with suppress(ConnectionResetError):
        assert client.recv(1) == b""
    return time.monotonic() - began


def test_quit_while_draining_ends_at_once(start: Start) -> None:
    gateway = start(workers=1, drain=60)
    eventually(lambda: gateway.pid_of(0))
    with gateway.connect() as held:
        held.sendall(b"hold\n")
        eventually(lambda: gateway.file("worker-0.json")["connections"] == 1)
        gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        gateway.process.send_signal(signal.SIGQUIT)
        assert gateway.process.wait(timeout=20) == 0


@pytest.mark.parametrize("name", ["SIGTTIN", "SIGTTOU", "SIGUSR1", "SIGUSR2", "SIGWINCH"])
def test_signals_that_gunicorn_would_act_on_change_nothing(start: Start, name: str) -> None:
    gateway = start(workers=1)
    worker = eventually(lambda: gateway.pid_of(0))
    gateway.process.send_signal(getattr(signal, name))
    if name != "SIGUSR1":  # by which the supervisor says that another generation serves
        os.kill(gateway.arbiter_pid(), getattr(signal, name))
    time.sleep(0.3)
    assert gateway.who() == (0, worker)
    assert gateway.pid_of(1) == 0


def test_a_gateway_whose_workers_cannot_start_ends_with_one_line_and_status_3(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "cannot-start").touch()
    gateway = start(workers=2)
    assert gateway.process.wait(timeout=60) == 3
    assert "cannot run: told not to start" in gateway.end()


def test_a_gateway_that_has_served_outlives_workers_that_cannot_start(start: Start, tmp_path: Path) -> None:
    gateway = start(workers=1)
    first = eventually(lambda: gateway.pid_of(0))
    (tmp_path / "cannot-start").touch()
    os.kill(first, signal.SIGKILL)
    time.sleep(1)
    assert gateway.process.poll() is None
    (tmp_path / "cannot-start").unlink()
    eventually(lambda: gateway.pid_of(0) not in {0, first}, within=15)


def test_workers_leave_when_their_supervisor_was_killed(start: Start) -> None:
    """They hold the listening socket that the next one wants."""
    gateway = start(workers=2)
    eventually(lambda: gateway.pid_of(0) and gateway.pid_of(1) and gateway.keeper_pid())
    orphans = [gateway.pid_of(0), gateway.pid_of(1), gateway.keeper_pid()]
    gateway.process.kill()
    eventually(lambda: not any(map(is_alive, orphans)), within=5)
