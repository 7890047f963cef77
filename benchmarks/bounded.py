"""
What can one client or origin make a worker hold in memory?

Each case in a gateway of its own, first in small, then in large; printed is how far the worker's anonymous
memory rose above what it was in between, at its highest.

    python -m benchmarks.bounded
"""

import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.frames import END_HEADERS, END_STREAM, HEADERS, frame, literal, opening
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.clients import exchange
from tests.journeys.harness.gateway import Gateway, make_state
from tests.journeys.harness.origins import Origin, running_origins

MB = 1_000_000
MOST_MORE = 30 * MB
PIECE = bytes(65536)
LISTS = {"gambling": ["bet.test"], "privileged": ["union.test"]}
NAMES = ("allowed.test", "bet.test", "union.test")


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway and what it leads to."""

    gateway: Gateway
    authority: OriginAuthority
    http: Origin
    https: Origin


def upload_to_a_blocked_host(place: Place, size: int) -> None:
    """The page comes at once; the client sends all of it before it looks."""
    line = place.gateway.client().line()
    host = f"bet.test:{place.http.port}"
    line.send(f"POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n".encode())
    sent = 0
    while sent < size:
        line.send(PIECE[: size - sent])
        sent += len(PIECE)
    answer = line.read_answer()
    assert answer is not None
    assert answer.status == 403
    line.close()
    assert not [host for _, host, _ in place.http.seen.requests if host.startswith("bet.test")]


def http2_client_that_stops_reading(place: Place, size: int) -> None:
    """It has said that it takes two gigabytes, takes a kilobyte, and keeps the connection."""
    line = place.gateway.client().tls("allowed.test", place.https.port, http2=True)
    fields = b"\x82\x87" + literal(":authority", f"allowed.test:{place.https.port}")
    fields += literal(":path", f"/bytes/{size}")
    line.send(opening(client=True) + frame(HEADERS, END_HEADERS | END_STREAM, 1, fields))
    line.some(1024)
    time.sleep(6.0 if size > MB else 0.5)
    # It was there all the time: what it takes now, it gets.
    taken = 0
    while taken < min(size, 20 * MB):
        taken += len(line.some())
    line.close()


def websocket(place: Place, size: int) -> None:
    """Both ways, in messages of 64 KiB."""
    socket = place.gateway.client().websocket(f"wss://allowed.test:{place.https.port}/flood/{size // 2}")
    received = 0
    while received < size // 2:
        message = socket.receive()
        assert message is not None
        received += len(message)
    for _ in range(size // 2 // len(PIECE)):
        socket.send(PIECE)
    socket.close()
    assert place.https.seen.body_bytes >= size // 2 // len(PIECE) * len(PIECE)


def tunnel(place: Place, size: int) -> None:
    """A host that is not decrypted."""
    line = place.gateway.client().tls("union.test", place.https.port, trust=place.authority.ca_file)
    line.send(f"GET /bytes/{size} HTTP/1.1\r\nHost: union.test\r\n\r\n".encode())
    head = line.until(b"\r\n\r\n")
    assert b" 200 " in head
    received = 0
    while received < size:
        received += len(line.some())
    line.close()


def header(place: Place, size: int) -> None:
    """One field that does not end."""
    line = place.gateway.client().line()
    line.send(f"GET http://allowed.test:{place.http.port}/ HTTP/1.1\r\nHost: allowed.test\r\nX: ".encode())
    with contextlib.suppress(OSError):
        for _ in range(max(size // len(PIECE), 1)):
            line.send(b"x" * len(PIECE))
        line.send(b"\r\n\r\n")
        line.read_answer()
    line.close()


CASES: dict[str, tuple[Callable[[Place, int], None], int]] = {
    "500 MB upload to a blocked host": (upload_to_a_blocked_host, 500 * MB),
    "HTTP/2 client that stops reading a 500 MB file": (http2_client_that_stops_reading, 500 * MB),
    "WebSocket, 200 MB": (websocket, 200 * MB),
    "tunnel that is not decrypted, 200 MB": (tunnel, 200 * MB),
    "100 MB header": (header, 100 * MB),
}


def main() -> int:
    """Print the table; 1 when the budget is not held."""
    print(f"{'':<50}{'more':>10}{'after':>10}{'seconds':>10}   budget {MOST_MORE // MB} MB")
    held = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        state = make_state(folder / "state", LISTS)
        for name, (case, size) in CASES.items():
            with place_of(state, folder) as place:
                more, after, took = rise(place, case, size)
            held_here = more < MOST_MORE
            held = held and held_here
            print(
                f"{name:<50}{more / MB:>7.1f} MB{after / MB:>7.1f} MB{took:>10.1f}   "
                f"{'held' if held_here else 'NOT HELD'}"
            )
    return 0 if held else 1


@contextlib.contextmanager
def place_of(state: Path, folder: Path) -> Iterator[Place]:
    """A gateway with one worker and origins behind it."""
    authority = OriginAuthority(folder)
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in NAMES))
    with running_origins() as origins:
        https = origins.https(authority.issue(*NAMES), http2=True)
        settings: dict[str, dict[str, object]] = {
            "gateway": {"workers": 1, "drain_seconds": 1},
            "destinations": {
                "hosts_file": str(hosts),
                "ca_file": str(authority.ca_file),
                "inner": ["127.0.0.0/8"],
            },
            "limits": {"connect_ports": [https.port]},
        }
        gateway = Gateway(state, settings).start()
        try:
            yield Place(gateway, authority, origins.http(), https)
        finally:
            gateway.stop()


def rise(place: Place, case: Callable[[Place, int], None], size: int) -> tuple[int, int, float]:
    """Bytes above the beginning at the highest and at the end, and seconds."""
    pid = place.gateway.worker().pid
    for _ in range(3):
        case(place, 100_000)
    line = place.gateway.client().line()
    exchange(line, "GET", f"http://allowed.test:{place.http.port}/", f"allowed.test:{place.http.port}")
    line.close()
    time.sleep(0.5)
    before = anonymous(pid)
    highest = before
    over = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.01):
            highest = max(highest, anonymous(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.monotonic()
    try:
        case(place, size)
        took = time.monotonic() - began
        time.sleep(0.3)
    finally:
        over.set()
        watching.join()
    assert place.gateway.worker().pid == pid, "the worker died of it"
    return highest - before, anonymous(pid) - before, took


def anonymous(pid: int) -> int:
    """Bytes of memory that are no file's."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


if __name__ == "__main__":
    sys.exit(main())
