"""
What do 10,000 open, idle connections take, and how fast are they let in?

Two workers with room for 6,000 each, no more: of every kind so many connections, opened as fast as one
client can and then left alone; printed is what both workers' own memory (RssAnon) grew by, what that is for
one connection, and how many a second were open at the gateway. Opening those with TLS costs the client more
than the gateway, and they share the machine.

    python -m benchmarks.idle
"""

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.bounded import LISTS, anonymous
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.clients import exchange
from tests.journeys.harness.gateway import Gateway, eventually, make_state
from tests.journeys.harness.multitude import Multitude, allow_descriptors
from tests.journeys.harness.origins import running_origins

ROOM = 6000  # limits.client_connections, a worker
MANY, FEWER = 10_000, 1_000
MB = 1_000_000
MOST_BYTES = 200_000  # a connection, of whatever kind

type Opens = Callable[[Gateway, int], AbstractContextManager[object]]


@contextlib.contextmanager
def silent(gateway: Gateway, _port: int) -> Iterator[Multitude]:
    """Connections that never said a word."""
    with Multitude(gateway.proxy, MANY) as idle:
        while len(idle) < MANY:
            idle.look(0.05)
        yield idle


@contextlib.contextmanager
def kept(gateway: Gateway, _port: int) -> Iterator[None]:
    """Connections on which one plain request has been answered."""
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            line = gateway.client().line()
            stack.callback(line.close)
            answer = exchange(line, "GET", "http://bet.test/", "bet.test")
            assert answer is not None
            assert answer.status == 403
        yield


@contextlib.contextmanager
def intercepted(gateway: Gateway, port: int) -> Iterator[None]:
    """Connections with TLS to us, and to an origin that waits as well."""
    with contextlib.ExitStack() as stack:
        for _ in range(FEWER):
            line = gateway.client().tls("allowed.test", port)
            stack.callback(line.close)
            answer = exchange(line, "GET", "/", "allowed.test")
            assert answer is not None
            assert answer.status == 200
        yield


CASES: dict[str, tuple[Opens, int]] = {
    "silent": (silent, MANY),
    "kept after a plain request": (kept, MANY),
    "intercepted, origin kept too": (intercepted, FEWER),
}


def main() -> int:
    """Print the table; 1 when a connection takes more than it may."""
    allow_descriptors(MANY + 2 * FEWER)
    print(f"{'':<32}{'open':>8}{'let in':>12}{'more':>10}{'a connection':>15}")
    held = True
    with tempfile.TemporaryDirectory() as temporary, running_origins() as origins:
        folder = Path(temporary)
        authority = OriginAuthority(folder)
        port = origins.https(authority.issue("allowed.test")).port
        (folder / "hosts").write_text("127.0.0.1 allowed.test\n")
        state = make_state(folder / "state", LISTS)
        for name, (opens, count) in CASES.items():
            gateway = Gateway(state, settings(folder, authority, port)).start()
            try:
                rate, more = measure(gateway, opens, count, port)
            finally:
                gateway.stop()
            held = held and more / count < MOST_BYTES
            print(f"{name:<32}{count:>8}{rate:>10.0f}/s{more / MB:>7.0f} MB{more / count / 1000:>12.1f} kB")
    print(f"budget {MOST_BYTES // 1000} kB a connection: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1


def settings(folder: Path, authority: OriginAuthority, port: int) -> dict[str, dict[str, object]]:
    """Two workers with the limit raised."""
    return {
        "gateway": {"workers": 2, "drain_seconds": 1},
        "destinations": {
            "hosts_file": str(folder / "hosts"),
            "ca_file": str(authority.ca_file),
            "inner": ["127.0.0.0/8"],
        },
        "limits": {"connect_ports": [port], "client_connections": ROOM, "idle_seconds": 600.0},
    }


def measure(gateway: Gateway, opens: Opens, count: int, port: int) -> tuple[float, int]:
    """Connections let in a second, and bytes that both workers grew by."""
    pids = [worker.pid for worker in gateway.status().workers]
    gateway.client().get("http://bet.test/")
    before = sum(map(anonymous, pids))
    began = time.monotonic()
    with opens(gateway, port):
        took = time.monotonic() - began
        eventually(lambda: _open(gateway) >= count, what="letting them in")
        time.sleep(1.0)
        assert _open(gateway) == count, "some were closed"
        more = sum(map(anonymous, pids)) - before
    return count / took, more


def _open(gateway: Gateway) -> int:
    return sum(worker.connections for worker in gateway.status().workers)


if __name__ == "__main__":
    sys.exit(main())
