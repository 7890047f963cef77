"""gunicorn's side of a worker: its signals, its readiness, and how it ends when it cannot run."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

# A worker in a process of its own, with gunicorn's own configuration object around it.
SCRIPT = """
import asyncio, os, signal, socket, sys
from pathlib import Path
from addons.server.application import GatewayApplication
from addons.server.channel import Inherited
from addons.server.logs import configure_logging
from addons.server.plan import ServePlan
from addons.server.worker import GatewayWorker
from policy.errors import ConfigurationError

async def work(worker):
    {work}

configure_logging()
inherited = Inherited(socket.socketpair()[0], 1, os.getppid(), {})
app = GatewayApplication(ServePlan(Path("/nonexistent")), inherited, [], work)
worker = GatewayWorker(1, os.getppid(), [], app, 5, app.cfg, app.cfg.logger_class(None))
worker.slot, worker.generation = 4, 1
worker.init_process()
"""


def run(work: str) -> subprocess.CompletedProcess[str]:
    """Run a worker with this line as its work."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{work}", work)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_its_work_is_done_and_it_ends_well() -> None:
    ended = run("print('slot', worker.slot)")
    assert ended.returncode == 0
    assert ended.stdout == "slot 4\n"


@pytest.mark.parametrize(
    ("work", "code", "says"),
    [
        pytest.param(
            "raise ConfigurationError('x: wrong')", 3, "worker 4 cannot run: x: wrong", id="a-setting"
        ),
        pytest.param("raise ValueError('secret')", 3, "worker 4 failed", id="a-bug-at-the-start"),
        pytest.param(
            "worker.progress.serves(); raise ValueError('secret')", 1, "worker 4 failed", id="a-bug-later"
        ),
    ],
)
def test_how_it_ends_tells_whether_it_ever_served(work: str, code: int, says: str) -> None:
    ended = run(work)
    assert ended.returncode == code
    assert says in ended.stderr
    assert "secret" not in ended.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"])
def test_only_the_supervisor_decides_who_ends_when(name: str) -> None:
    ended = run(f"os.kill(os.getpid(), signal.{name}); print('still here')")
    assert ended.stdout == "still here\n"


def test_when_memory_is_short_the_kernel_ends_it_before_its_supervisor_and_its_keeper() -> None:
    before = int(Path("/proc/self/oom_score_adj").read_text())
    ended = run("print(Path('/proc/self/oom_score_adj').read_text())")
    assert int(ended.stdout) == min(1000, before + 100)


def test_one_that_is_aborted_says_where_it_stood() -> None:
    ended = run("os.kill(os.getpid(), signal.SIGABRT)")
    assert ended.returncode == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in ended.stderr
    assert "in work" in ended.stderr
