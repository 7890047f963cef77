"""
How the gateway is, as plain data, from the small files its processes leave in `run/`.

Each process writes its own file about once a second, by one rename, so that a reader never sees half of
it and no reader can hold a process up. Nobody is asked: `sluicegate status` works beside a gateway that
hangs, and says so, because a file that has not been written for some seconds is its own message.

    gateway.json    the supervisor: pid, generations, workers wanted, addresses, since when, the last reload
    worker-N.json   a worker: pid, slot, generation, ready, ruleset, counters
    keeper.json     the keeper (`db/keeper.py`): spool depth, the database's age
    desk.json       the desk (`addons/desk/desk.py`): the database as it sees it, what waits to be sent
    puller.json     the puller, where there is one: when all was well with the shared folder
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from addons.observe.histogram import Counted
from addons.server.run_file import replace_file

PULLER_FILE = "puller.json"
DESK_FILE = "desk.json"
STALE_SECONDS = 5.0
# A Ruleset that is new is copied and compared before all is well.
_SHARED_SECONDS = 60.0
_NOT_A_REQUEST = "not-a-request:"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Reloads:
    """The reloads that the supervisor was asked for since it began, by number, and how the last one ended."""

    asked: int = 0
    answered: int = 0
    succeeded: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class GenerationNow:
    """A generation that lives."""

    generation: int
    pid: int
    state: str


@dataclass(frozen=True, slots=True)
class GatewayFile:
    """What the supervisor says of itself."""

    pid: int
    generation: int
    workers: int
    listen: tuple[str, ...]
    started_at: str  # ISO 8601, UTC, as every time in these files
    at: str
    generations: tuple[GenerationNow, ...] = ()
    reload: Reloads = Reloads()
    deaths: int = 0  # of workers, since this generation began, that nobody had told to end
    children: Mapping[str, int] = field(default_factory=dict)  # pids of those that are no workers, by role
    modes: Mapping[str, str] = field(default_factory=dict)  # how clients come by each of the addresses


@dataclass(frozen=True, slots=True)
class WorkerFile:
    """What a worker says of itself. Counters count since this process began."""

    pid: int
    slot: int
    generation: int
    ready: bool
    waiting_for: str  # what keeps it from being ready
    at: str
    ruleset: str
    ruleset_built_at: str
    connections: int  # open now
    requests: int
    blocked: int
    counts: Mapping[str, int]  # what no Decision tells of, by a fixed word
    # What is on record, by "verdict:reason:category" (`addons/observe/tally.py`).
    decisions: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, Counted] = field(default_factory=dict)  # how long things took, by a fixed word


@dataclass(frozen=True, slots=True)
class KeeperFile:
    """What of the keeper's word on itself (`db.keeper.KeeperStatus`) is read here."""

    pid: int
    at: float  # Unix seconds
    spool_records: int
    spool_bytes: int
    database_ok: bool
    database_age_s: float
    set_aside: int  # records the database would not take
    error: str | None
    damaged_bytes: int = 0  # of spools, stepped over
    spool_oldest_at: float | None = None  # when the record was made that has waited longest
    break_glass_until: float | None = None  # when what is open ends
    break_glass_unconfirmed: int = 0
    break_glass_overdue: int = 0


@dataclass(frozen=True, slots=True)
class DeskFile:
    """What the desk says of itself. Counters count since this process began."""

    pid: int
    at: str
    database_ok: bool
    error: str | None  # what keeps it from its work
    answers: Mapping[str, int] = field(default_factory=dict)  # by "question:answer"
    waiting: int = 0  # messages to be sent
    waiting_since: str | None = None  # the oldest of them
    given_up: int = 0  # messages that could not be sent in days, as the database has them
    sent: Mapping[str, int] = field(default_factory=dict)  # by channel
    failed: Mapping[str, int] = field(default_factory=dict)  # attempts, by channel
    not_sent: Mapping[str, str] = field(default_factory=dict)  # why the last attempt failed, by channel


@dataclass(frozen=True, slots=True)
class PullerFile:
    """What the puller (`categories/pull.py`) says."""

    at: str  # when it last found all well with the shared folder


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """How the gateway is. `problems` is empty when all is well; it may serve all the same when not."""

    serving: bool
    problems: tuple[str, ...]
    generation: int | None
    workers_wanted: int
    workers: tuple[WorkerFile, ...]  # alive ones, by slot
    listen: tuple[str, ...]
    started_at: datetime | None
    ruleset: str | None  # None while the workers judge by different ones
    ruleset_age_s: float | None  # since it was built
    spool_bytes: int | None
    spool_records: int | None
    database_ok: bool | None  # None while nobody knows
    database_age_s: float | None  # since the database last answered
    counts: Mapping[str, int] = field(default_factory=dict)  # of all workers
    observe: str = ""  # where probes and Prometheus are answered
    modes: Mapping[str, str] = field(default_factory=dict)  # how clients come by each address in `listen`
    generations: tuple[GenerationNow, ...] = ()
    reload: Reloads = Reloads()
    deaths: int = 0  # of workers that nobody had told to end
    processes: Mapping[str, int] = field(default_factory=dict)  # pids of those that are no workers, by role
    rulesets: int = 0  # by how many different ones the ready workers judge
    supervisor_age_s: float | None = None  # since it last said how it is
    spool_oldest_s: float | None = None  # how long the record has waited that waits longest
    set_aside: int = 0
    damaged_bytes: int = 0
    break_glass_left_s: float = 0.0  # for how long break-glass is still open; 0 where it is not
    break_glass_unconfirmed: int = 0
    break_glass_overdue: int = 0
    shared_age_s: float | None = None  # since all was well with the shared folder; None without one
    desk: DeskFile | None = None  # what the desk says of itself; None where it says nothing

    @property
    def not_a_request(self) -> Mapping[str, int]:
        """What was refused without being a request at all, by reason."""
        return {
            word.removeprefix(_NOT_A_REQUEST): count
            for word, count in self.counts.items()
            if word.startswith(_NOT_A_REQUEST)
        }


def write_file(path: Path, content: GatewayFile | WorkerFile | DeskFile | PullerFile) -> bool:
    """Replace `path`; whether it worked: a process must not die of being unable to say how it is."""
    return replace_file(path, msgspec.json.encode(content))


def read_status(run: Path, now: datetime) -> GatewayStatus:
    """How the gateway with this `run/` folder is at `now` (aware)."""
    gateway = _read(run / "gateway.json", GatewayFile)
    if gateway is None:
        return _not_running("no gateway runs with this state folder; start one with: sluicegate run")
    if not _alive(gateway.pid):
        return _not_running("the gateway has ended; start it with: sluicegate run")

    problems: list[str] = []
    if _age(gateway.at, now) > STALE_SECONDS:
        problems.append(f"the supervisor has said nothing for {_age(gateway.at, now):.0f} s")
    files = (_read(path, WorkerFile) for path in run.glob("worker-*.json"))
    workers = sorted((w for w in files if w is not None and _alive(w.pid)), key=lambda w: w.slot)
    fresh = [w for w in workers if _age(w.at, now) <= STALE_SECONDS]
    ready = [w for w in fresh if w.ready]
    # What the other generation's workers wait for is the reload's own affair.
    current = [w for w in workers if w.generation == gateway.generation]
    problems += [
        f"worker {w.slot} has said nothing for {_age(w.at, now):.0f} s" for w in workers if w not in fresh
    ]
    problems += [f"worker {w.slot} waits for {w.waiting_for}" for w in current if w in fresh and not w.ready]
    if len(current) < gateway.workers:
        problems.append(f"{len(current)} of {gateway.workers} workers are running")
    if not gateway.reload.succeeded:
        problems.append(f"the last reload changed nothing: {gateway.reload.why}")

    started = _age(gateway.started_at, now) > STALE_SECONDS
    desk, of_desk = _desk(run, now, started=started)
    keeper, of_keeper = _keeper(run, now, started=started)
    problems += (*of_desk, *of_keeper)

    shared_age = _shared_age(run, gateway, now)
    if shared_age is not None and shared_age > _SHARED_SECONDS:
        problems.append(
            f"Rulesets could not be taken from the shared folder for {shared_age:.0f} s: it is away, or the "
            "log says what is wrong with it"
        )

    rulesets = {(w.ruleset, w.ruleset_built_at) for w in ready}
    different = len(rulesets)
    if different > 1:
        problems.append("the workers judge by different rulesets")
    ruleset, built_at = rulesets.pop() if len(rulesets) == 1 else (None, None)
    counts: dict[str, int] = {}
    for worker in workers:
        for word, count in worker.counts.items():
            counts[word] = counts.get(word, 0) + count
    return GatewayStatus(
        serving=bool(ready),
        problems=tuple(problems),
        generation=gateway.generation,
        workers_wanted=gateway.workers,
        workers=tuple(workers),
        listen=tuple(gateway.listen),
        started_at=_moment(gateway.started_at),
        ruleset=ruleset,
        ruleset_age_s=_age(built_at, now) if built_at else None,
        spool_bytes=keeper.spool_bytes if keeper else None,
        spool_records=keeper.spool_records if keeper else None,
        # A keeper without an answer and without an error has only just begun, and has not asked yet.
        database_ok=keeper.database_ok if keeper and (keeper.database_ok or keeper.error) else None,
        database_age_s=keeper.database_age_s if keeper else None,
        counts=counts,
        modes=gateway.modes,
        generations=gateway.generations,
        reload=gateway.reload,
        deaths=gateway.deaths,
        processes=_processes(gateway),
        rulesets=different,
        supervisor_age_s=_age(gateway.at, now),
        spool_oldest_s=_between(keeper.spool_oldest_at, now.timestamp()) if keeper else None,
        set_aside=keeper.set_aside if keeper else 0,
        damaged_bytes=keeper.damaged_bytes if keeper else 0,
        break_glass_left_s=_between(now.timestamp(), keeper.break_glass_until) if keeper else 0.0,
        break_glass_unconfirmed=keeper.break_glass_unconfirmed if keeper else 0,
        break_glass_overdue=keeper.break_glass_overdue if keeper else 0,
        shared_age_s=shared_age,
        desk=desk,
    )


