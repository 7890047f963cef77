"""
`sluicegate reload`: the running gateway takes over new settings, policy and code; or nothing changes.

Who the gateway is the kernel says: whoever holds the lock of the state folder. A number in a file could
be anybody's by now. The supervisor is sent SIGHUP, and says in `run/gateway.json` how it went.
"""

import fcntl
import json
import os
import signal
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli import show
from console.cli.state import state_folder
from policy.errors import Away, ConfigurationError

# How long the supervisor may take to notice that it was asked; it does at once.
_NOTICE_SECONDS = 10.0
_LOOK_SECONDS = 0.1
_MOST_BYTES = 64 * 1024
# struct flock on Linux with 64-bit offsets: type, whence, start, length, pid (fcntl(2)).
_FLOCK = "hhqqi"


@dataclass(frozen=True, slots=True)
class Said:
    """What the supervisor says of reloads: how many were asked for, how many are over, how the last went."""

    asked: int
    answered: int
    succeeded: bool
    why: str
    generation: int
    draining: bool  # whether an earlier generation still finishes


def reload(
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON.")] = False,
) -> None:
    """
    Take over new settings, policy and code, without a failed request.

    Starts new workers beside the ones that serve. Only when all of them are
    ready do the old ones let nobody new in, and finish. What is wrong is one
    line, and nothing has changed. While an earlier reload still drains, it
    waits for that.

    Examples:
      sluicegate reload
      systemctl reload sluicegate
    """
    run = state_folder().root / "run"
    pid = holder(run / "lock")
    if pid is None:
        raise Away(f"no gateway runs with the state folder {run.parent}; start one with: sluicegate run")
    before = _first_word(run)
    try:
        os.kill(pid, signal.SIGHUP)
    except PermissionError as error:
        raise Away(f"the gateway (pid {pid}) belongs to another account; use that account") from error
    said = _await(run, pid, before.asked)
    if as_json:
        show.json_line({"succeeded": said.succeeded, "why": said.why, "generation": said.generation})
    elif said.succeeded:
        show.line(f"reloaded: {said.why}")
    if not said.succeeded:
        raise ConfigurationError(f"not reloaded, nothing has changed: {said.why}")


def _first_word(run: Path) -> Said:
    """How things stand. Raises `Away` when that cannot be read: the gateway has only just begun, or hangs."""
    until = time.monotonic() + _NOTICE_SECONDS
    while (said := read(run / "gateway.json")) is None:
        if time.monotonic() > until:
            raise Away("the gateway does not say how it is; look at: sluicegate status")
        time.sleep(_LOOK_SECONDS)
    return said


def _await(run: Path, pid: int, asked_before: int) -> Said:
    """The answer to what was asked for after `asked_before`. Raises `Away` when the gateway ends first."""
    noticed_by = time.monotonic() + _NOTICE_SECONDS
    told = False
    while holder(run / "lock") == pid:
        said = read(run / "gateway.json")
        if said is not None and said.answered > asked_before:
            return said
        noticed = said is not None and said.asked > asked_before
        if not noticed and time.monotonic() > noticed_by:
            raise Away("the gateway does not answer; look at: sluicegate status")
        if said is not None and noticed and said.draining and not told:
            show.note("waiting until the workers of before the last reload have finished")
            told = True
        time.sleep(_LOOK_SECONDS)
    raise Away("the gateway has ended; start it with: sluicegate run")


def holder(lock: Path) -> int | None:
    """
    The process that holds a lock file, by the kernel's word; None where nobody does.

    Raises `Away` where it cannot be asked, or the process is none that could be sent a signal from here.
    """
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Away(f"{lock}: belongs to another account; use the gateway's") from error
    try:
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    if kind == fcntl.F_UNLCK:
        return None
    if pid <= 0:
        raise Away(f"the gateway with {lock.parent} runs in another container; reload it there")
    return int(pid)


def read(file: Path) -> Said | None:
    """What stands in `run/gateway.json`; None where that cannot be read just now."""
    try:
        with file.open("rb") as opened:
            content: Any = json.loads(opened.read(_MOST_BYTES))
        reload = content["reload"]
        return Said(
            asked=int(reload["asked"]),
            answered=int(reload["answered"]),
            succeeded=bool(reload["succeeded"]),
            why=str(reload["why"]),
            generation=int(content["generation"]),
            draining=any(one["state"] == "draining" for one in content["generations"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
