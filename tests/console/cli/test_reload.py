"""Reload: whom it asks, what it waits for, and how it says that nothing has changed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.cli.reload import holder, read
from tests.console.cli.conftest import Cli

# A supervisor as far as the command can tell: it holds the lock, and answers SIGHUP as it is told to.
SUPERVISOR = """
import json, os, signal, sys
from pathlib import Path
from addons.server.supervisor import claim
run, answer = Path(sys.argv[1]), json.loads(sys.argv[2])
def say(asked, answered, states, **outcome):
    generations = [{"generation": at, "pid": 1, "state": state} for at, state in enumerate(states, 1)]
    reload = {"asked": asked, "answered": answered, "succeeded": True, "why": "", **outcome}
    (run / "new").write_text(json.dumps({"generation": 1, "generations": generations, "reload": reload}))
    (run / "new").replace(run / "gateway.json")
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
run.mkdir(parents=True)
claim(run / "lock")
say(4, 4, ["serving"], succeeded=False, why="an old answer")
print("up", flush=True)
signal.sigwait([signal.SIGHUP])
if answer is None:
    sys.exit()
say(5, 4, ["draining", "serving"])
signal.sigtimedwait([signal.SIGTERM], 0.3)
say(5, 5, ["serving"], **answer)
signal.sigtimedwait([signal.SIGTERM], 20)
"""

type Supervise = Callable[[object], int]


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervise]:
    """Starts one that gives this answer, or ends instead of answering; its pid."""
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path / "state"))
    running: list[subprocess.Popen[str]] = []

    def begin(answer: object) -> int:
        command = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "state" / "run"), json.dumps(answer)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        assert running[-1].stdout.readline() == "up\n"
        # Reaped as it ends, as somebody else's child would be: a zombie still has its number.
        threading.Thread(target=running[-1].wait).start()
        return running[-1].pid

    yield begin
    for one in running:
        one.kill()


def test_the_answer_to_our_own_request_is_waited_for(cli: Cli, supervise: Supervise) -> None:
    supervise({"succeeded": True, "why": "generation 2 serves"})
    ran = cli("reload")
    assert (ran.code, ran.out) == (0, "reloaded: generation 2 serves\n")
    assert ran.err == "waiting until the workers of before the last reload have finished\n"


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_what_is_wrong_is_one_line_and_exit_code_3(
    cli: Cli, supervise: Supervise, arguments: tuple[str, ...]
) -> None:
    supervise({"succeeded": False, "why": "gateway.workers: expected a number"})
    ran = cli("reload", *arguments)
    assert ran.code == 3
    last = ran.err.splitlines()[-1]
    assert last == "sluicegate: not reloaded, nothing has changed: gateway.workers: expected a number"
    if arguments:
        assert json.loads(ran.out) == {
            "succeeded": False,
            "why": "gateway.workers: expected a number",
            "generation": 1,
        }


def test_a_gateway_that_ends_instead_is_told(cli: Cli, supervise: Supervise) -> None:
    supervise(None)
    ran = cli("reload")
    assert (ran.code, ran.out) == (4, "")
    assert "the gateway has ended" in ran.err


def test_without_a_gateway_nobody_is_sent_a_signal(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that names a process is no gateway: this one would die of it."""
    monkeypatch.setenv("SLUICEGATE_STATE_DIR", str(tmp_path))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "lock").touch()
    (tmp_path / "run" / "gateway.json").write_text(json.dumps({"pid": os.getpid()}))
    before = signal.signal(signal.SIGHUP, lambda *_: pytest.fail("we were sent SIGHUP"))
    try:
        ran = cli("reload")
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ran.code == 4
    assert "no gateway runs with the state folder" in ran.err


def test_the_kernel_says_who_it_is(supervise: Supervise, tmp_path: Path) -> None:
    assert holder(tmp_path / "state" / "run" / "lock") is None
    pid = supervise({})
    assert holder(tmp_path / "state" / "run" / "lock") == pid


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"reload": {"asked": 1}}', '{"reload": 3}', "\xff"])
def test_what_says_nothing_of_reloads_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "gateway.json").write_text(text, "latin-1")
    assert read(tmp_path / "gateway.json") is None