def now_text() -> str:
    """The present moment as these files write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def live_slots(run: Path, now: datetime) -> frozenset[int]:
    """
    The slots in which a worker still lives, perhaps one whose supervisor was killed.

    Fresh as well as alive: after a restart of the machine its number may be anybody's.
    """
    files = (_read(path, WorkerFile) for path in run.glob("worker-*.json"))
    return frozenset(
        w.slot for w in files if w is not None and _alive(w.pid) and _age(w.at, now) <= STALE_SECONDS
    )


def _processes(gateway: GatewayFile) -> Mapping[str, int]:
    found = {"supervisor": gateway.pid, **gateway.children}
    for one in gateway.generations:
        if one.generation == gateway.generation:
            found["generation"] = one.pid
    return found


def _shared_age(run: Path, gateway: GatewayFile, now: datetime) -> float | None:
    """Seconds since all was well with the shared folder, or since this generation began; None without one."""
    if "puller" not in gateway.children:
        return None
    puller = _read(run / PULLER_FILE, PullerFile)
    return min(_age(gateway.started_at, now), _age(puller.at, now) if puller else float("inf"))


def _keeper(run: Path, now: datetime, *, started: bool) -> tuple[KeeperFile | None, list[str]]:
    """What the keeper says, None where it says nothing, and what is wrong with either."""
    keeper = _read(run / "keeper.json", KeeperFile)
    if keeper is not None and _alive(keeper.pid) and now.timestamp() - keeper.at <= STALE_SECONDS:
        return keeper, _problems_of(keeper, now)
    # One that has only just been started has not had the time to say so.
    return None, ["the keeper is not running: decisions stay in the spool"] if started else []


def _problems_of(keeper: KeeperFile, now: datetime) -> list[str]:
    problems: list[str] = []
    if keeper.error is not None:
        problems.append(f"the database is away: {keeper.error}")
    if keeper.set_aside:
        problems.append(f"{keeper.set_aside} records were set aside: the database would not take them")
    if keeper.damaged_bytes:
        problems.append(f"{keeper.damaged_bytes} bytes of the spools were damaged and stepped over")
    if (left := _between(now.timestamp(), keeper.break_glass_until)) > 0:
        problems.append(f"break-glass is open for another {left / 60:.0f} min: nearly everything passes")
    if keeper.break_glass_overdue:
        problems.append(f"{keeper.break_glass_overdue} uses of break-glass were confirmed by nobody in a day")
    return problems


def _desk(run: Path, now: datetime, *, started: bool) -> tuple[DeskFile | None, list[str]]:
    """The same of the desk."""
    desk = _read(run / DESK_FILE, DeskFile)
    if desk is not None and _alive(desk.pid) and _age(desk.at, now) <= STALE_SECONDS:
        return desk, _problems_of_desk(desk)
    without = "the desk is not running: nobody can prove who they are, and our pages can keep nothing"
    return None, [without] if started else []


def _problems_of_desk(desk: DeskFile) -> list[str]:
    problems: list[str] = []
    if desk.error is not None:
        problems.append(f"the desk cannot keep what people do on our pages: {desk.error}")
    problems += [
        f"a {channel} could not be sent, and is tried again: {why}"
        for channel, why in sorted(desk.not_sent.items())
    ]
    if desk.given_up:
        problems.append(f"{desk.given_up} messages about reports were given up: `sluicegate reports list`")
    return problems


def _between(earlier: float | None, later: float | None) -> float:
    """Seconds from the one to the other; 0 where one is missing or they stand the other way round."""
    return max(0.0, later - earlier) if earlier is not None and later is not None else 0.0


def _not_running(why: str) -> GatewayStatus:
    return GatewayStatus(
        serving=False,
        problems=(why,),
        generation=None,
        workers_wanted=0,
        workers=(),
        listen=(),
        started_at=None,
        ruleset=None,
        ruleset_age_s=None,
        spool_bytes=None,
        spool_records=None,
        database_ok=None,
        database_age_s=None,
    )


def _read[T: (GatewayFile, WorkerFile, KeeperFile, DeskFile, PullerFile)](
    path: Path, kind: type[T]
) -> T | None:
    """What stands in the file, or None: a file that cannot be read says as much as one that is not there."""
    try:
        with path.open("rb") as file:
            # Another release may say more, and nothing here needs to know it.
            return msgspec.json.decode(file.read(_MOST_BYTES), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, which the gateway's may be
    try:
        # One that was killed, and whose parent has yet to look, is still there to be sent a signal.
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[:1] != [b"Z"]
    except OSError:
        return True  # not ours to see


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _age(text: str, now: datetime) -> float:
    """Seconds since then; infinite where the file says nothing readable."""
    moment = _moment(text)
    return (now - moment).total_seconds() if moment else float("inf")
