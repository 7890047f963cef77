"""
What do people, notices and exemptions cost a request?

Two gateways, alike but for their registers: one knows 10,000 people with two roles each, 10,000 devices,
50,000 acknowledgements and 2,000 exemptions, and whose request it is; the other knows nobody and nothing. One
worker each on the same core, in turns, for hosts of a category that is let through, so that exemptions are
looked up each time. Medians of CPU an answer. Beside it, what a worker spends when an acknowledgement or a
change of a register reaches it, and its memory.

    benchmarks/run people
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert

from addons.desk.presence_file import read_presence, write_presence
from benchmarks.load.generator import Job
from benchmarks.load.machines import (
    HOSTS,
    Machines,
    Measured,
    Proxy,
    apart,
    keeper_pid,
    machines,
    measure,
    memory,
    settings_of,
)
from db.actor import actor
from db.devices import DeviceEntry, DeviceStore
from db.engine import make_engine, writing
from db.exemption_rows import exemption_columns
from db.models import ExemptionRow
from db.people import PeopleStore
from db.people_models import AcknowledgementRow
from db.person_rows import PersonEntry
from db.presence import PresenceStore
from db.registers import RegisterStore
from db.settings import DatabaseSettings
from db.snapshot import read_snapshot, write_snapshot
from policy.document import read_policy
from policy.identifiers import new_reference, uuid7
from policy.registers import Exemption, GranteeKind, TargetKind
from policy.words import PersonHow
from tests.journeys.harness.gateway import Gateway, eventually, make_state

ROUNDS = 15
PEOPLE, DEVICES, ACKNOWLEDGEMENTS, EXEMPTIONS = 10_000, 10_000, 50_000, 2_000
BUDGET = 1.05
MOST_SECONDS = 0.25  # for a worker to take over presence or the registers
KNOWN, NOBODY = "with people", "without"
CATEGORY = "forums"  # let through by the shipped policy
KINDS = ("plain", "https1")
VISIT = {
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-User": "?1",
}


def main() -> int:
    """Print what it costs; 1 when a limit was passed."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        empty = make_state(folder / "empty", {CATEGORY: ["load.test"], "privileged": ["union.test"]})
        filled = folder / "filled"
        shutil.copytree(empty, filled, symlinks=True)
        engine = make_engine(DatabaseSettings(), filled)
        _fill(engine)
        taking = _taking_over(engine, folder)
        engine.dispose()
        world = running.enter_context(machines(folder))
        proxies = [
            running.enter_context(_gateway(world, state, what))
            for what, state in ((KNOWN, filled), (NOBODY, empty))
        ]
        runs: dict[tuple[str, str], list[Measured]] = {}
        for number in range(ROUNDS):
            for kind in KINDS:
                for proxy in proxies if number % 2 else proxies[::-1]:
                    runs.setdefault((kind, proxy.name), []).append(_run(world, proxy, kind))
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr)
        held = [_compare(kind, runs) for kind in KINDS]
        for proxy in proxies:
            private = sum(memory(pid)["Private_Dirty"] for pid in proxy.pids)
            print(f"memory of the worker's own, {proxy.name}: {private / 1e6:,.0f} MB")
    for what, seconds in taking.items():
        held.append(seconds <= MOST_SECONDS)
        print(f"{what}: {seconds * 1e3:,.0f} ms of a worker  {_held(held[-1])} ({MOST_SECONDS * 1e3:.0f} ms)")
    return 0 if all(held) else 1


def _fill(engine: Engine) -> None:
    now = datetime.now(UTC)
    people = [
        PersonEntry(
            "", f"person-{number}", unit=f"unit-{number % 100}", roles=(f"role-{number % 50}", "member")
        )
        for number in range(PEOPLE)
    ]
    PeopleStore(engine).enter(people, roles_until=now + timedelta(days=90), because="a benchmark")
    # The load comes from 127.0.0.1, which is the first one's.
    addresses = ["127.0.0.1", *(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(1, DEVICES))]
    devices = [
        DeviceEntry("", f"device-{number}", address, person=f"person-{number % PEOPLE}")
        for number, address in enumerate(addresses)
    ]
    DeviceStore(engine).enter(devices, because="a benchmark")
    notice = read_policy().notice
    assert notice is not None
    versions = ACKNOWLEDGEMENTS // PEOPLE
    with writing(engine) as connection:
        me = actor(connection)
        connection.execute(
            insert(AcknowledgementRow),
            [
                {
                    "id": uuid7(),
                    "organisation": "",
                    "person": f"person-{number}",
                    "version": notice.version if version == versions - 1 else f"old-{version}",
                    "how": PersonHow.DEVICE,
                    "policy": "00" * 32,
                    "at": now - timedelta(days=versions - version),
                    "actor": me,
                }
                for version in range(versions)
                for number in range(PEOPLE)
            ],
        )
        rows = [exemption_columns(_exemption(number, now, me)) | {"at": now} for number in range(EXEMPTIONS)]
        for columns in {tuple(row) for row in rows}:
            connection.execute(insert(ExemptionRow), [row for row in rows if tuple(row) == columns])


