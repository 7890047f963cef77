"""The way past a dead gateway, in network namespaces: what it opens, writes down, and closes."""

import json
import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from console.cli.bypass_records import read_bypasses
from tests.journeys.harness.namespaces import ORIGIN, OUTSIDE, Namespace, Network, network

SCRIPT = Path(__file__).parents[2] / "deploy" / "nftables" / "sluicegate-bypass"
WHY = ("--because", "it does not start, ticket 4711\nclosed 2020-01-01T00:00:00Z")


class Origin:
    """Says to whoever connects which address they came from, and keeps the connection."""

    def __init__(self, within: Namespace) -> None:
        self._listening: list[socket.socket] = []
        for address in ORIGIN:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            listening = within.call(partial(socket.socket, family))
            listening.bind((address, 80))
            listening.listen()
            self._listening.append(listening)
            threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def _serve(self, listening: socket.socket) -> None:
        try:
            while True:
                accepted, whence = listening.accept()
                threading.Thread(target=self._answer, args=(accepted, whence[0]), daemon=True).start()
        except OSError:
            pass  # closed

    def _answer(self, accepted: socket.socket, whence: str) -> None:
        with accepted:
            while accepted.recv(100):
                accepted.sendall(whence.encode())

    def close(self) -> None:
        for listening in self._listening:
            listening.close()


@pytest.fixture(scope="module")
def machines() -> Iterator[Network]:
    """Clients behind the shipped rules, and a gateway that nobody has started."""
    with network() as made:
        made.filter()
        origin = Origin(made.origin)
        yield made
        origin.close()


@pytest.fixture
def records(tmp_path: Path, machines: Network) -> Iterator[Path]:
    yield tmp_path / "records"
    bypass(machines, tmp_path, "close", check=False)


def bypass(machines: Network, records: Path, *arguments: str, check: bool = True) -> tuple[int, str]:
    done = machines.gateway.run("bash", str(SCRIPT), *arguments, "--records", str(records), check=check)
    return done.returncode, done.stdout + done.stderr


def reach(machines: Network, address: str) -> socket.socket | None:
    """A connection of the client's to that origin, if it gets one."""

    def connect() -> socket.socket | None:
        try:
            return socket.create_connection((address, 80), timeout=0.5)
        except OSError:
            return None

    return machines.client.call(connect)


def says(connection: socket.socket) -> str | None:
    """What the origin says on it, None where nothing comes through any more."""
    connection.settimeout(1)
    try:
        connection.sendall(b"?")
        return connection.recv(100).decode()
    except OSError:
        return None


def is_told(connection: socket.socket) -> bool:
    """Whether whoever goes on is told at once that it is over; a browser that is not told waits."""
    connection.settimeout(1)
    try:
        connection.sendall(b"?")
        connection.recv(100)
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return False


def test_it_opens_the_way_for_a_while_and_closing_it_ends_what_it_carried(
    machines: Network, records: Path
) -> None:
    assert [reach(machines, address) for address in ORIGIN] == [None, None]
    _, told = bypass(machines, records, "open", "--for", "30m", *WHY)
    assert "NOTHING is held back" in told
    connections = [reach(machines, address) for address in ORIGIN]
    for connection, outside in zip(connections, OUTSIDE, strict=True):
        assert connection is not None
        assert says(connection) == outside, "under the gateway's address"
    assert "NOTHING is held back" in bypass(machines, records, "status")[1]
    bypass(machines, records, "close")
    assert [is_told(connection) for connection in connections if connection] == [True, True]
    assert [reach(machines, address) for address in ORIGIN] == [None, None]
    assert bypass(machines, records, "status")[1] == "not open\n"


def test_the_kernel_ends_it_though_everybody_has_forgotten(machines: Network, records: Path) -> None:
    bypass(machines, records, "open", "--for", "60m", *WHY)
    for name in ("emergency4", "emergency6"):
        listed = machines.gateway.run("nft", "-j", "list", "set", "inet", "sluicegate", name).stdout
        [element] = json.loads(listed)["nftables"][1]["set"]["elem"]
        assert element["elem"]["timeout"] == 3600
        assert 3590 < element["elem"]["expires"] <= 3600


def test_who_when_and_why_is_written_down_for_the_gateway_to_read(machines: Network, records: Path) -> None:
    bypass(machines, records, "open", "--for", "5m", *WHY)
    [opened] = read_bypasses(records)
    assert (opened.ended - opened.begins).total_seconds() == 300, "a reason cannot close it"
    assert opened.because == "it does not start, ticket 4711 closed 2020-01-01T00:00:00Z"
    assert opened.account
    bypass(machines, records, "close")
    [closed] = read_bypasses(records)
    assert closed.id == opened.id
    assert (closed.ended - closed.begins).total_seconds() < 60
    [file] = records.iterdir()
    assert file.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        pytest.param((), 2, "open, close or status", id="nothing"),
        pytest.param(("open", "--for", "30m"), 2, "--because", id="no-reason"),
        pytest.param(("open", "--for", "30m", "--because", " "), 2, "--because", id="empty-reason"),
        pytest.param(("open", *WHY), 2, "1m to 60m", id="no-length"),
        pytest.param(("open", "--for", "61m", *WHY), 2, "1m to 60m", id="too-long"),
        pytest.param(("open", "--for", "0m", *WHY), 2, "1m to 60m", id="too-short"),
        pytest.param(("open", "--for", "9m; id", *WHY), 2, "1m to 60m", id="more-than-a-number"),
        pytest.param(
            (
                "open",
                "--everything",
            ),
            2,
            "no such option",
            id="unknown",
        ),
        pytest.param(("close",), 1, "not open", id="nothing-to-close"),
    ],
)
def test_what_is_not_fit_opens_nothing(
    machines: Network, records: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended, told = bypass(machines, records, *arguments, check=False) if arguments else _bare(machines)
    assert (ended, says in told) == (code, True), told
    assert not records.exists()


def _bare(machines: Network) -> tuple[int, str]:
    done = machines.gateway.run("bash", str(SCRIPT), check=False)
    return done.returncode, done.stdout + done.stderr


def test_it_is_not_opened_twice_nor_where_nobody_is_led_to_a_gateway(
    machines: Network, records: Path
) -> None:
    bypass(machines, records, "open", "--for", "5m", *WHY)
    assert bypass(machines, records, "open", "--for", "5m", *WHY, check=False)[1].endswith("close it first\n")
    elsewhere = machines.client.run("bash", str(SCRIPT), "open", "--for", "5m", *WHY, check=False)
    assert "not in force here" in elsewhere.stderr


def test_what_cannot_be_written_down_is_not_opened(machines: Network, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    code, told = bypass(machines, blocked, "open", "--for", "5m", *WHY, check=False)
    assert (code, "nothing is open" in told) == (1, True)
    assert reach(machines, ORIGIN[0]) is None
