"""The supervisor: one generation serves, another may come, and never a third."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addons.server.supervisor import claim
from policy.errors import Away
from tests.addons.server.supervised import Supervised, eventually, in_another_process, is_alive
from tests.addons.server.test_notify import Manager
from tests.ports import refuses_clients

CLAIM = """
import os, sys, time
from pathlib import Path
from addons.server.supervisor import claim
claim(Path(sys.argv[1]))
"""
AND_FORK = """
if os.fork() == 0:
    os.close(1)
    os.close(2)
    time.sleep(5)
"""


def test_one_gateway_a_state_folder(tmp_path: Path) -> None:
    claim(tmp_path / "lock")
    other = in_another_process(CLAIM, tmp_path / "lock")
    assert "another gateway runs with this state folder" in other.stderr
    assert Away.__name__ in other.stderr


def test_the_claim_ends_with_its_process_and_not_with_its_children(tmp_path: Path) -> None:
    """A generation that outlives its supervisor by a moment must not keep the next one from starting."""
    left_behind = in_another_process(CLAIM + AND_FORK, tmp_path / "lock")
    assert left_behind.returncode == 0
    assert in_another_process(CLAIM, tmp_path / "lock").returncode == 0


def test_it_imports_nothing_that_is_not_pythons_or_its_own() -> None:
    """It stays as it is while everything else is replaced, and should need nothing that could be."""
    script = """
import sys
import addons.server.supervisor
print(sorted({name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names))
"""
    found = in_another_process(script).stdout
    assert set(eval(found)) - {"__main__", "addons", "policy"} <= {"_virtualenv", "sitecustomize"}  # noqa: S307


@pytest.fixture
def gateway(tmp_path: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervised]:
    """A toy with one worker that serves."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    (tmp_path / "may-serve").touch()
    made = Supervised(tmp_path, 1)
    eventually(lambda: serving(made) == 1)
    yield made
    made.end()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify"))
    yield made
    made.socket.close()


def serving(gateway: Supervised) -> int:
    """The number of the generation that serves, or 0."""
    said = gateway.file("gateway.json")
    states = {one["generation"]: one["state"] for one in said.get("generations", ())}
    return int(said["generation"]) if states.get(said.get("generation")) == "serving" else 0


def reload(gateway: Supervised) -> dict[str, Any]:
    """Ask for one; how it went."""
    asked = gateway.file("gateway.json")["reload"]["asked"]
    gateway.process.send_signal(signal.SIGHUP)
    return dict(
        eventually(
            lambda: (
                (said := gateway.file("gateway.json").get("reload", {})).get("answered", 0) > asked and said
            )
        )
    )


def test_a_reload_replaces_the_workers_and_keeps_the_port(gateway: Supervised, manager: Manager) -> None:
    _, before = gateway.who()
    first_arbiter = gateway.arbiter_pid()
    (gateway.state / "workers").write_text("2")
    assert reload(gateway)["succeeded"]
    assert serving(gateway) == 2
    # It has been told, and may let somebody in until it hears it.
    eventually(lambda: not is_alive(first_arbiter))
    assert {gateway.who()[1] for _ in range(10)}.isdisjoint({before})
    heard = manager.heard()
    assert [word for word in heard if word.startswith(("READY", "RELOADING"))][:2] == [
        "READY=1",
        next(word for word in heard if word.startswith("RELOADING=1")),
    ]
    assert heard.count("READY=1") == 2


def test_what_cannot_start_changes_nothing(gateway: Supervised, manager: Manager) -> None:
    who = gateway.who()
    (gateway.state / "workers").write_text("many")
    said = reload(gateway)
    assert (said["succeeded"], said["why"]) == (False, "many is no number of workers")
    (gateway.state / "workers").write_text("1")
    (gateway.state / "cannot-start").touch()
    said = reload(gateway)
    assert (said["succeeded"], said["why"]) == (False, "told not to start")
    assert (gateway.who(), serving(gateway)) == (who, 1)
    assert manager.heard().count("READY=1") == 3, "also a reload that failed is over"


def test_a_program_that_is_gone_changes_nothing_either(tmp_path: Path) -> None:
    """As where the release that a link led to was removed."""
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} -m tests.addons.server.toy {tmp_path} as-generation\n"
    )
    program.chmod(0o755)
    (tmp_path / "may-serve").touch()
    gateway = Supervised(tmp_path, 1, program)
    try:
        eventually(lambda: serving(gateway) == 1)
        who = gateway.who()
        program.unlink()
        said = reload(gateway)
        assert not said["succeeded"]
        assert said["why"] == f"{program}: No such file or directory"
        assert gateway.who() == who
    finally:
        gateway.end()


MISSPOKEN = """
import json, os, socket, sys
channel = socket.socket(fileno=json.loads(os.environ["_SLUICEGATE_GENERATION"])["channel"])
for said in (
    {"say": "beat"},
    {"say": "beat", "gateway": 7},
    {"say": "ready"},
    {"say": "ready", "gateway": {}, "drain_seconds": "long"},
    {"say": "cannot", "why": "it was ill"},
    {"say": ["valid"]},
):
    channel.send(json.dumps(said).encode())
sys.exit(1)
"""


