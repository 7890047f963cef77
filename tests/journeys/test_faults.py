"""
What becomes of the gateway when what it stands on fails: faults of `docs/faults.md` that no other test plays.

The page and the tests hold the same rows: each row names the test that shows it, and each journey here stands
in a row.
"""

import ast
import os
import re
import resource
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.journeys.conftest import StartGateway, World
from tests.journeys.harness.clients import Line
from tests.journeys.harness.gateway import Gateway, copy_state, eventually
from tests.journeys.harness.multitude import Multitude
from tests.journeys.test_browsing import BROWSER

pytestmark = pytest.mark.journey

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "faults.md"
_ROW = re.compile(r"\| (?P<fault>[^|]+?) \|(?:[^|]+\|){4} `(?P<test>[^`|]+)` \|")


def rows() -> dict[str, str]:
    """The test of each fault, as the page says it."""
    return {row["fault"]: row["test"] for row in _ROW.finditer(PAGE.read_text("utf-8"))}


def named_in(path: Path) -> set[str]:
    """The names of the tests in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def test_each_fault_of_the_page_is_tried_by_the_test_it_names_and_each_test_here_is_on_the_page() -> None:
    found = rows()
    assert len(found) >= 20
    assert len(found) == sum(
        line.startswith("| ") and "---" not in line and not line.startswith("| fault |")
        for line in PAGE.read_text("utf-8").splitlines()
    ), "a row has another shape"
    for fault, test in found.items():
        path, _, name = test.partition("::")
        assert name in named_in(ROOT / path), f"{fault}: no such test: {test}"
    here = {
        test.partition("::")[2]
        for test in found.values()
        if Path(test.partition("::")[0]).name == "test_faults.py"
    }
    assert here == named_in(Path(__file__)) - {
        "test_each_fault_of_the_page_is_tried_by_the_test_it_names_and_each_test_here_is_on_the_page"
    }


@pytest.fixture(scope="module")
def one_gateway(start: StartGateway) -> Gateway:
    """Impatient, so that a journey need not wait."""
    return start(settings={"limits": {"origin_first_byte_seconds": 1.0, "origin_connect_seconds": 1.0}})


@contextmanager
def swallowing() -> Iterator[int]:
    """A port that answers nobody who wants to connect: its queue is full, and the kernel drops what comes."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


@contextmanager
def mute() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    "origin", [pytest.param(swallowing, id="connect"), pytest.param(mute, id="first-byte")]
)
def test_an_origin_that_is_slow_at_any_step_is_given_up_in_time_with_a_page(
    gateway: Gateway, origin: Callable[[], AbstractContextManager[int]]
) -> None:
    with origin() as port:
        began = time.monotonic()
        answer = gateway.client().get(f"http://allowed.test:{port}/", headers=BROWSER)
        assert answer.status == 504
        assert time.monotonic() - began < 5
    (row,) = gateway.decisions("step = 'request' AND final")
    assert gateway.outcome_of(row).ended == "timeout"


def test_a_client_that_half_closes_after_its_request_is_taken_for_one_that_left(
    gateway: Gateway, world: World
) -> None:
    """As squid and nginx do: for an upstream's sake, since a client that is gone looks no different."""
    line = gateway.client().line()
    authority = f"allowed.test:{world.http.port}"
    line.send(f"GET http://{authority}/slow/1 HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    line.sock.shutdown(socket.SHUT_WR)
    assert line.read_answer() is None
    line.close()
    (row,) = gateway.decisions("step = 'request' AND final")
    assert gateway.outcome_of(row).ended == "client-left"


def cpu_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_descriptors_nobody_new_is_let_in_who_is_there_is_served_and_nothing_spins(
    start: StartGateway, world: World
) -> None:
    gateway = start()
    pid = gateway.worker().pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    url = f"http://bet.test:{world.http.port}/"
    with gateway.client().kept(url) as kept:
        first = kept.get("/")
        assert first is not None
        assert first.status == 403
        open_now = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 4, before[1]))
        lines: list[Line] = [gateway.client().line() for _ in range(12)]
        used, began = cpu_seconds(pid), time.monotonic()
        time.sleep(1.0)
        assert cpu_seconds(pid) - used < 0.5 * (time.monotonic() - began), "it spins"
        again = kept.get("/again")
        assert again is not None
        assert again.status == 403, "who is there is answered, and recorded"
        assert "no more connections can be accepted" in gateway.log.read_text("utf-8")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        for line in lines:
            line.close()
        assert gateway.client().get(url).status == 403
    assert gateway.worker().pid == pid
    assert len(gateway.decisions()) == 3


