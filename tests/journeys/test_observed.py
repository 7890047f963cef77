"""What a running gateway says of itself: exact counts, honest readiness, and nobody's name in any of it."""

import os
import signal
import socket
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import bcrypt
import pytest

from addons.server.status import GatewayStatus
from console.cli.asking import ask_gateway
from db.segments import FolderLock
from policy.errors import Away
from tests.addons.observe.reading import samples, total, value
from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.gateway import Gateway, copy_state, eventually

pytestmark = pytest.mark.journey

HOST_MARK, PERSON_MARK, PATH_MARK = "markedhost", "markedperson", "markedpath"
PASSWORD = "markedsecret-password"


def told(gateway: Gateway) -> GatewayStatus:
    """What it says of itself over its Unix socket."""
    return ask_gateway(gateway.state / "run" / "status.sock")


def ask(gateway: Gateway, path: str, host: str | None = None, method: str = "GET") -> tuple[int, str]:
    """Status and text of one of the listener's pages."""
    connection = HTTPConnection(told(gateway).observe, timeout=10)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def metrics(gateway: Gateway) -> str:
    """The page of metrics, once every worker has said once more how it is, and the observer has looked."""
    gateway.wait_for_beat()
    time.sleep(1.05)
    return ask(gateway, "/metrics")[1]


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway, internet: World, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    with internet.hosts_file.open("a") as file:
        file.write(f"127.0.0.1 {HOST_MARK}.test\n")
    people = tmp_path_factory.mktemp("people") / "htpasswd"
    people.write_text(f"{PERSON_MARK}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    people.chmod(0o600)
    identity = {"kinds": ["htpasswd"], "htpasswd_file": str(people), "required": False}
    return start(workers=2, settings={"identity": identity}, readers=[("", PERSON_MARK)])


def test_what_was_asked_is_counted_exactly_and_nobody_is_named(gateway: Gateway, world: World) -> None:
    before = metrics(gateway)
    known = gateway.client(f"{PERSON_MARK}:{PASSWORD}")
    plain, secure = world.http.port, world.https1.port
    for _ in range(3):
        assert known.get(f"http://{HOST_MARK}.test:{plain}/{PATH_MARK}").status == 200
    for _ in range(2):
        assert known.get("http://www.bet.test/").status == 403
    assert known.get(f"https://allowed.test:{secure}/{PATH_MARK}?{PATH_MARK}=1").status == 200
    assert known.get(f"http://union.test:{plain}/{PATH_MARK}").status == 200
    with socket.create_connection(gateway.proxy, timeout=5) as client:
        client.sendall(b"GET http://user@" + HOST_MARK.encode() + b".test/ HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 400")
    after = metrics(gateway)

    def more(name: str, **labels: str) -> float:
        return total(after, name, **labels) - total(before, name, **labels)

    # Seven requests; a CONNECT is an exchange, but none of these.
    assert more("sluicegate_requests_total") == 7
    assert more("sluicegate_decisions_total", verdict="block", category="gambling", reason="listed") == 2
    assert more("sluicegate_decisions_total", verdict="allow", reason="tunnel") == 1
    # The privileged site is one of those in which no category had a say.
    assert more("sluicegate_decisions_total", verdict="allow", reason="not-listed", category="") == 5
    assert more("sluicegate_decisions_total") == 8
    assert more("sluicegate_not_a_request_total") == 1
    assert more("sluicegate_added_request_seconds_count") == 7
    assert more("sluicegate_added_answer_seconds_count") == 5
    assert 0 < more("sluicegate_added_request_seconds_sum") < 7
    assert more("sluicegate_worker_deaths_total") == 0
    for mark in (
        HOST_MARK,
        PERSON_MARK,
        PATH_MARK,
        "markedsecret",
        "privileged",
        "union",
        "127.0.0.1",
        ".test",
    ):
        # Lists are counted by category, privileged ones too; what was asked of them is not.
        asked = "\n".join(line for line in after.splitlines() if not line.startswith("sluicegate_list"))
        assert mark not in asked, mark


def test_every_process_and_the_log_are_shown(gateway: Gateway, world: World) -> None:
    gateway.client().get(f"http://allowed.test:{world.http.port}/")
    gateway.shipped()
    text = metrics(gateway)
    roles = {
        dict(labels)["role"]
        for name, labels in samples(text)
        if name == "sluicegate_process_cpu_seconds_total"
    }
    assert roles == {"supervisor", "generation", "worker", "keeper", "desk", "signer", "observer"}
    assert value(text, "sluicegate_workers_ready") == value(text, "sluicegate_workers_wanted") == 2
    assert (value(text, "sluicegate_keeper_up"), value(text, "sluicegate_database_up")) == (1, 1)
    assert value(text, "sluicegate_spool_records") == 0
    assert value(text, "sluicegate_rulesets") == 1
    ends = value(text, "sluicegate_ca_not_after_timestamp_seconds", certificate="issuing")
    assert ends is not None
    assert ends > 1.7e9
    assert ask(gateway, "/readyz") == (200, "ready\n")


@pytest.mark.parametrize(
    ("host", "path", "method", "status"),
    [
        pytest.param("127.0.0.1", "/healthz", "GET", 200, id="a-probe"),
        pytest.param("evil.example", "/metrics", "GET", 421, id="a-name-turned-round"),
        pytest.param("127.0.0.1", "/metrics", "POST", 405, id="a-form-of-another-site"),
        pytest.param("127.0.0.1", "/../run/gateway.json", "GET", 404, id="a-file"),
        pytest.param("127.0.0.1", "http://allowed.test/", "GET", 404, id="as-if-it-were-a-proxy"),
    ],
)
def test_the_listener_answers_probes_and_no_tricks(
    gateway: Gateway, host: str, path: str, method: str, status: int
) -> None:
    assert ask(gateway, path, host, method)[0] == status


def test_a_worker_that_hangs_holds_nobody_up_who_asks(gateway: Gateway) -> None:
    stopped = gateway.worker(0).pid
    os.kill(stopped, signal.SIGSTOP)
    try:
        eventually(
            lambda: any("worker 0 has said nothing" in problem for problem in told(gateway).problems),
            what="the silence to be noticed",
        )
        assert "worker 0 has said nothing" in gateway.command("status").stderr
        assert ask(gateway, "/readyz")[0] == 200, "the other one serves"
        assert ask(gateway, "/healthz")[0] == 200
    finally:
        os.kill(stopped, signal.SIGCONT)
    gateway.wait_for_beat()


def test_an_observer_that_is_killed_is_replaced_at_its_place(gateway: Gateway) -> None:
    before = told(gateway)
    os.kill(before.processes["observer"], signal.SIGKILL)
    # Whoever asks meanwhile waits in the socket that the supervisor keeps.
    eventually(lambda: is_another(gateway, before.processes["observer"]), what="another observer")
    assert told(gateway).observe == before.observe
    assert ask(gateway, "/readyz")[0] == 200


def is_another(gateway: Gateway, pid: int) -> bool:
    try:
        return told(gateway).processes.get("observer") not in {pid, None}
    except Away:
        return False  # the last question that it took


def test_without_registers_it_is_alive_but_not_ready(template: Path, tmp_path: Path, world: World) -> None:
    """Somebody else keeps the log: the keeper waits, and nobody has read the registers yet."""
    gateway = Gateway(copy_state(template, tmp_path / "state"), world.settings())
    (gateway.state / "spool").mkdir()
    lock = FolderLock(gateway.state / "spool")
    starting = threading.Thread(target=gateway.start)
    starting.start()
    try:
        eventually(lambda: waits_for_registers(gateway), 30, "the wait for the registers")
        assert ask(gateway, "/readyz") == (503, "not ready; see: sluicegate status\n")
        assert ask(gateway, "/healthz") == (200, "ok\n")
        assert value(ask(gateway, "/metrics")[1], "sluicegate_ready") == 0
        assert gateway.command("status", check=False).returncode == 4
    finally:
        lock.release()
        starting.join()
    eventually(lambda: ask(gateway, "/readyz")[0] == 200, what="readiness")
    gateway.stop()
    assert "no gateway runs" in gateway.command("status", check=False).stderr


def waits_for_registers(gateway: Gateway) -> bool:
    try:
        return any("waits for the registers" in problem for problem in told(gateway).problems)
    except Away:
        return False