def test_a_release_that_speaks_otherwise_changes_nothing(tmp_path: Path) -> None:
    """What a reload begins may be any release, and the supervisor is what all hangs on."""
    (tmp_path / "misspoken.py").write_text(MISSPOKEN)
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\n[ -e {tmp_path}/ill ] && exec {sys.executable} {tmp_path}/misspoken.py\n"
        f"exec {sys.executable} -m tests.addons.server.toy {tmp_path} as-generation\n"
    )
    program.chmod(0o755)
    (tmp_path / "may-serve").touch()
    gateway = Supervised(tmp_path, 1, program)
    try:
        eventually(lambda: serving(gateway) == 1)
        who = gateway.who()
        (tmp_path / "ill").touch()
        assert not reload(gateway)["succeeded"]
        assert (gateway.who(), serving(gateway)) == (who, 1)
    finally:
        gateway.end()


def test_what_does_not_become_ready_is_ended_at_its_deadline(gateway: Supervised) -> None:
    """Ten seconds here."""
    who = gateway.who()
    (gateway.state / "may-serve").unlink()
    said = reload(gateway)
    assert not said["succeeded"]
    assert "not ready within 10 s: it waits for 1 of its workers" in said["why"]
    assert gateway.who() == who
    eventually(lambda: len(gateway.file("gateway.json")["generations"]) == 1)


def test_there_are_never_three_and_what_is_asked_for_meanwhile_is_one_reload(gateway: Supervised) -> None:
    """The held connection keeps the first generation draining for its two seconds."""
    most = 0
    with gateway.connect() as held:
        held.sendall(b"hold\n")
        eventually(lambda: gateway.file("worker-0.json")["connections"] == 1)
        for _ in range(4):
            gateway.process.send_signal(signal.SIGHUP)
            time.sleep(0.2)  # or the kernel would make one of two
            # On a busy machine all four could be heard before the first is begun, and be one.
            eventually(lambda: len(gateway.file("gateway.json").get("generations", ())) == 2)
        until = time.monotonic() + 60
        while gateway.file("gateway.json")["reload"]["answered"] < 4 and time.monotonic() < until:
            most = max(most, len(gateway.file("gateway.json")["generations"]))
            time.sleep(0.02)
    assert gateway.file("gateway.json")["reload"]["answered"] == 4
    assert most == 2
    assert serving(gateway) in {3, 4}, "four that were asked for, and two or three that were needed"


def test_a_generation_that_dies_is_started_again_at_the_same_port(gateway: Supervised) -> None:
    gateway.who()
    killed = gateway.arbiter_pid()
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: gateway.arbiter_pid() not in {0, killed})
    assert gateway.who()[1] != killed


def test_where_none_can_be_started_again_clients_are_refused_and_do_not_wait(gateway: Supervised) -> None:
    """A port that takes connections nobody answers looks alive to balancers and browsers."""
    gateway.who()
    (gateway.state / "workers").write_text("many")
    os.kill(gateway.arbiter_pid(), signal.SIGKILL)

    eventually(lambda: refuses_clients(*gateway.address()))
    (gateway.state / "workers").write_text("1")
    died = serving(gateway)
    eventually(lambda: serving(gateway) > died)
    gateway.listen = ""
    assert gateway.who()


def test_one_that_stands_still_is_ended_and_replaced(gateway: Supervised) -> None:
    """Four seconds here."""
    stopped = gateway.arbiter_pid()
    os.kill(stopped, signal.SIGSTOP)
    eventually(lambda: gateway.arbiter_pid() not in {0, stopped}, within=30)
    assert not is_alive(stopped)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR2])
def test_a_second_signal_does_not_make_a_failure_of_the_end(
    gateway: Supervised, manager: Manager, second: signal.Signals
) -> None:
    gateway.process.send_signal(signal.SIGTERM)
    until = time.monotonic() + 15
    while gateway.process.poll() is None and time.monotonic() < until:
        gateway.process.send_signal(second)
        time.sleep(0.01)
    assert gateway.process.wait(timeout=60) == 0
    assert "STOPPING=1" in manager.heard()


def test_interrupt_drains_and_a_second_one_does_not_wait(gateway: Supervised) -> None:
    with gateway.connect() as held:
        held.sendall(b"hold\n")
        eventually(lambda: gateway.file("worker-0.json")["connections"] == 1)
        gateway.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert gateway.process.poll() is None
        gateway.process.send_signal(signal.SIGINT)
        assert gateway.process.wait(timeout=60) == 0


def test_a_state_folder_that_another_gateway_has_is_left_alone(gateway: Supervised) -> None:
    other = Supervised(gateway.state, 1)
    assert other.process.wait(timeout=20) == 3
    assert "another gateway runs with this state folder" in other.end()
    assert gateway.who()
