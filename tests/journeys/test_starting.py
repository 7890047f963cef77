"""Starting, stopping, and what happens when it cannot be."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Answer
from tests.journeys.harness.gateway import copy_state, eventually, sluicegate

pytestmark = pytest.mark.journey


def one_line(text: str) -> str:
    """The only line of `text`, logs left out."""
    lines = [line for line in text.splitlines() if line.startswith("sluicegate: ")]
    assert len(lines) == 1, text
    return lines[0]


def test_a_port_in_use_is_one_line_and_exit_code_4(template: Path, tmp_path: Path) -> None:
    state = copy_state(template, tmp_path / "state")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = sluicegate("run", "--listen", f"127.0.0.1:{port}", state=state, check=False)
    assert ended.returncode == 4
    assert f"127.0.0.1:{port} is in use" in one_line(ended.stderr)


def test_a_second_gateway_on_one_state_folder_is_refused(start: StartGateway, world: World) -> None:
    gateway = start()
    ended = gateway.command("run", "--listen", "127.0.0.1:0", check=False)
    assert ended.returncode == 4
    assert "another gateway runs with this state folder" in one_line(ended.stderr)
    assert gateway.client().get(f"http://allowed.test:{world.http.port}/").status == 200


@pytest.mark.parametrize(
    ("damage", "code", "says"),
    [
        pytest.param(lambda state: (state / "ca" / "ca.pem").unlink(), 3, "sluicegate ca init", id="no-ca"),
        pytest.param(
            lambda state: (state / "ca" / "ca.pem").chmod(0o644), 3, "others can read", id="ca-open-to-others"
        ),
        pytest.param(
            lambda state: (state / "ca" / "ca.pem").write_text("x"), 3, "ca.pem", id="ca-that-is-none"
        ),
        pytest.param(
            lambda state: (state / "sluicegate.toml").write_text('[gateway]\nlisten = ["nowhere"]\n'),
            3,
            "gateway.listen",
            id="a-wrong-setting",
        ),
        pytest.param(
            lambda state: (state / "sluicegate.toml").write_text('[destinations]\nhosts_file = "/none"\n'),
            3,
            "destinations.hosts_file",
            id="a-file-that-is-not-there",
        ),
        pytest.param(
            lambda state: next((state / "rulesets").glob("[0-9a-f]*/*")).write_bytes(b""),
            1,
            "rulesets",
            id="a-damaged-ruleset",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_started(
    template: Path, tmp_path: Path, damage: object, code: int, says: str
) -> None:
    state = copy_state(template, tmp_path / "state")
    assert callable(damage)
    damage(state)
    ended = sluicegate("run", "--listen", "127.0.0.1:0", state=state, check=False)
    assert ended.returncode == code, ended.stderr
    assert says in one_line(ended.stderr)
    assert not list((state / "run").glob("worker-*")) if (state / "run").exists() else True


def test_a_killed_worker_is_replaced_within_a_second_and_its_spool_is_shipped(
    start: StartGateway, world: World
) -> None:
    gateway = start()
    client = gateway.client()
    url = f"http://bet.test:{world.http.port}/"
    assert client.get(url).status == 403
    killed = gateway.worker().pid
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    eventually(lambda: [w for w in gateway.status().workers if w.pid != killed and w.ready])
    assert time.monotonic() - began < 1
    assert client.get(url).status == 403
    assert len(gateway.decisions()) == 2


def test_term_lets_a_download_finish_and_records_its_outcome(start: StartGateway, world: World) -> None:
    """It takes two of the three seconds that there are."""
    gateway = start()
    answers: list[Answer] = []
    client = gateway.client()
    download = threading.Thread(
        target=lambda: answers.append(client.get(f"http://allowed.test:{world.http.port}/slow/2"))
    )
    download.start()
    eventually(lambda: world.http.seen.requests)
    assert gateway.stop() == 0
    download.join(timeout=5)
    assert [(answer.status, answer.complete) for answer in answers] == [(200, True)]
    (row,) = gateway.decisions()
    assert gateway.outcome_of(row).ended == "complete"


def test_term_is_over_at_the_deadline(start: StartGateway, world: World) -> None:
    gateway = start()
    line = gateway.client().line()
    line.send(
        f"GET http://allowed.test:{world.http.port}/hang HTTP/1.1\r\nHost: allowed.test\r\n\r\n".encode()
    )
    eventually(lambda: world.http.seen.requests)
    began = time.monotonic()
    assert gateway.stop() == 0
    assert 2.5 < time.monotonic() - began < 8
    line.close()


def test_status_says_when_it_serves_and_when_it_does_not(start: StartGateway) -> None:
    gateway = start()
    serving = gateway.command("status", "--wait", "5")
    assert serving.stdout.startswith("serving on 127.0.0.1:")
    gateway.stop()
    ended = gateway.command("status", check=False)
    assert ended.returncode == 4
    assert "sluicegate run" in one_line(ended.stderr)
