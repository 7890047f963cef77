"""
What becomes of a gateway that reaches the memory it may have?

The whole gateway in a control group (version 1 or 2 of cgroup) that may hold a little more than it does,
as `MemoryMax` in its unit has it; then hundreds of clients download and do not read. Printed is whom the
kernel ended, how long nobody answered beside it, and whether everything that was answered is on record.

    python -m benchmarks.memory_limit        # as root
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.bounded import LISTS, MB
from tests.journeys.harness.gateway import Gateway, eventually, make_state
from tests.journeys.harness.origins import running_origins

ROOT = Path("/sys/fs/cgroup")
READERS = 300
MORE = 30 * MB
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Group:
    """A control group of either version, as far as its memory goes."""

    folder: Path
    limit: Path
    usage: Path
    events: Path  # where "oom_kill N" stands


@contextmanager
def group() -> Iterator[Group]:
    """One of our own. Raises `OSError` where none can be made."""
    second = (ROOT / "cgroup.controllers").exists()
    folder = (ROOT if second else ROOT / "memory") / "sluicegate-memory-limit"
    if second:
        (ROOT / "cgroup.subtree_control").write_text("+memory")
    folder.mkdir()
    try:
        if second:
            yield Group(folder, folder / "memory.max", folder / "memory.current", folder / "memory.events")
        else:
            limit, usage = folder / "memory.limit_in_bytes", folder / "memory.usage_in_bytes"
            yield Group(folder, limit, usage, folder / "memory.oom_control")
    finally:
        eventually(lambda: not (folder / "cgroup.procs").read_text(), what="the end of its processes")
        folder.rmdir()


def main() -> int:
    """Print what was seen; 1 when something other than a worker was ended, or an answer is not on record."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(running_origins()).http().port
        ours = stack.enter_context(group())
        gateway = start(folder, ours)
        stack.callback(gateway.stop)
        ours.limit.write_text(str(int(ours.usage.read_text()) + MORE))
        return look_at(gateway, ours, port)


def start(folder: Path, ours: Group) -> Gateway:
    """A gateway with two workers, all of it in the group."""
    (folder / "hosts").write_text("127.0.0.1 allowed.test\n")
    settings: dict[str, dict[str, object]] = {
        "gateway": {"workers": 2, "drain_seconds": 1},
        "destinations": {"hosts_file": str(folder / "hosts"), "inner": ["127.0.0.0/8"]},
    }
    enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(ours.folder)]
    return Gateway(make_state(folder / "state", LISTS), settings, wrap=enter).start()


def look_at(gateway: Gateway, ours: Group, port: int) -> int:
    """Let the memory be used up, and ask small things all the while."""
    client, authority, numbers = gateway.client(), f"allowed.test:{port}", count()
    answered: set[str] = set()
    failed, last, longest = 0, time.monotonic(), 0.0
    with ExitStack() as stack:
        for _ in range(READERS):
            line = client.line()
            stack.callback(line.close)
            line.send(f"GET http://{authority}/bytes/50000000 HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            path = f"/{next(numbers)}"
            try:
                client.get(f"http://bet.test{path}")
            except ConnectionError:
                failed += 1
                continue
            answered.add(path)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
            time.sleep(0.02)
    gateway.wait_for_beat()
    killed = int(ours.events.read_text().rpartition("oom_kill ")[2].split()[0])
    deaths = gateway.status().deaths
    missing = answered - {row.path for row in gateway.decisions("host = 'bet.test'")}
    print(f"the kernel ended {killed} processes, {deaths} of them workers")
    print(f"{len(answered)} requests answered beside it, {failed} cut off")
    print(f"longest without an answer: {longest:.1f} s")
    print(f"answered and not on record: {len(missing)}")
    return 0 if killed == deaths > 0 and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
