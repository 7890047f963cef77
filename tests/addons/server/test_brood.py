"""A generation as a process group: heard, told, ended, and reaped when nothing of it is left."""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from addons.server import brood as module
from addons.server.brood import Generation, State
from tests.addons.server.supervised import eventually, is_alive

BEGIN = """
import os, socket, sys, time
from pathlib import Path
from addons.server.channel import inherit
inherited = inherit(os.environ)
"""


@pytest.fixture
def generations() -> Iterator[list[Generation]]:
    made: list[Generation] = []
    yield made
    for generation in made:
        generation.cut()
        until = time.monotonic() + 10
        while not generation.buried and time.monotonic() < until:
            generation.look()
            time.sleep(0.02)


def begin(made: list[Generation], script: str, sockets: dict[str, socket.socket] | None = None) -> Generation:
    made.append(Generation(4, [sys.executable, "-c", BEGIN + script], sockets or {}))
    return made[-1]


def test_it_says_what_it_has_to_say_and_has_what_it_inherits(generations: list[Generation]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        one = begin(
            generations,
            "at = inherited.take('a', None).getsockname()[1]; inherited.beat({'at': at}); time.sleep(9)",
            {"a": bound},
        )
        (message,) = eventually(one.messages)
        assert message.content["gateway"] == {"at": bound.getsockname()[1]}
    assert (one.state, one.exit_code) == (State.STARTING, None)
    assert os.getpgid(one.pid) == one.pid, "what a terminal says is said to the supervisor alone"


def test_one_that_ends_is_noticed_once_with_its_status(generations: list[Generation]) -> None:
    one = begin(generations, "inherited.cannot('a reason', 3); sys.exit(3)")
    assert eventually(one.look)
    assert (one.exit_code, one.buried) == (3, True)
    assert not one.look()


def test_what_a_killed_one_leaves_behind_has_a_while_to_notice_and_is_then_ended(
    generations: list[Generation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ORPHANS_SECONDS", 0.5)
    one = begin(
        generations,
        f"pid = os.fork()\nif pid: Path({str(tmp_path / 'pid')!r}).write_text(str(pid))\ntime.sleep(60)",
    )
    orphan = int(eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    os.kill(one.pid, signal.SIGKILL)
    assert eventually(one.look)
    assert (one.exit_code, one.buried) == (-signal.SIGKILL, False)
    assert is_alive(orphan)
    eventually(lambda: one.look() or one.buried)
    eventually(lambda: not is_alive(orphan))


@pytest.fixture
def first_of_a_container() -> Iterator[None]:
    """As for the first process of a container, what is orphaned becomes this process's child."""
    prctl, subreaper = ctypes.CDLL(None).prctl, 36  # PR_SET_CHILD_SUBREAPER, <linux/prctl.h>
    assert prctl(subreaper, 1, 0, 0, 0) == 0
    yield
    prctl(subreaper, 0, 0, 0, 0)


@pytest.mark.usefixtures("first_of_a_container")
def test_in_a_container_nothing_of_a_killed_one_stays_as_a_zombie(
    generations: list[Generation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else would reap them there, and their number is limited (`pids_limit`)."""
    monkeypatch.setattr(module, "_ORPHANS_SECONDS", 0.5)
    one = begin(
        generations,
        f"os.fork() and Path({str(tmp_path / 'forked')!r}).touch()\ntime.sleep(60)",
    )
    eventually((tmp_path / "forked").exists)
    os.kill(one.pid, signal.SIGKILL)
    eventually(lambda: one.look() is False and one.buried)
    with pytest.raises(ChildProcessError):
        os.waitpid(-one.pid, os.WNOHANG)


def test_a_deadline_is_over_when_it_is(generations: list[Generation]) -> None:
    one = begin(generations, "time.sleep(60)")
    assert not one.is_late()
    one.end_by(State.DRAINING, 0.05)
    assert (one.state, one.is_late()) == (State.DRAINING, False)
    time.sleep(0.06)
    assert one.is_late()
    one.tell(signal.SIGTERM)
    assert eventually(one.look)
    one.tell(signal.SIGTERM)  # which nobody hears any more


def test_a_command_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Generation(1, ["/nonexistent/program"], {})
