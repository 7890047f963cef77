"""
Everything that is known of a running gateway at one moment: what `run/` says, and what the machine says.

Looked at once a second at most, however often somebody asks: the files are not written more often either.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from addons.observe.certificates import Ends, chain_in_force, read_ends
from addons.observe.clock import Clock, read_clock
from addons.observe.feeds import Feeds, look_at_feeds
from addons.observe.lists import Lists, ListsInForce
from addons.observe.processes import Process, look_at
from addons.server.status import GatewayStatus, read_status

_KEPT_SECONDS = 1.0
# An authority is not changed often, and asking costs the signer a connection.
_CHAIN_SECONDS = 30.0
_AGAIN_SECONDS = 5.0


class Who(NamedTuple):
    """A process of the gateway."""

    role: str
    slot: int | None = None  # of a worker


@dataclass(frozen=True, slots=True)
class Observed:
    """The gateway at one moment."""

    at: datetime
    status: GatewayStatus
    processes: Mapping[Who, Process]
    lists: Lists | None  # of the Ruleset in force; None where there is none that reads
    feeds: Feeds
    authorities: tuple[Ends, ...]
    clock: Clock | None
    free_bytes: int | None  # on the disk of the state folder, for this account


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look."""

    state: Path
    run: Path
    rulesets: Path
    lists: Path
    ca: Path
    signer: str | bytes  # the name of its socket


class Lookout:
    """Looks at the gateway of one state folder."""

    def __init__(self, places: Places, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._lists = ListsInForce(places.rulesets, places.lists)
        self._chain: tuple[bytes, ...] = ()
        self._ask_at = float("-inf")
        self._last: tuple[float, Observed] | None = None

    def look(self) -> Observed:
        """The gateway now, or as it was within the last second."""
        now = self._clock()
        if self._last is None or now - self._last[0] >= _KEPT_SECONDS:
            self._last = (now, self._look())
        return self._last[1]

    def _look(self) -> Observed:
        at = datetime.now(UTC)
        feeds = look_at_feeds(self._places.lists, at)
        status = read_status(self._places.run, at)
        return Observed(
            at=at,
            status=status,
            processes=_processes(status),
            lists=self._lists.look(feeds.well_at),
            feeds=feeds,
            authorities=read_ends(self._chain_in_force(), self._places.ca),
            clock=read_clock(),
            free_bytes=_free_bytes(self._places.state),
        )

    def _chain_in_force(self) -> tuple[bytes, ...]:
        now = self._clock()
        if now >= self._ask_at:
            found = chain_in_force(self._places.signer)
            # A signer that does not answer has not changed what is in force.
            self._chain = found or self._chain
            self._ask_at = now + (_CHAIN_SECONDS if found else _AGAIN_SECONDS)
        return self._chain


def _processes(status: GatewayStatus) -> dict[Who, Process]:
    pids = {Who(role): pid for role, pid in status.processes.items()}
    pids |= {Who("worker", worker.slot): worker.pid for worker in status.workers}
    found = {who: look_at(pid) for who, pid in pids.items()}
    return {who: process for who, process in found.items() if process is not None}


def _free_bytes(folder: Path) -> int | None:
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize
