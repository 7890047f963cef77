"""
How many workers, cores and how much memory and disk does an organisation of N people need?

Replays the real requests of `.data/urls/typed_requests.dev.jsonl` through the gateway, over loopback, into a
real PostgreSQL, with few and with many requests to a connection; from the two follow what a request and what
a new HTTPS connection cost, in the same run. The rest is arithmetic over the assumptions below, which are
printed: put your own in their place. The load shares the machine with the gateway, so rates say little here:
CPU time is counted.

    python -m benchmarks.sizing [--people 3000] [--json] [--data DATA_FOLDER]
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from benchmarks.load.machines import (
    HOSTS,
    Machines,
    apart,
    cpu_seconds,
    keeper_pid,
    machines,
    memory,
    settings_of,
)
from benchmarks.load.morning import Done, Morning
from benchmarks.load.scale import DATA, scale_state
from console.cli.progress import progress
from db.frames import count_frames
from policy.document import SHIPPED as SHIPPED_POLICY
from policy.document import read_policy
from tests.journeys.harness.clients import Line
from tests.journeys.harness.gateway import Gateway
from tests.postgres import PostgresServer

ROUNDS = 3
FEW, MANY = 2, 20
IDLE = 200
_TABLES = "decision", "outcome"
# A tunnel is an exchange of its own: one Decision, one Outcome, of this class.
TUNNELS, TUNNEL_ROWS = "other", 2


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What cannot be measured here. Each says where it is from; change what you know better."""

    online: float = 0.8  # of the people, at their desks in the busy hour
    pages_an_hour: float = 25  # a person; a proxy's own log tells yours
    requests_a_page: float = 40  # HTTP Archive's median desktop page asks 71 times; caches answer the rest
    background_an_hour: float = 300  # a person's programs: mail, chat, updates, telemetry
    requests_a_connection: float = 6  # 71 requests over some 12 connections, HTTP Archive again
    peak: float = 2.0  # the busiest minute over the mean of its hour
    never_decrypted: float = 0.1  # of the connections: counted like any other, which is on the safe side
    busy_hours_a_day: float = 6  # a day is this many busy hours
    working_days_a_month: float = 21
    most_busy: float = 0.6  # of a worker's core in the busiest minute; above it people wait in a queue
    open_connections: float = 12  # a person's, kept by browser and programs, most of them idle


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, medians of the rounds."""

    request_us: float
    connection_us: float
    keeper_us: float  # of the keeper, a row
    two_workers: float  # CPU of a request with two workers over that with one
    worker_bytes: float  # Private_Dirty of a busy worker
    shared_bytes: float  # supervisor, keeper and what the workers share
    idle_bytes: float  # of one open, idle, intercepted connection
    spool_bytes: float  # a row
    database_bytes: dict[str, float]  # a row and its share of the indexes, by retention class
    rows: dict[str, float]  # a request, by retention class; without those of its tunnel


@dataclass(frozen=True, slots=True)
class Needs:
    """What an organisation needs."""

    requests_a_second: float
    connections_a_second: float
    workers: int
    cores: int
    client_connections: int  # limits.client_connections, a worker
    keeper_cores: float  # in the busiest minute; it is one process
    memory_bytes: float
    database_a_day: dict[str, float]
    database_a_month: dict[str, float]
    database_at_rest: dict[str, float]  # when each class is kept for as long as the shipped policy says
    spool_an_hour: float


def needs(people: int, costs: Costs, given: Assumptions) -> Needs:
    """Pure arithmetic."""
    hourly = people * given.online * (given.pages_an_hour * given.requests_a_page + given.background_an_hour)
    requests = hourly / 3600 * given.peak
    connections = requests / given.requests_a_connection
    busy = (requests * costs.request_us + connections * costs.connection_us) / 1e6
    workers = max(2, math.ceil(busy * max(costs.two_workers, 1.0) / given.most_busy))
    kept = people * given.online * given.open_connections
    rows = dict(costs.rows)
    rows[TUNNELS] = rows.get(TUNNELS, 0.0) + TUNNEL_ROWS / given.requests_a_connection
    daily = {
        name: hourly * given.busy_hours_a_day * number * costs.database_bytes[name]
        for name, number in rows.items()
    }
    monthly = {name: size * given.working_days_a_month for name, size in daily.items()}
    days = {name.value: record.keep_days for name, record in read_policy(SHIPPED_POLICY).records.items()}
    keeper = requests * sum(rows.values()) * costs.keeper_us / 1e6
    return Needs(
        requests_a_second=requests,
        connections_a_second=connections,
        workers=workers,
        # One for the keeper, and what the system does: accepting, TCP, the disk.
        cores=workers + 2,
        # One worker may be gone, and the others have its people.
        client_connections=math.ceil(kept / (workers - 1) / 100) * 100,
        keeper_cores=keeper,
        memory_bytes=costs.shared_bytes + workers * costs.worker_bytes + kept * costs.idle_bytes,
        database_a_day=daily,
        database_a_month=monthly,
        database_at_rest={name: size / 30 * days[name] for name, size in monthly.items()},
        spool_an_hour=hourly * given.peak * sum(rows.values()) * costs.spool_bytes,
    )


def main(people: int, data: Path, as_json: bool) -> int:
    """Measure, reckon, print."""
    costs = measured(data)
    given = Assumptions()
    found = needs(people, costs, given)
    if as_json:
        print(
            json.dumps(
                {
                    "people": people,
                    "assumptions": asdict(given),
                    "measured": asdict(costs),
                    "needs": asdict(found),
                }
            )
        )
    else:
        report(people, costs, given, found)
    return 0


def real_requests(data: Path) -> tuple[tuple[str, str], ...]:
    """Target and kind of each real request, in the order they were made. Longer than 2 kB is left out."""
    lines = (data / "urls" / "typed_requests.dev.jsonl").read_text("utf-8").splitlines()
    found = []
    for row in map(json.loads, lines):
        parts = urlsplit(row["url"])
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if (
            parts.scheme in {"http", "https"}
            and target.isascii()
            and target.isprintable()
            and " " not in target
        ):
            found.append((target, row["type"]))
    return tuple((target, kind) for target, kind in found if len(target) < 2048)


def measured(data: Path) -> Costs:
    """Run it."""
    state, requests = scale_state(data), real_requests(data)
    with (
        tempfile.TemporaryDirectory() as temporary,
        machines(Path(temporary)) as world,
        PostgresServer() as postgres,
        postgres.database() as name,
        progress() as say,
    ):
        url = postgres.url(name)
        with running(world, state, url, workers=1) as gateway:
            runs: defaultdict[int, list[tuple[Done, float]]] = defaultdict(list)
            keeper = keeper_pid(gateway)
            kept_before = cpu_seconds([keeper])
            for number in range(ROUNDS):
                for to_a_connection in (FEW, MANY):
                    say("one worker", number, ROUNDS + 2)
                    runs[to_a_connection].append(run(gateway, world, requests, to_a_connection))
            say("waiting for the database", ROUNDS, ROUNDS + 2)
            worker = memory(gateway.worker().pid)
            spooled = carried_bytes(gateway)
            gateway.shipped(within=120)
            kept = cpu_seconds([keeper]) - kept_before
            shared = sum(memory(pid)["Private_Dirty"] for pid in (keeper, supervisor(gateway)))
            shared += worker["Shared_Clean"] + worker["Shared_Dirty"]
            idle = idle_bytes(gateway, world)
            sizes, rows = in_database(url)
        with running(world, state, url, workers=2) as gateway:
            say("two workers", ROUNDS + 1, ROUNDS + 2)
            two = [run(gateway, world, requests, MANY) for _ in range(ROUNDS)]
    each = {
        kind: statistics.median(cpu / done.requests for done, cpu in found) for kind, found in runs.items()
    }
    ratio = {
        kind: statistics.median(done.connections / done.requests for done, _ in found)
        for kind, found in runs.items()
    }
    connection = (each[FEW] - each[MANY]) / (ratio[FEW] - ratio[MANY])
    request = each[MANY] - connection * ratio[MANY]
    both = statistics.median(cpu / done.requests for done, cpu in two)
    total = sum(rows.values())
    rows[TUNNELS] -= TUNNEL_ROWS * sum(done.connections for found in runs.values() for done, _ in found)
    return Costs(
        request_us=request * 1e6,
        connection_us=connection * 1e6,
        keeper_us=kept / total * 1e6,
        two_workers=both / each[MANY],
        worker_bytes=worker["Private_Dirty"],
        shared_bytes=shared,
        idle_bytes=idle,
        spool_bytes=spooled,
        database_bytes=sizes,
        # Warming up is recorded too, and not counted: of each class as many as there are requests of it.
        rows={name: 2 * number / sum(rows.values()) for name, number in rows.items()},
    )


@contextmanager
def running(world: Machines, state: Path, url: str, workers: int) -> Iterator[Gateway]:
    """The gateway over PostgreSQL, each worker on the first core, all else beside it."""
    settings = settings_of(world, workers)
    settings["database"] = {"url": url.replace("postgresql://", "postgresql+psycopg://")}
    gateway = Gateway(state, settings)
    gateway.write_settings()
    gateway.command("db", "upgrade")
    gateway.start()
    try:
        if workers == 1:
            apart([gateway.worker().pid], proxy=True)
            apart([keeper_pid(gateway)], proxy=False)
        yield gateway
    finally:
        gateway.stop()


def run(
    gateway: Gateway, world: Machines, requests: Sequence[tuple[str, str]], to_a_connection: int
) -> tuple[Done, float]:
    """One run: what was done, and the workers' CPU seconds meanwhile."""
    job = Morning(
        proxy_port=gateway.proxy[1],
        port=world.ports.https1,
        hosts=HOSTS,
        ca_file=str(gateway.ca_file),
        requests=tuple(requests),
        to_a_connection=to_a_connection,
    )
    pids = [worker.pid for worker in gateway.status().workers]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.morning"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    apart([process.pid], proxy=False)
    process.stdin.write(json.dumps(asdict(job)))
    process.stdin.close()
    assert process.stdout.readline() == "begin\n", "the load could not begin"
    before = cpu_seconds(pids)
    assert process.stdout.readline() == "end\n"
    used = cpu_seconds(pids) - before
    done = Done(**json.loads(process.stdout.readline()))
    process.wait()
    assert done.requests, "nothing was answered"
    assert done.wrong < done.requests / 1000 + 1, f"{done.wrong} of {done.requests} were wrong"
    return done, used


