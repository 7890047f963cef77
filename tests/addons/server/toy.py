"""
The real supervisor over generations that need no proxy: `python -m tests.addons.server.toy STATE`.

Each generation has as many workers as `STATE/workers` says when it starts, and drains for two seconds; where
that is no number it cannot start.

A client that connects to a worker may send one word: `who` is answered with slot and pid, `hold` is never
answered, `spin` stops the worker's loop for good. The file `STATE/cannot-start` keeps workers from starting.
"""

import asyncio
import os
import sys
import threading
import time
from pathlib import Path

from addons.server import application, arbiter, supervisor
from addons.server.arrivals import Arrivals
from addons.server.channel import Inherited, inherit
from addons.server.child import Child
from addons.server.connections import Connections
from addons.server.lifetime import Carried, Lifetime
from addons.server.listen import open_listeners
from addons.server.logs import configure_logging
from addons.server.master import prepare_loop
from addons.server.plan import ServePlan
from addons.server.worker import GatewayWorker
from addons.settings import GatewaySettings
from policy.errors import ConfigurationError


class OneWord(asyncio.Protocol):
    """Reads one word and acts on it."""

    def __init__(self, worker: GatewayWorker, transport: asyncio.Transport) -> None:
        self.worker, self.transport = worker, transport
        self.word = b""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.began = asyncio.get_running_loop().time()
        transport.set_protocol(self)
        transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        self.word = data.strip()
        if self.word == b"who":
            self.transport.write(b"%d %d\n" % (self.worker.slot, os.getpid()))
            self.transport.close()
        elif self.word == b"spin":
            time.sleep(3600)

    def connection_lost(self, _error: Exception | None) -> None:
        self.over.set_result(None)

    async def handle_client(self) -> None:
        await self.over

    def drain(self, patience: float) -> None:
        """It has no protocol to say so in."""

    def idle_seconds(self) -> float:
        return 0.0 if self.word else asyncio.get_running_loop().time() - self.began

    def close(self) -> None:
        self.transport.abort()


def main() -> None:
    state = Path(sys.argv[1])
    inherited = inherit(os.environ)
    if inherited is None:
        supervisor.START_SECONDS, supervisor.SILENT_SECONDS = 10.0, 4.0
        command = sys.argv[2:] or [sys.executable, "-m", "tests.addons.server.toy", str(state)]
        sys.exit(supervisor.supervise(state, command))
    configure_logging()
    with inherited.telling(lambda _: 3):
        generation(state, inherited)


def generation(state: Path, inherited: Inherited) -> None:
    text = (state / "workers").read_text()
    if not text.isdigit():
        raise ConfigurationError(f"{text} is no number of workers")
    workers = int(text)
    inherited.claim()
    plan = ServePlan(
        state,
        gateway=GatewaySettings(
            listen=("127.0.0.1:0",),
            workers=workers,
            drain_seconds=int((state / "drain").read_text()),
        ),
    )

    async def work(worker: GatewayWorker) -> None:
        prepare_loop(asyncio.get_running_loop())
        if (state / "cannot-start").exists():
            raise ConfigurationError("told not to start")
        connections = Connections(
            worker.listeners, 100, Arrivals((), print), lambda transport, _arrival: OneWord(worker, transport)
        )
        lifetime = Lifetime(worker, plan.worker_file(worker.slot), connections, Carried)
        await lifetime.live((state / "may-serve").exists, "permission", plan.gateway.drain_seconds)

    def keep(stop: threading.Event) -> None:
        (state / "keeper-pid").write_text(str(os.getpid()))
        stop.wait()
        (state / "keeper-stopped").touch()

    application.WORKER_TIMEOUT_SECONDS = 2
    listeners = open_listeners(plan.gateway.endpoints, inherited.take)
    inherited.let_go()
    keeper = Child("keeper", keep, not_its_own=listeners, without="nothing is kept", stop_seconds=5.0)
    arbiter.GatewayArbiter(application.GatewayApplication(plan, inherited, listeners, work, [keeper])).run()


if __name__ == "__main__":
    main()
