"""
From a plan to a running gateway.

Everything that can be wrong is looked at before anything is bound or forked, so that a mistake is one line
and changes nothing. What the workers share is loaded before they are forked and then taken out of the
garbage collector's sight: it would otherwise write into every object's header and so copy all of it.
"""

import gc
import logging
import os
import resource
import socket
import threading
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from addons.ca.signer import run_signer
from addons.lines import Lines
from addons.observe.observed import Places
from addons.observe.observer import STOP_SECONDS, run_observer
from addons.observe.sockets import ObserverSockets, open_observer
from addons.server.channel import Inherited
from addons.server.child import Child, Closable
from addons.server.lean import import_lean
from addons.server.listen import Listener, open_listeners
from addons.server.logs import configure_logging, identify
from addons.server.plan import ServePlan
from addons.server.status import PULLER_FILE, PullerFile, live_slots, now_text, write_file
from categories.pull import keep_pulling
from categories.store import RulesetStore
from policy.document import Policy
from policy.errors import ConfigurationError

if TYPE_CHECKING:
    from addons.server.worker import GatewayWorker

logger = logging.getLogger(__name__)

# Files, pipes and logs of a worker beside its connections.
_SPARE_DESCRIPTORS = 256
ORPHAN_SECONDS = 5.0
# To ship what the workers wrote last. What it does not manage stays in the spool for the next start.
_KEEPER_STOP_SECONDS = 12.0
_SIGNER_STOP_SECONDS = 2.0
_DESK_STOP_SECONDS = 3.0
# It may be waiting for a file server that is away.
_PULLER_STOP_SECONDS = 2.0


def serve(plan: ServePlan, inherited: Inherited) -> NoReturn:
    """
    Run a generation until it is told to stop; then exit with 0, or with 3 where a worker could not start.

    Raises `ConfigurationError`, `ListRefused` (no Ruleset that opens) or `Away` (a port in use) before
    anything has been started.
    """
    configure_logging()
    identify("generation", generation=inherited.number)
    import_gateway()
    from addons.server.application import GatewayApplication  # noqa: PLC0415
    from addons.server.arbiter import GatewayArbiter  # noqa: PLC0415
    from addons.server.service import carry, check, load  # noqa: PLC0415

    inherited.claim()
    make_folders(plan)
    loaded = load(plan)
    check(plan, loaded)
    if inherited.first:
        wait_for_orphans(plan.run)
    listeners = open_listeners(plan.gateway.endpoints, inherited.take)
    observing = open_observer(plan.observe, plan.status_socket, inherited.take)
    inherited.let_go()
    set_limits(plan)
    children = (
        _observer(plan, listeners, observing, loaded.lines, frozenset(loaded.policy.rules)),
        *children_of(plan, (*listeners, observing), loaded.lines, loaded.policy),
    )

    def work(worker: "GatewayWorker") -> Coroutine[Any, Any, None]:
        observing.close()  # this worker's copy
        return carry(plan, loaded, worker)

    arbiter = GatewayArbiter(GatewayApplication(plan, inherited, listeners, work, children))
    gc.collect()
    gc.freeze()
    arbiter.run()
    raise AssertionError("gunicorn's arbiter ends by exiting")


def import_gateway() -> None:
    """Import everything a gateway needs, which takes a second: call it while waiting for something else."""
    import_lean()
    import addons.server.arbiter  # noqa: PLC0415
    import addons.server.service  # noqa: F401, PLC0415