def supervisor(gateway: Gateway) -> int:
    """Its process."""
    assert gateway.process is not None
    return gateway.process.pid


def carried_bytes(gateway: Gateway) -> float:
    """Bytes a record takes in the spool: of a whole segment, shipped or not."""
    sizes = []
    for segment in (gateway.state / "spool").glob("slot-*/*.spool"):
        records, length = count_frames(segment.read_bytes())
        if records:
            sizes.append(length / records)
    return statistics.mean(sizes) if sizes else 0.0


def idle_bytes(gateway: Gateway, world: Machines) -> float:
    """What an open, intercepted, idle connection takes."""
    pid = gateway.worker().pid
    client = gateway.client()
    before = memory(pid)["Private_Dirty"]
    lines: list[Line] = []
    for number in range(IDLE):
        lines.append(client.tls(HOSTS[number % len(HOSTS)], world.ports.https1))
    after = memory(pid)["Private_Dirty"]
    for line in lines:
        line.close()
    return (after - before) / IDLE


def in_database(url: str) -> tuple[dict[str, float], dict[str, float]]:
    """By retention class: bytes a row with its indexes, and rows."""
    size: defaultdict[str, float] = defaultdict(float)
    rows: defaultdict[str, float] = defaultdict(float)
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(f"ANALYZE {table}")
            leaves = connection.execute(
                "SELECT relid::text, pg_total_relation_size(relid) FROM pg_partition_tree(%s::regclass) "
                "WHERE isleaf",
                (table,),
            ).fetchall()
            for leaf, held in leaves:
                found = connection.execute(
                    f"SELECT retention_class, count(*) FROM {leaf} GROUP BY 1"  # noqa: S608 (from the catalogue)
                ).fetchall()
                for name, number in found:
                    rows[name] += number
                    size[name] += held / len(found)
    return {name: size[name] / rows[name] for name in rows}, dict(rows)


