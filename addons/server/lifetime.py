"""A worker's life between its start and its end: let clients in, say every second how it is, drain, go."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from addons.observe.histogram import Counted, Histogram
from addons.server.connections import Connections
from addons.server.status import WorkerFile, now_text, write_file
from addons.server.worker import GatewayWorker

BEAT_SECONDS = 1.0
_LOOK_SECONDS = 0.05
# How long an idle connection is kept for one more request. Where another generation serves, its client must
# only not be cut off in the act; where none does, everybody waits for the end.
HANDED_OVER_PATIENCE = 5.0
STOPPED_PATIENCE = 0.5


@dataclass(frozen=True, slots=True)
class Carried:
    """What a worker has to say of its work."""

    ruleset: str = ""
    ruleset_built_at: str = ""
    requests: int = 0
    blocked: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    decisions: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, Counted] = field(default_factory=dict)


class Lifetime:
    """
    The life of the worker on the running loop.

    Its doors open when every worker of its generation is prepared. TERM drains for at most `drain_seconds`.
    QUIT, at any time, cuts everything off; so does the end of the arbiter: an orphan holds the listening
    sockets that the next supervisor wants to bind.
    """

    def __init__(
        self, worker: GatewayWorker, file: Path, connections: Connections, carried: Callable[[], Carried]
    ) -> None:
        self._worker = worker
        self._file = file
        self._connections = connections
        self._carried = carried
        self._waiting_for = ""
        self._late = Histogram()  # by how much each beat came too late: how long the loop let others wait
        self._told_to_go = asyncio.Event()
        self._told_to_hurry = asyncio.Event()

    async def live(self, ready: Callable[[], bool], waiting_for: str, drain_seconds: float) -> None:
        """Let clients in once `ready()`, and return when told to go and drained."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._told_to_go.set)
        loop.add_signal_handler(signal.SIGQUIT, self._hurry)
        self._waiting_for = waiting_for
        beating = loop.create_task(self._keep_beating(), name="beat")
        while not (self._told_to_go.is_set() or ready()):  # noqa: ASYNC110 (another process makes it so)
            await asyncio.sleep(_LOOK_SECONDS)
        if not self._told_to_go.is_set():
            self._waiting_for = "the other workers"
            self._worker.progress.prepared()
        while not (self._told_to_go.is_set() or self._worker.doors.are_open):  # noqa: ASYNC110 (likewise)
            await asyncio.sleep(_LOOK_SECONDS)
        if not self._told_to_go.is_set():
            self._waiting_for = ""
            self._connections.begin()
            self._worker.progress.serves()
            self._beat()
        await self._told_to_go.wait()
        self._waiting_for = "its connections to end"
        self._beat()
        await self._drain(drain_seconds)
        # Who is told to go twice has gone, not failed: without the loop, nobody handles these any more.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGQUIT})
        beating.cancel()
        self._file.unlink(missing_ok=True)

    async def _drain(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        longest = HANDED_OVER_PATIENCE if self._worker.doors.handed_over else STOPPED_PATIENCE
        patience = min(longest, seconds / 2)
        draining = loop.create_task(self._connections.drain(seconds, patience), name="drain")
        hurrying = loop.create_task(self._told_to_hurry.wait(), name="hurry")
        await asyncio.wait([draining, hurrying], return_when=asyncio.FIRST_COMPLETED)
        draining.cancel()
        hurrying.cancel()
        await self._connections.cut()

    def _hurry(self) -> None:
        self._told_to_go.set()
        self._told_to_hurry.set()

    async def _keep_beating(self) -> None:
        while True:
            self._beat()
            if os.getppid() != self._worker.ppid:
                self._hurry()
            due = asyncio.get_running_loop().time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self._late.observe(max(0.0, asyncio.get_running_loop().time() - due))

    def _beat(self) -> None:
        self._worker.notify()
        carried = self._carried()
        write_file(
            self._file,
            WorkerFile(
                pid=os.getpid(),
                slot=self._worker.slot,
                generation=self._worker.generation,
                ready=not self._waiting_for,
                waiting_for=self._waiting_for,
                at=now_text(),
                ruleset=carried.ruleset,
                ruleset_built_at=carried.ruleset_built_at,
                connections=len(self._connections),
                requests=carried.requests,
                blocked=carried.blocked,
                counts=carried.counts,
                decisions=carried.decisions,
                times={**carried.times, "loop": self._late.counted()},
            ),
        )
