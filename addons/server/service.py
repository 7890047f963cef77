"""
What one worker does, from its parts to a drained loop.

The order at the start is the order of need: the spool first, because without it nothing may be answered;
then the chain and the Master; then a first look at Ruleset and registers, because what is in force holds
from the first request on; only then are clients let in. They are looked at again twice a second by one
thread: what it finds it loads beside the loop and rebinds by one assignment.
"""

import asyncio
import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from mitmproxy.connection import Client

from addons.ca.client import SignerClient
from addons.chain import Chain, build_chain
from addons.desk.checking import check_desk
from addons.desk.client import DeskClient
from addons.desk.presence_file import CurrentPresence
from addons.harden import apart
from addons.lines import Lines
from addons.never_decrypt import NeverDecrypt, never_decrypt_in_force
from addons.observe.settings import ObserveSettings
from addons.observe.tally import Tally
from addons.pages.own.key import page_key
from addons.resolver import install, read_hosts
from addons.server.activity import Activity
from addons.server.arrivals import Arrivals
from addons.server.connections import Connections
from addons.server.lifetime import Carried, Lifetime
from addons.server.listen import Listener
from addons.server.master import make_master, prepare_loop
from addons.server.plan import ServePlan
from addons.server.worker import GatewayWorker
from addons.snapshots import DecisionLog, Parts
from addons.stream import Arrival, Carrier, GatewayConnection
from addons.stream.times import Times
from addons.tls_table import TlsTable, read_table, write_table
from categories.store import CurrentRuleset, RulesetStore
from db.snapshot import CurrentRegisters
from db.spool import SpoolWriter
from policy.decision import Decision, Outcome
from policy.document import Policy, read_policy
from policy.errors import DecisionLogUnavailable

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 0.5
# Whoever has just acknowledged or signed in waits for it.
PRESENCE_SECONDS = 0.25
_NOTE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is loaded once, before the first fork, and shared by every worker's memory."""

    policy: Policy
    lines: Lines  # where signer and desk listen for workers; keys and passwords are theirs alone
    never_decrypt: NeverDecrypt
    rulesets: CurrentRuleset
    page_key: bytes


def load(plan: ServePlan) -> Loaded:
    """Load it. Raises `ConfigurationError` or `ListRefused`."""
    return Loaded(
        policy=read_policy(plan.policy_file),
        lines=Lines.open(),
        never_decrypt=never_decrypt_in_force(plan.never_decrypt),
        rulesets=CurrentRuleset(RulesetStore(plan.rulesets)),
        page_key=page_key(plan.page_key),
    )


def check(plan: ServePlan, loaded: Loaded) -> None:
    """Put the gateway together once for the files its settings name. Raises `ConfigurationError`."""
    registers, presence = CurrentRegisters(plan.registers), CurrentPresence(plan.presence)
    build_chain(_parts(plan, loaded, registers, presence, _desk(loaded), _NoLog(), ()))
    if plan.destinations.hosts_file is not None:
        read_hosts(plan.destinations.hosts_file)
    apart(partial(check_desk, plan))


def own_addresses(observe: ObserveSettings, listeners: Iterable[Listener]) -> tuple[tuple[str, int], ...]:
    """Where this gateway itself answers: for nobody a destination, who might be let in there as us."""
    told = () if observe.address is None else (observe.address,)
    return (*(listener.address for listener in listeners), *told)


async def carry(plan: ServePlan, loaded: Loaded, worker: GatewayWorker) -> None:
    """Serve in the worker's slot until told to go. Raises `ConfigurationError`, `DecisionLogUnavailable`."""
    loop = asyncio.get_running_loop()
    prepare_loop(loop)
    spool = SpoolWriter(plan.spool_folder(worker.slot), plan.spool)
    registers, presence = CurrentRegisters(plan.registers), CurrentPresence(plan.presence)
    desk = _desk(loaded)
    listening = own_addresses(plan.observe, worker.listeners)
    resolver = install(loop, plan.destinations, listening)
    tally = Tally(spool)
    chain = build_chain(_parts(plan, loaded, registers, presence, desk, tally, listening))
    loaded.lines.close()
    activity = Activity()
    master = make_master([activity, *chain.addons], chain.options)
    carrier = Carrier(master, chain.exits, plan.limits)
    carried: WeakValueDictionary[str, GatewayConnection] = WeakValueDictionary()

    def connect(transport: asyncio.Transport, arrival: Arrival) -> GatewayConnection:
        connection = GatewayConnection(carrier, transport, arrival)
        carried[connection.client.id] = connection
        return connection

    def close(client: Client) -> None:
        connection = carried.get(client.id)
        if connection is not None:
            connection.close()

    arrivals = Arrivals(plan.gateway.proxy_protocol_from, chain.exits.not_a_request)
    connections = Connections(worker.listeners, plan.limits.client_connections, arrivals, connect)
    lifetime = Lifetime(
        worker,
        plan.worker_file(worker.slot),
        connections,
        lambda: _carried(loaded.rulesets, activity, chain, tally, carrier.times),
    )
    await master.running()
    chain.certificates.start()
    desk.start()
    refresher = Refresher(
        {presence: PRESENCE_SECONDS, registers: REFRESH_SECONDS, loaded.rulesets: REFRESH_SECONDS}
    )
    # Before anybody is let in: what the supervisor loaded may be days old by now.
    refresher.look()
    refresher.start()
    watching = loop.create_task(chain.standing.watch(close, carried.values), name="standing")
    noting = loop.create_task(_note(chain.tls_table, plan.tls_file(worker.slot)), name="tls")
    try:
        await lifetime.live(
            lambda: registers.version is not None and presence.known and chain.certificates.ready,
            "the registers or presence: keeper or desk have not read them from the database yet; "
            "or for the signer",
            plan.gateway.drain_seconds,
        )
    finally:
        watching.cancel()
        noting.cancel()
        refresher.stop()
        await master.done()
        chain.certificates.close()
        desk.close()
        resolver.close()
        spool.close()