def report(people: int, costs: Costs, given: Assumptions, found: Needs) -> None:
    """The tables."""
    print(f"{people:,} people\n\nassumed (benchmarks/sizing.py says from where)")
    for name, value in asdict(given).items():
        print(f"  {name.replace('_', ' '):<28}{value:>10g}")
    print("\nmeasured")
    print(f"  a request                   {costs.request_us:>10,.0f} µs of a worker's CPU")
    print(f"  a new HTTPS connection      {costs.connection_us:>10,.0f} µs")
    print(f"  the keeper, a row           {costs.keeper_us:>10,.0f} µs")
    print(f"  two workers for one         {costs.two_workers:>10.2f} times the CPU of a request (1: no loss)")
    print(f"  a busy worker               {costs.worker_bytes / 1e6:>10,.0f} MB of its own")
    print(f"  all else                    {costs.shared_bytes / 1e6:>10,.0f} MB")
    print(f"  an open, idle connection    {costs.idle_bytes / 1e3:>10,.0f} kB")
    print(f"  the spool, a row            {costs.spool_bytes:>10,.0f} bytes")
    for name, size in sorted(costs.database_bytes.items()):
        print(f"  rows of class {name:<14}{size:>10,.0f} bytes, {costs.rows[name]:.2f} a request")
    print("\nneeded")
    print(
        f"  {found.requests_a_second:,.0f} requests and {found.connections_a_second:,.0f} new connections ",
        end="",
    )
    print("a second in the busiest minute")
    print(f"  {found.workers} workers, {found.cores} cores, {found.memory_bytes / 1e9:.1f} GB of memory")
    print(f"  gateway.workers = {found.workers}, limits.client_connections = {found.client_connections}")
    print(
        f"  the keeper is one process and needs {found.keeper_cores:.2f} of a core in the busiest minute; ",
        end="",
    )
    print("above 1 the spool\n  grows and is emptied after it")
    print(f"\n  {'database, GB':<18}{'a day':>8}{'a month':>10}{'in the long run':>18}")
    for name, size in sorted(found.database_a_month.items()):
        day, rest = found.database_a_day[name], found.database_at_rest[name]
        print(f"  {name:<18}{day / 1e9:>8.1f}{size / 1e9:>10.1f}{rest / 1e9:>18.1f}")
    parts = (found.database_a_day, found.database_a_month, found.database_at_rest)
    day, month, rest = (sum(part.values()) / 1e9 for part in parts)
    print(f"  {'together':<18}{day:>8.1f}{month:>10.1f}{rest:>18.1f}\n")
    print(f"  spool for an hour without the database: {found.spool_an_hour / 1e9:.1f} GB, all slots together")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    chosen = parser.parse_args()
    sys.exit(main(chosen.people, chosen.data, chosen.json))
