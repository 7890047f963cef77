"""One moment of a gateway in order, to be changed by tests."""

import os
from datetime import UTC, datetime, timedelta

from addons.observe.certificates import Ends
from addons.observe.clock import Clock
from addons.observe.feeds import Feeds
from addons.observe.histogram import BOUNDS, Counted
from addons.observe.lists import Lists
from addons.observe.observed import Observed, Who
from addons.observe.processes import Process
from addons.server.status import DeskFile, GatewayStatus, GenerationNow, Reloads, WorkerFile
from categories.feeds.state import Standing

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CATEGORIES = frozenset({"gambling", "pornography", "help"})
TIMES = Counted((2, 1, *[0] * (len(BOUNDS) - 2), 4), 12.5)

WORKER = WorkerFile(
    pid=os.getpid(),
    slot=0,
    generation=1,
    ready=True,
    waiting_for="",
    at=NOW.isoformat(),
    ruleset="d1",
    ruleset_built_at=NOW.isoformat(),
    connections=3,
    requests=10,
    blocked=4,
    counts={
        "not-a-request:user-info": 2,
        "log-full:outcome": 1,
        "undecidable:requestheaders": 5,
        "sign-in:wrong": 6,
        "tls-failed:client": 7,
    },
    decisions={"allow:not-listed:": 6, "block:listed:gambling": 4},
    times={"request": TIMES, "answer": TIMES, "loop": TIMES},
)

DESK = DeskFile(
    pid=os.getpid(),
    at=NOW.isoformat(),
    database_ok=True,
    error=None,
    answers={"check-password:known": 40, "check-password:not-known": 2, "acknowledge:done": 7},
    waiting=3,
    waiting_since=(NOW - timedelta(minutes=5)).isoformat(),
    given_up=1,
    sent={"mail": 9, "webhook": 4},
    failed={"mail": 2, "webhook": 0},
)

STATUS = GatewayStatus(
    serving=True,
    problems=(),
    generation=1,
    workers_wanted=1,
    workers=(WORKER,),
    listen=("127.0.0.1:8080",),
    started_at=NOW - timedelta(hours=1),
    ruleset="d1",
    ruleset_age_s=60.0,
    spool_bytes=120,
    spool_records=3,
    database_ok=True,
    database_age_s=0.4,
    generations=(GenerationNow(1, os.getpid(), "serving"),),
    reload=Reloads(asked=2, answered=2),
    deaths=1,
    rulesets=1,
    supervisor_age_s=0.5,
    spool_oldest_s=0.2,
    shared_age_s=0.7,
    desk=DESK,
)

PROCESS = Process(
    cpu_s=1.5, resident_bytes=80_000_000, proportional_bytes=20_000_000, open_files=12, most_files=4256
)

OBSERVED = Observed(
    at=NOW,
    status=STATUS,
    processes={Who("worker", 0): PROCESS, Who("supervisor"): PROCESS},
    lists=Lists("d1", NOW - timedelta(days=1), {"gambling": 2, "help": 1}, {"gambling": 50, "help": 7}, NOW),
    feeds=Feeds({Standing.WELL: 3, Standing.STALE: 1}, NOW - timedelta(days=4), {}),
    authorities=(Ends("issuing", NOW + timedelta(days=30)), Ends("root", NOW + timedelta(days=3000))),
    clock=Clock(synchronised=True, offset_s=-0.002, max_error_s=0.016),
    free_bytes=10**9,
)