def _exemption(number: int, now: datetime, granter: str) -> Exemption:
    """A fifth each for persons, roles, units, networks and everyone; half for categories, half for hosts."""
    grantees = (
        (GranteeKind.PERSON, f"person-{number % 200}"),
        (GranteeKind.ROLE, f"role-{number % 50}"),
        (GranteeKind.UNIT, f"unit-{number % 100}"),
        (GranteeKind.NETWORK, f"10.{number % 200}.0.0/16"),
        (GranteeKind.EVERYONE, ""),
    )
    kind, grantee = grantees[number % len(grantees)]
    of_category = number // len(grantees) % 2 == 0
    return Exemption(
        id=new_reference(),
        grantee_kind=kind,
        grantee=grantee,
        kind=TargetKind.CATEGORY if of_category else TargetKind.HOST,
        target="social_media" if of_category else f"host-{number}.test",
        start=now,
        until=now + timedelta(days=30),
        purpose="a benchmark",
        granted_by=granter,
    )


def _taking_over(engine: Engine, folder: Path) -> dict[str, float]:
    """What a worker spends to read presence and the registers, and beside it who writes them."""
    store = PresenceStore(engine)
    presence, marker = store.load()
    registers, version = RegisterStore(engine).load()
    assert len(presence.acknowledged) == PEOPLE == len(registers.people.persons)
    write_presence(folder / "presence", presence, marker)
    write_snapshot(folder / "registers", registers, version)
    print(f"the desk reads presence anew in {_fastest(store.load) * 1e3:,.0f} ms")
    print(f"the keeper reads the registers anew in {_fastest(RegisterStore(engine).load) * 1e3:,.0f} ms")
    return {
        "presence taken over": _fastest(lambda: read_presence(folder / "presence")),
        "registers taken over": _fastest(lambda: read_snapshot(folder / "registers")),
    }


def _fastest(work: Callable[[], object]) -> float:
    """Seconds; of five, the least that anything else on the machine took part in."""
    found = []
    for _ in range(5):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return min(found)


@contextmanager
def _gateway(world: Machines, state: Path, what: str) -> Iterator[Proxy]:
    settings = settings_of(world) | {"identity": {"kinds": ["device"], "required": False}}
    gateway = Gateway(state, settings).start()
    try:
        pid = gateway.worker().pid
        apart([pid], proxy=True)
        apart([keeper_pid(gateway)], proxy=False)
        _refuse_another(gateway, world, what)
        yield Proxy(what, gateway.proxy[1], gateway.ca_file, (pid,))
    finally:
        gateway.stop()


def _refuse_another(gateway: Gateway, world: Machines, what: str) -> None:
    """Whose requests they are is known to the one, and nobody's to the other."""
    gateway.client().get(f"http://{HOSTS[0]}:{world.ports.http}/", headers=VISIT)
    (row,) = eventually(lambda: gateway.rows("SELECT person, category FROM decision"))
    assert (row.person, row.category) == ("person-0" if what == KNOWN else None, CATEGORY), row


def _run(world: Machines, proxy: Proxy, kind: str) -> Measured:
    job = Job(
        kind="plain" if kind == "plain" else "https1",
        proxy_port=proxy.port,
        hosts=HOSTS,
        port=world.ports.http if kind == "plain" else world.ports.https1,
        ca_file=str(proxy.ca_file),
        connections=16,
        seconds=1.5,
        warm_seconds=0.5,
    )
    measured = measure(proxy, job)
    assert measured.count.answers, f"{proxy.name} answered nothing: {kind}"
    assert measured.count.wrong / measured.count.answers < 0.001, f"{proxy.name}: wrong answers: {kind}"
    return measured


def _compare(kind: str, runs: dict[tuple[str, str], list[Measured]]) -> bool:
    cost = {what: [run.cpu_us for run in runs[kind, what]] for what in (KNOWN, NOBODY)}
    # Each run beside its neighbour of the other kind, which had the same machine.
    ratio = statistics.median(a / b for a, b in zip(cost[KNOWN], cost[NOBODY], strict=True))
    known, nobody = (statistics.median(cost[what]) for what in (KNOWN, NOBODY))
    print(
        f"{kind:<8}{known:>8,.0f} µs {KNOWN}, {nobody:,.0f} µs {NOBODY}: {ratio:.3f} of it  "
        f"{_held(ratio <= BUDGET)} ({BUDGET})"
    )
    return ratio <= BUDGET


def _held(held: bool) -> str:
    return "held" if held else "NOT HELD"


if __name__ == "__main__":
    sys.exit(main())
