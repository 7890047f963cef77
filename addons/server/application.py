"""gunicorn's view of us: the few of its settings that mean something here, all set, none from outside."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from gunicorn.app.base import BaseApplication

from addons.server.channel import Inherited
from addons.server.child import Child
from addons.server.listen import Listener
from addons.server.plan import ServePlan
from addons.server.worker import GatewayWorker, Work

# How long a worker's loop may stand still. A Ruleset swap stops it for a tenth of a second, a paused
# virtual machine not at all on this clock; what stands still for longer serves nobody.
WORKER_TIMEOUT_SECONDS = 15

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (gunicorn opens its heartbeat files there with mkstemp)


class QuietLogger:
    """gunicorn's logger interface over our own logging: its notes are for debugging, its errors count."""

    def __init__(self, _cfg: object) -> None:
        self._log = logging.getLogger("addons.server.gunicorn")
        self.debug: Callable[..., None] = self._log.debug
        self.info: Callable[..., None] = self._log.debug
        self.warning = self._log.warning
        self.error = self._log.error
        self.critical = self._log.critical
        self.exception = self._log.exception

    def setup(self, _cfg: object) -> None:
        """Logging was configured before gunicorn."""

    def reopen_files(self) -> None:
        """Only standard error is written to."""

    def close_on_exec(self) -> None:
        """Nothing of ours is executed by a worker."""


class GatewayApplication(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """
    Holds the plan, what was inherited, the sockets, the work of a worker, and the children beside these.

    `children` are started in this order and stopped in this order, after the last worker.
    """

    def __init__(
        self,
        plan: ServePlan,
        inherited: Inherited,
        listeners: Sequence[Listener],
        work: Work,
        children: Sequence[Child] = (),
    ) -> None:
        self.plan = plan
        self.inherited = inherited
        self.listeners = tuple(listeners)
        self.children = tuple(children)
        self._work = work
        super().__init__()

    def load_config(self) -> None:
        """Every setting that matters; the environment and the command line are not asked."""
        settings: dict[str, object] = {
            "worker_class": GatewayWorker,
            "logger_class": QuietLogger,
            "workers": self.plan.gateway.workers,
            "timeout": WORKER_TIMEOUT_SECONDS,
            # A worker ends by itself when its time to drain is over; this is for one that does not.
            "graceful_timeout": self.plan.gateway.drain_seconds + 2,
            "preload_app": True,
            # Its thread would be forked into every worker, and nobody needs a second way in.
            "control_socket_disable": True,
            "umask": 0o077,
            "proc_name": "sluicegate",
            "pre_fork": lambda arbiter, worker: arbiter.prepare(worker),
        }
        if _SHARED_MEMORY.is_dir():
            # A heartbeat must not wait for a disk.
            settings["worker_tmp_dir"] = str(_SHARED_MEMORY)
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Work:
        """What each worker does. Loaded before the first fork, so that the workers share its memory."""
        return self._work