async def _note(table: TlsTable, file: Path) -> None:
    """Write down whom clients turn away from, every few seconds in which that changed."""
    table.adopt(read_table(file), datetime.now(UTC).date())
    while True:
        await asyncio.sleep(_NOTE_SECONDS)
        if table.changed:
            table.changed = False
            write_table(file, table.hosts)


class _NoLog:
    """What a chain is built over that will carry nothing."""

    def record(self, _decision: Decision) -> None:
        """Refuse it."""
        raise DecisionLogUnavailable("nothing is recorded while settings are checked")

    async def record_soon(self, decision: Decision) -> None:
        """Refuse it."""
        self.record(decision)

    def outcome(self, _outcome: Outcome) -> None:
        """Refuse it."""
        raise DecisionLogUnavailable("nothing is recorded while settings are checked")


def _desk(loaded: Loaded) -> DeskClient:
    return DeskClient(loaded.lines.desk.getsockname())


def _parts(
    plan: ServePlan,
    loaded: Loaded,
    registers: CurrentRegisters,
    presence: CurrentPresence,
    desk: DeskClient,
    log: DecisionLog,
    listening: tuple[tuple[str, int], ...],
) -> Parts:
    return Parts(
        gateway=plan.gateway.name,
        policy=loaded.policy,
        rulesets=loaded.rulesets,
        registers=registers,
        presence=presence,
        desk=desk,
        spool=log,
        signs=SignerClient(loaded.lines.signer.getsockname()),
        never_decrypt=loaded.never_decrypt,
        limits=plan.limits,
        destinations=plan.destinations,
        identity=plan.identity,
        pages=plan.pages,
        page_key=loaded.page_key,
        when_full=plan.spool.when_full,
        durability=plan.spool.durability,
        listening=listening,
    )


class Refreshed(Protocol):
    """What is looked at again and again."""

    def refresh(self) -> bool:
        """Look whether something else is in force."""


class Refresher(threading.Thread):
    """Looks whether something else is in force: presence, the registers, the Ruleset."""

    def __init__(self, seconds: Mapping[Refreshed, float]) -> None:
        """`seconds` says how often each is looked at, the oftenest a part of the others."""
        super().__init__(name="refresh", daemon=True)
        self._every = min(seconds.values())
        self._turns = {one: round(each / self._every) for one, each in seconds.items()}
        self._stop = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        turn = 0
        while not self._stop.wait(self._every):
            turn += 1
            for one, each in self._turns.items():
                if turn % each == 0:
                    self._look_at(one)

    def look(self) -> None:
        """Look at everything once."""
        for one in self._turns:
            self._look_at(one)

    def _look_at(self, one: Refreshed) -> None:
        try:
            one.refresh()
        except Exception:
            # What is in force stays; a thread that ended would keep it so for ever.
            logger.exception("%s could not be refreshed", type(one).__name__)

    def stop(self) -> None:
        """End with what it is at."""
        self._stop.set()
        self.join(timeout=1.0)


def _carried(
    rulesets: CurrentRuleset, activity: Activity, chain: Chain, tally: Tally, times: Times
) -> Carried:
    ruleset = rulesets.ruleset
    return Carried(
        ruleset=ruleset.digest,
        ruleset_built_at=ruleset.built_at.isoformat(),
        requests=activity.requests,
        blocked=activity.blocked,
        counts=dict(chain.counts),
        decisions=tally.counts(),
        times={"request": times.request.counted(), "answer": times.answer.counted()},
    )
