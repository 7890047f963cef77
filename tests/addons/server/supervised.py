"""A running supervisor with toy workers, for tests that kill and ask."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def eventually[T](look: Callable[[], T], within: float = 20.0) -> T:
    """The first truthy answer of `look`, asked again and again for at most `within` seconds."""
    until = time.monotonic() + within
    while True:
        if answer := look():
            return answer
        assert time.monotonic() < until, f"it did not happen within {within} s"
        time.sleep(0.02)


def in_another_process(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a few lines of Python in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


class Supervised:
    """`toy.py` as a process."""

    def __init__(self, state: Path, workers: int, program: Path | None = None, drain: int = 2) -> None:
        self.state = state
        (state / "workers").write_text(str(workers))
        (state / "drain").write_text(str(drain))
        self.listen = ""
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.addons.server.toy",
                str(state),
                *([str(program)] if program else []),
            ],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"GUNICORN_CMD_ARGS": "--workers 7", "WEB_CONCURRENCY": "7", "GUNICORN_PID": "1"},
        )

    def file(self, name: str) -> dict[str, Any]:
        """What stands in one of the files of `run/`, or nothing."""
        try:
            return dict(json.loads((self.state / "run" / name).read_text()))
        except (OSError, ValueError):
            return {}

    def pid_of(self, slot: int) -> int:
        """The ready worker in a slot, or 0."""
        worker = self.file(f"worker-{slot}.json")
        return int(worker["pid"]) if worker.get("ready") else 0

    def keeper_pid(self) -> int:
        """The keeper that was started last, or 0."""
        try:
            return int((self.state / "keeper-pid").read_text() or 0)
        except OSError:
            return 0

    def arbiter_pid(self) -> int:
        """The arbiter of the generation that serves, once one does. Never 0, which means everybody."""

        def serving() -> int:
            generations = self.file("gateway.json").get("generations", ())
            return next((int(one["pid"]) for one in generations if one["state"] == "serving"), 0)

        return eventually(serving)

    def address(self) -> tuple[str, int]:
        """Where it listens, or last did."""
        if not self.listen:
            self.listen = str(eventually(lambda: self.file("gateway.json").get("listen", [""])[0]))
        host, _, port = self.listen.rpartition(":")
        return host, int(port)

    def connect(self) -> socket.socket:
        """A connection to whichever worker takes it."""
        return socket.create_connection(self.address(), timeout=5)

    def who(self) -> tuple[int, int]:
        """Slot and pid of whoever answers."""
        with self.connect() as client:
            client.sendall(b"who\n")
            slot, pid = client.makefile().readline().split()
        return int(slot), int(pid)

    def end(self) -> str:
        """Stop it, however it is, and return what it logged."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
        try:
            _, logged = self.process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return logged


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie that somebody has yet to reap."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