def own_memory(pid: int) -> int:
    """Bytes that a process shares with nobody."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


def test_ten_thousand_idle_connections_make_room_for_who_comes_and_disturb_nobody_at_work(
    start: StartGateway, world: World
) -> None:
    """With the limits as they are shipped: 2,000 connections for each of two workers."""
    gateway = start(workers=2)
    pids = [worker.pid for worker in gateway.status().workers]
    before = [own_memory(pid) for pid in pids]
    site = f"http://allowed.test:{world.http.port}"

    def ask() -> tuple[int, float]:
        time.sleep(2.5)
        began = time.monotonic()
        return gateway.client().get(f"{site}/").status, time.monotonic() - began

    with ThreadPoolExecutor() as others, gateway.client().kept(site) as kept:
        download = others.submit(gateway.client().get, f"{site}/drip/6")
        assert kept.get("/") is not None
        with Multitude(gateway.proxy, 10_000) as idle:
            newcomer = others.submit(ask)
            waits = []
            while not newcomer.done():
                idle.look(0.5)
                began = time.monotonic()
                answer = kept.get("/again")
                waits.append(time.monotonic() - began)
                assert answer is not None
                assert answer.status == 200, "who is at work is not among those who make room"
                assert all(worker.connections <= 2_000 for worker in gateway.status().workers)
                assert all(len(list(Path(f"/proc/{pid}/fd").iterdir())) < 2_256 for pid in pids)
            status, took = newcomer.result()
            assert status == 200
            assert took < 10, "it waits for the first of them to have been idle for 5 s, and not for long"
            assert idle.connected > 6_000, "who does not fit waits in the kernel"
            assert 0 < idle.closed < 8_000, "no more make room than is asked for"
            assert max(waits) < 2
            assert all(own_memory(pid) - was < 100e6 for pid, was in zip(pids, before, strict=True))
        assert len(download.result().body) == 6 * 20
    assert [worker.pid for worker in gateway.status().workers] == pids
    eventually(lambda: all(worker.connections < 50 for worker in gateway.status().workers))
    assert "ERROR" not in gateway.log.read_text("utf-8")


def test_a_worker_that_is_given_no_more_memory_ends_what_needs_it_and_serves_and_records_the_rest(
    start: StartGateway, world: World
) -> None:
    gateway = start(workers=2)
    pids = [worker.pid for worker in gateway.status().workers]
    size = int(Path(f"/proc/{pids[0]}/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pids[0], resource.RLIMIT_AS)
    client, authority = gateway.client(), f"allowed.test:{world.http.port}"
    numbers, answered = count(), set()

    def ask() -> bool:
        host = f"{next(numbers)}.bet.test"
        try:
            answer = client.get(f"http://{host}:{world.http.port}/")
        except ConnectionError:
            return False
        assert answer.status == 403
        answered.add(host)
        return True

    # Each may have some megabytes waiting for it, and takes none.
    lines = [client.line() for _ in range(200)]
    resource.prlimit(pids[0], resource.RLIMIT_AS, (size + 8_000_000, before[1]))
    for line in lines:
        line.send(f"GET http://{authority}/bytes/50000000 HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    until = time.monotonic() + 15
    while "closed by MemoryError" not in gateway.log.read_text("utf-8"):
        assert time.monotonic() < until
        ask()
    for line in lines:
        line.close()
    eventually(lambda: all(ask() for _ in range(20)), what="serving as ever")
    resource.prlimit(gateway.worker(0).pid, resource.RLIMIT_AS, before)
    assert gateway.worker(1).pid == pids[1]
    assert answered <= {row.host for row in gateway.decisions("category = 'gambling'")}


NAME_SERVER = ("127.0.0.77", 53)


def test_a_name_server_that_is_away_or_silent_holds_up_nobody_who_does_not_need_it(
    template: Path, world: World, tmp_path: Path
) -> None:
    state = copy_state(template, tmp_path / "state")
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {NAME_SERVER[0]}\noptions timeout:1 attempts:1\n")
    mount = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    wrap = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, str(resolv)]
    settings = world.settings()
    settings["destinations"]["resolve_seconds"] = 1.0
    gateway = Gateway(state, settings | {"gateway": {"workers": 1, "drain_seconds": 1}}, wrap=wrap).start()
    client = gateway.client()
    try:
        assert client.get("http://away.example/").status == 504
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(NAME_SERVER)
            began = time.monotonic()
            assert client.get("http://silent.example/").status == 504
            assert time.monotonic() - began < 5
            began = time.monotonic()
            assert client.get("http://bet.test/").status == 403
            assert client.get(f"http://allowed.test:{world.http.port}/").status == 200
            assert time.monotonic() - began < 2
        ended = {row.host: gateway.outcome_of(row).ended for row in gateway.decisions("final")}
        assert ended["away.example"] == ended["silent.example"] == "timeout"
    finally:
        gateway.stop()


FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


def test_a_clock_that_jumps_kills_nobody_and_is_put_into_the_records(
    template: Path, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A year on, then a year back: only the clock of the wall, as a clock that is set does it."""
    assert FAKETIME is not None, "apt-get install faketime"
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    state = copy_state(template, tmp_path / "state")
    for name, value in {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }.items():
        monkeypatch.setenv(name, value)
    gateway = Gateway(state, world.settings() | {"gateway": {"workers": 2, "drain_seconds": 1}}).start()
    try:
        client = gateway.client()
        pids = {worker.pid for worker in gateway.status().workers}
        for number, jump in enumerate(("+0", "+400d", "-400d", "+0")):
            offset.write_text(f"{jump}\n")
            time.sleep(1.2)
            assert client.get(f"http://{number}.bet.test:{world.http.port}/").status == 403
        time.sleep(1.2)
        assert {worker.pid for worker in gateway.status().workers} == pids
        years = {row.host: int(row.at[:4]) for row in gateway.decisions("final")}
    finally:
        gateway.stop()
        shutil.rmtree(state)
    this_year = time.gmtime().tm_year
    assert len(years) == 4
    assert max(years.values()) > this_year > min(years.values())