def children_of(
    plan: ServePlan, listeners: Sequence[Closable], lines: Lines, policy: Policy
) -> tuple[Child, ...]:
    """
    The processes beside the workers, in the order in which they are started and stopped.

    The keeper is the last: it ships what everybody else wrote.
    """
    return (
        *_puller(plan, listeners, lines),
        Child(
            "signer",
            partial(run_signer, plan.ca, lines.signer),
            not_its_own=(*listeners, lines.desk),
            without="hosts whose certificates are not kept cannot be decrypted",
            stop_seconds=_SIGNER_STOP_SECONDS,
            for_workers=True,
        ),
        Child(
            "desk",
            partial(attend, plan, policy, lines.desk),
            not_its_own=(*listeners, lines.signer),
            without="nobody can prove who they are, and nothing can be kept on our pages",
            stop_seconds=_DESK_STOP_SECONDS,
            for_workers=True,
        ),
        Child(
            "keeper",
            partial(keep, plan),
            not_its_own=(*listeners, *lines),
            without="decisions stay in the spool",
            stop_seconds=_KEEPER_STOP_SECONDS,
        ),
    )


def _puller(plan: ServePlan, listeners: Sequence[Closable], lines: Lines) -> tuple[Child, ...]:
    """What takes Rulesets from a shared folder, where there is one."""
    if plan.shared_folder is None:
        return ()
    source, store = RulesetStore(plan.shared_folder / "rulesets"), RulesetStore(plan.rulesets)
    return (
        Child(
            "puller",
            partial(_pull, source, store, plan.run / PULLER_FILE),
            not_its_own=(*listeners, *lines),
            without="the Ruleset in force stays",
            stop_seconds=_PULLER_STOP_SECONDS,
        ),
    )


def _pull(source: RulesetStore, store: RulesetStore, file: Path, stop: threading.Event) -> None:
    """The puller's work; it writes down when all was well, since it may hang with the folder."""
    keep_pulling(source, store, stop, lambda: write_file(file, PullerFile(now_text())))


def _observer(
    plan: ServePlan,
    listeners: Sequence[Listener],
    sockets: ObserverSockets,
    lines: Lines,
    categories: frozenset[str],
) -> Child:
    """Who says how the gateway is."""
    signer = lines.signer.getsockname()
    places = Places(plan.state, plan.run, plan.rulesets, plan.lists, plan.ca, signer)
    return Child(
        "observer",
        partial(run_observer, plan.observe, places, categories, sockets),
        not_its_own=(*listeners, *lines),
        without="nobody says how the gateway is",
        stop_seconds=STOP_SECONDS,
    )


def attend(plan: ServePlan, policy: Policy, listening: socket.socket, stop: threading.Event) -> None:
    """The desk's work, in its own process until `stop` is set."""
    from addons.desk.desk import run_desk  # noqa: PLC0415 - as for the keeper

    run_desk(plan, policy, listening, stop)


def keep(plan: ServePlan, stop: threading.Event) -> None:
    """The keeper's work, in its own process until `stop` is set."""
    # SQLAlchemy has no place in the supervisor and the workers.
    from db.keeper import run_keeper  # noqa: PLC0415

    run_keeper(plan.state, plan.database, plan.spool, stop)


def make_folders(plan: ServePlan) -> None:
    """The folders that the processes write into. Raises `ConfigurationError` where one cannot be written."""
    for folder in (plan.state, plan.run, plan.spool_root):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{folder}: cannot be made: {error.strerror}") from error
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise ConfigurationError(f"{folder}: may not be written by this account; use the gateway's")


def wait_for_orphans(run: Path, seconds: float = ORPHAN_SECONDS) -> None:
    """
    Wait until the workers of a supervisor that was killed have gone, or for so long.

    They notice within a second and hold the ports that we want to listen on.
    """
    until = time.monotonic() + seconds
    while live_slots(run, datetime.now(UTC)) and time.monotonic() < until:
        time.sleep(0.05)


def set_limits(plan: ServePlan) -> None:
    """Room for every connection a worker may have, and no memory of ours in a core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A client and, most of the time, one origin.
    needed = 2 * plan.limits.client_connections + _SPARE_DESCRIPTORS
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    if hard < needed:
        logger.warning(
            "at most %d files may be open (RLIMIT_NOFILE), and limits.client_connections = %d needs %d",
            hard,
            plan.limits.client_connections,
            needed,
        )
