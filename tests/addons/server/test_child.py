"""The keeper as a child: started, started again, told to stop, ended when it will not."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from addons.server.child import Child, ChildWork
from addons.server.listen import open_listeners
from addons.settings import Endpoint
from tests.addons.server.supervised import eventually, is_alive

type Make = Callable[..., Child]


@pytest.fixture
def make() -> Iterator[Make]:
    """Keepers that do as they are told, and are gone at the end."""
    made: list[Child] = []

    def of(keep: ChildWork, stop_seconds: float = 5.0) -> Child:
        made.append(Child("keeper", keep, without="nothing is kept", stop_seconds=stop_seconds))
        return made[-1]

    yield of
    for keeper in made:
        if keeper.pid:
            os.kill(keeper.pid, signal.SIGKILL)
            os.waitpid(keeper.pid, 0)


def ended(keeper: Child) -> int:
    """Wait for it and tell the supervisor's side, as its reaping does; its exit code."""
    _, status = os.waitpid(keeper.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    keeper.ended(code)
    return code


def test_it_runs_in_a_process_of_its_own_until_told_to_stop(make: Make, tmp_path: Path) -> None:
    def keep(stop: threading.Event) -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        stop.wait()
        (tmp_path / "shipped").touch()

    keeper = make(keep)
    keeper.keep_running()
    pid = keeper.pid
    keeper.keep_running()
    assert keeper.pid == pid, "one at a time"
    assert eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()) == str(pid)
    keeper.stop()
    assert (tmp_path / "shipped").exists()
    assert not is_alive(pid)
    keeper.stop()  # twice does no harm


def test_a_signal_that_comes_before_its_first_line_is_not_lost(make: Make, tmp_path: Path) -> None:
    def keep(stop: threading.Event) -> None:
        assert stop.wait(10)
        (tmp_path / "stopped").touch()

    keeper = make(keep)
    keeper.keep_running()
    keeper.stop()
    assert keeper.pid == 0
    assert (tmp_path / "stopped").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT, signal.SIGINT])
def test_what_is_said_to_every_process_at_once_does_not_end_it(
    make: Make, tmp_path: Path, number: signal.Signals
) -> None:
    def keep(stop: threading.Event) -> None:
        (tmp_path / "began").touch()
        stop.wait()
        (tmp_path / "shipped").touch()

    keeper = make(keep)
    keeper.keep_running()
    os.kill(keeper.pid, number)  # also before its first line
    eventually((tmp_path / "began").exists)
    os.kill(keeper.pid, number)
    time.sleep(0.3)
    assert os.waitpid(keeper.pid, os.WNOHANG) == (0, 0)
    assert not (tmp_path / "shipped").exists(), "it waits for the supervisor's own word"
    keeper.stop()
    assert (tmp_path / "shipped").exists()


def test_one_that_was_stopped_for_a_while_goes_on(make: Make, tmp_path: Path) -> None:
    def keep(stop: threading.Event) -> None:
        (tmp_path / "begun").touch()
        stop.wait()

    keeper = make(keep)
    keeper.keep_running()
    eventually((tmp_path / "begun").exists)
    os.kill(keeper.pid, signal.SIGSTOP)
    time.sleep(1.3)
    os.kill(keeper.pid, signal.SIGCONT)
    time.sleep(0.3)
    assert os.waitpid(keeper.pid, os.WNOHANG) == (0, 0)


def test_one_that_dies_at_once_is_started_ever_more_slowly(make: Make) -> None:
    keeper = make(lambda stop: os._exit(7))
    for _ in range(3):
        eventually(lambda: begun(keeper))
        assert ended(keeper) == 7
    keeper.keep_running()
    assert keeper.pid == 0, "not yet"


def begun(keeper: Child) -> bool:
    keeper.keep_running()
    return keeper.pid != 0


@pytest.mark.parametrize(
    ("error", "says"),
    [
        pytest.param("ConfigurationError('x: wrong')", "the keeper cannot run: x: wrong"),
        pytest.param("ValueError('secret')", "the keeper failed"),
    ],
    ids=["a-setting", "a-bug"],
)
def test_one_that_cannot_run_says_so(error: str, says: str) -> None:
    script = f"""
import os
from addons.server.child import Child
from addons.server.logs import configure_logging
from policy.errors import ConfigurationError
def keep(stop):
    raise {error}
configure_logging()
keeper = Child("keeper", keep, without="", stop_seconds=1)
keeper.keep_running()
print(os.waitstatus_to_exitcode(os.waitpid(keeper.pid, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert says in done.stderr
    assert "secret" not in done.stderr


def test_one_that_will_not_stop_is_ended(make: Make) -> None:
    keeper = make(lambda stop: time.sleep(60), stop_seconds=0.2)
    keeper.keep_running()
    pid = keeper.pid
    keeper.stop()
    assert not is_alive(pid)


def test_it_lets_go_of_the_listening_sockets(tmp_path: Path) -> None:
    """A port that the keeper held would be taken for the next gateway."""
    listeners = open_listeners([Endpoint("127.0.0.1", 0)])
    address = listeners[0].address
    started = tmp_path / "started"

    def keep(stop: threading.Event) -> None:
        started.touch()
        stop.wait()

    keeper = Child("keeper", keep, not_its_own=listeners, without="nothing is kept", stop_seconds=5.0)
    keeper.keep_running()
    eventually(started.exists)
    listeners[0].close()
    open_listeners([Endpoint(*address)])[0].close()
    keeper.stop()
