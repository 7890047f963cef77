"""The origin, the proxies and the load as processes, and what each costs."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.load.generator import Count, Job
from benchmarks.load.scale import TUNNELLED
from tests.journeys.harness.certificates import OriginAuthority
from tests.journeys.harness.gateway import Gateway, eventually

HOSTS = tuple(f"www{number}.load.test" for number in range(32))
_TICKS = os.sysconf("SC_CLK_TCK")

# mitmdump as it is installed, but that names lead to this machine, as /etc/hosts could make them.
_STOCK = """
import socket, sys
stock = socket.getaddrinfo
def here(host, *rest, **more):
    name = host.decode() if isinstance(host, bytes) else host
    return stock("127.0.0.1" if name and name.endswith(".test") else host, *rest, **more)
socket.getaddrinfo = here
from mitmproxy.tools.main import mitmdump
mitmdump(sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the origins listen."""

    http: int
    https1: int
    https2: int


@dataclass(frozen=True, slots=True)
class Machines:
    """What every proxy under test is put in front of."""

    authority: OriginAuthority
    ports: Ports
    hosts_file: Path


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy under test: where it listens, whom its clients trust, which processes carry."""

    name: str
    port: int
    ca_file: Path | None
    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    count: Count
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.count.answers / self.count.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU an answer."""
        return self.cpu_seconds / max(self.count.answers, 1) * 1e6


@contextmanager
def machines(folder: Path) -> Iterator[Machines]:
    """Origins on a core of their own, apart from the proxy's."""
    authority = OriginAuthority(folder)
    hosts = folder / "hosts"
    hosts.write_text("".join(f"127.0.0.1 {host}\n" for host in (*HOSTS, TUNNELLED)))
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.origin", str(authority.issue(*HOSTS, TUNNELLED))],
        stdout=subprocess.PIPE,
        text=True,
    )
    with _ended(process):
        assert process.stdout is not None
        ports = Ports(**json.loads(process.stdout.readline()))
        apart([process.pid], proxy=False)
        yield Machines(authority, ports, hosts)


@contextmanager
def stock_proxy(world: Machines, folder: Path) -> Iterator[Proxy]:
    """`mitmdump -q` with its default options, and the origins' authority among those it trusts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "confdir": folder / "mitmproxy",
        "ssl_verify_upstream_trusted_ca": world.authority.ca_file,
    }
    arguments = [argument for item in options.items() for argument in ("--set", "=".join(map(str, item)))]
    arguments += ["--listen-host", "127.0.0.1", "--listen-port", str(port)]
    process = subprocess.Popen([sys.executable, "-c", _STOCK, "-q", *arguments])
    with _ended(process):
        eventually(lambda: _listens(port), within=30)
        apart([process.pid], proxy=True)
        yield Proxy("mitmdump -q", port, folder / "mitmproxy" / "mitmproxy-ca-cert.pem", (process.pid,))


@contextmanager
def lean_proxy(world: Machines, name: str, *more: str) -> Iterator[Proxy]:
    """A lean Master without filter and log (`lean.py`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.lean", str(world.hosts_file), *more],
        stdout=subprocess.PIPE,
        text=True,
    )
    with _ended(process):
        assert process.stdout is not None
        port = int(process.stdout.readline())
        apart([process.pid], proxy=True)
        yield Proxy(name, port, None, (process.pid,))


@contextmanager
def our_proxy(world: Machines, state: Path) -> Iterator[tuple[Proxy, Gateway]]:
    """The gateway with one worker."""
    gateway = Gateway(state, settings_of(world)).start()
    try:
        pid = gateway.worker().pid
        apart([pid], proxy=True)
        apart([keeper_pid(gateway)], proxy=False)
        yield Proxy("sluicegate", gateway.proxy[1], gateway.ca_file, (pid,)), gateway
    finally:
        gateway.stop()


def settings_of(world: Machines, workers: int = 1) -> dict[str, dict[str, object]]:
    """What a gateway must be told to reach the origins."""
    return {
        "gateway": {"workers": workers, "drain_seconds": 1},
        "destinations": {
            "hosts_file": str(world.hosts_file),
            "ca_file": str(world.authority.ca_file),
            "inner": ["127.0.0.0/8"],
        },
        "limits": {"connect_ports": [world.ports.https1, world.ports.https2]},
    }


def keeper_pid(gateway: Gateway) -> int:
    """The process that writes to the database, once it has said so."""

    def alive() -> int:
        # Until ours speaks there is nothing, or what an earlier gateway's keeper said.
        said = gateway.state / "run" / "keeper.json"
        pid = int(json.loads(said.read_text())["pid"]) if said.exists() else 0
        return pid if Path(f"/proc/{pid}").exists() else 0

    return eventually(alive)


def measure(proxy: Proxy, job: Job) -> Measured:
    """Put load on a proxy; what its carrying processes used meanwhile."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.generator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with _ended(process):
        apart([process.pid], proxy=False)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
        assert process.stdout.readline() == "begin\n", "the load could not begin"
        before = cpu_seconds(proxy.pids)
        assert process.stdout.readline() == "end\n"
        used = cpu_seconds(proxy.pids) - before
        return Measured(Count(**json.loads(process.stdout.readline())), used)


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes since they began."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def memory(pid: int) -> dict[str, int]:
    """`smaps_rollup` of a process, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines)}


def apart(pids: Iterable[int], *, proxy: bool) -> None:
    """The proxy on the first core, everything else on the others, so that neither slows the other."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores[:1] if proxy else cores[1:])


@contextmanager
def _ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
