"""What `run/` says, read back as one answer to: does it serve, and if not, why not?"""

import errno
import json
import os
import subprocess
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addons.server.status import (
    DESK_FILE,
    PULLER_FILE,
    DeskFile,
    GatewayFile,
    KeeperFile,
    PullerFile,
    WorkerFile,
    live_slots,
    read_status,
    write_file,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOBODY = 2**22 + 1  # above the kernel's largest pid
JUST_NOW = (NOW - timedelta(seconds=1)).isoformat()
LONG_AGO = (NOW - timedelta(seconds=60)).isoformat()

GATEWAY = GatewayFile(os.getpid(), 1, 2, ("127.0.0.1:8080",), LONG_AGO, JUST_NOW)
WORKER = WorkerFile(
    pid=os.getpid(),
    slot=0,
    generation=1,
    ready=True,
    waiting_for="",
    at=JUST_NOW,
    ruleset="d1",
    ruleset_built_at=LONG_AGO,
    connections=3,
    requests=10,
    blocked=4,
    counts={"not-a-request:user-info": 2, "log-full:outcome": 1},
)
KEEPER = KeeperFile(
    pid=os.getpid(),
    at=NOW.timestamp() - 1,
    spool_records=3,
    spool_bytes=120,
    database_ok=True,
    database_age_s=0.4,
    set_aside=0,
    error=None,
)
DESK = DeskFile(pid=os.getpid(), at=JUST_NOW, database_ok=True, error=None)


def test_a_supervisor_that_was_killed_has_ended_though_its_parent_has_not_looked_yet(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as killed:
        write(tmp_path, replace(GATEWAY, pid=killed.pid), WORKER, KEEPER)
        assert read_status(tmp_path, NOW).serving
        killed.kill()
        # WNOWAIT leaves it as it is: dead, and not reaped.
        os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)
        status = read_status(tmp_path, NOW)
        assert not status.serving
        assert "has ended" in status.problems[0]


@pytest.mark.parametrize(
    ("children", "last", "began", "age", "said"),
    [
        pytest.param((), JUST_NOW, LONG_AGO, None, False, id="no-shared-folder"),
        pytest.param(("puller",), JUST_NOW, LONG_AGO, 1.0, False, id="all-is-well"),
        pytest.param(("puller",), LONG_AGO, JUST_NOW, 1.0, False, id="it-has-only-just-begun"),
        pytest.param(("puller",), LONG_AGO, LONG_AGO, 61.0, True, id="it-hangs"),
        pytest.param(("puller",), None, LONG_AGO, 61.0, True, id="it-has-hung-from-the-beginning"),
    ],
)
def test_a_shared_folder_that_rulesets_cannot_be_taken_from_is_told_of(
    tmp_path: Path, children: tuple[str, ...], last: str | None, began: str, age: float | None, said: bool
) -> None:
    pids = dict.fromkeys(children, os.getpid())
    write(
        tmp_path, replace(GATEWAY, started_at=began, children=pids), WORKER, replace(WORKER, slot=1), KEEPER
    )
    if last is not None:
        assert write_file(tmp_path / PULLER_FILE, PullerFile(last))
    status = read_status(tmp_path, NOW + timedelta(seconds=1) if said else NOW)
    assert status.shared_age_s == age
    assert any("shared folder for 61 s" in problem for problem in status.problems) is said


def write(run: Path, *files: GatewayFile | WorkerFile | KeeperFile | DeskFile) -> None:
    for file in files:
        match file:
            case GatewayFile():
                assert write_file(run / "gateway.json", file)
            case WorkerFile():
                assert write_file(run / f"worker-{file.slot}.json", file)
            case DeskFile():
                assert write_file(run / DESK_FILE, file)
            case KeeperFile():
                (run / "keeper.json").write_text(json.dumps(asdict(file) | {"said_by_another_release": 1}))


def test_a_gateway_in_order_has_no_problems(tmp_path: Path) -> None:
    write(tmp_path, GATEWAY, WORKER, replace(WORKER, slot=1), KEEPER, DESK)
    status = read_status(tmp_path, NOW)
    assert status.serving
    assert status.problems == ()
    assert status.desk == DESK
    assert status.generation == 1
    assert [worker.slot for worker in status.workers] == [0, 1]
    assert (status.ruleset, status.ruleset_age_s) == ("d1", 60)
    assert (status.spool_bytes, status.spool_records) == (120, 3)
    assert (status.database_ok, status.database_age_s) == (True, 0.4)
    assert status.counts == {"not-a-request:user-info": 4, "log-full:outcome": 2}
    assert status.not_a_request == {"user-info": 4}


def test_a_database_that_was_not_asked_yet_is_not_called_away(tmp_path: Path) -> None:
    write(tmp_path, GATEWAY, WORKER, replace(WORKER, slot=1), replace(KEEPER, database_ok=False), DESK)
    status = read_status(tmp_path, NOW)
    assert (status.problems, status.database_ok) == ((), None)


def test_a_keeper_that_has_had_no_time_to_report_is_not_missed(tmp_path: Path) -> None:
    began = replace(GATEWAY, started_at=JUST_NOW)
    for before in ((), (replace(KEEPER, pid=NOBODY),)):  # the last run's file may still lie there
        write(tmp_path, began, WORKER, replace(WORKER, slot=1), *before)
        status = read_status(tmp_path, NOW)
        assert (status.serving, status.problems, status.database_ok) == (True, (), None)


@pytest.mark.parametrize(
    ("files", "serving", "says"),
    [
        pytest.param((), False, "no gateway runs", id="nothing-there"),
        pytest.param((replace(GATEWAY, pid=NOBODY), WORKER, KEEPER), False, "has ended", id="it-ended"),
        pytest.param(
            (replace(GATEWAY, at=LONG_AGO), WORKER, KEEPER),
            True,
            "the supervisor has said nothing for 60 s",
            id="the-supervisor-hangs",
        ),
        pytest.param((GATEWAY, WORKER, KEEPER), True, "1 of 2 workers", id="a-worker-is-missing"),
        pytest.param(
            (GATEWAY, WORKER, replace(WORKER, slot=1, pid=NOBODY), KEEPER),
            True,
            "1 of 2 workers",
            id="a-worker-has-died",
        ),
        pytest.param(
            (GATEWAY, replace(WORKER, at=LONG_AGO), KEEPER),
            False,
            "worker 0 has said nothing for 60 s",
            id="the-only-worker-hangs",
        ),
        pytest.param(
            (GATEWAY, replace(WORKER, ready=False, waiting_for="the registers"), KEEPER),
            False,
            "worker 0 waits for the registers",
            id="not-ready-yet",
        ),
        pytest.param((GATEWAY, WORKER), True, "the keeper is not running", id="no-keeper"),
        pytest.param((GATEWAY, WORKER, replace(KEEPER, pid=NOBODY)), True, "the keeper is not", id="it-died"),
        pytest.param(
            (GATEWAY, WORKER, replace(KEEPER, database_ok=False, error="refused")),
            True,
            "the database is away: refused",
            id="the-database-is-away",
        ),
        pytest.param(
            (GATEWAY, WORKER, replace(KEEPER, at=NOW.timestamp() - 60)), True, "keeper is not", id="it-hangs"
        ),
        pytest.param((GATEWAY, WORKER, KEEPER), True, "the desk is not running", id="no-desk"),
        pytest.param(
            (GATEWAY, WORKER, KEEPER, replace(DESK, at=LONG_AGO)),
            True,
            "the desk is not running",
            id="the-desk-hangs",
        ),
        pytest.param(
            (GATEWAY, WORKER, KEEPER, replace(DESK, database_ok=False, error="refused")),
            True,
            "cannot keep what people do on our pages: refused",
            id="the-desk-has-no-database",
        ),
        pytest.param(
            (GATEWAY, WORKER, KEEPER, replace(DESK, not_sent={"mail": "away"})),
            True,
            "a mail could not be sent, and is tried again: away",
            id="no-mail-server",
        ),
        pytest.param(
            (GATEWAY, WORKER, KEEPER, replace(DESK, given_up=2)),
            True,
            "2 messages about reports were given up",
            id="nobody-was-told",
        ),
        pytest.param(
            (GATEWAY, WORKER, replace(KEEPER, set_aside=2)), True, "2 records were set aside", id="set-aside"
        ),
        pytest.param(
            (GATEWAY, WORKER, replace(WORKER, slot=1, ruleset="d2"), KEEPER),
            True,
            "judge by different rulesets",
            id="a-ruleset-on-its-way",
        ),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path,
    files: tuple[GatewayFile | WorkerFile | KeeperFile | DeskFile, ...],
    serving: bool,
    says: str,
) -> None:
    write(tmp_path, *files)
    status = read_status(tmp_path, NOW)
    assert status.serving is serving
    assert any(says in problem for problem in status.problems), status.problems


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "surprise": 2}', "\x00" * 100])
def test_a_file_that_cannot_be_read_is_a_file_that_is_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / "gateway.json").write_text(text)
    assert not read_status(tmp_path, NOW).serving


def test_a_slot_is_taken_only_while_somebody_living_says_so(tmp_path: Path) -> None:
    write(
        tmp_path,
        WORKER,
        replace(WORKER, slot=1, pid=NOBODY),
        # After a restart of the machine the number may be anybody's.
        replace(WORKER, slot=2, at=LONG_AGO),
        replace(WORKER, slot=7),
    )
    assert live_slots(tmp_path, NOW) == {0, 7}


def test_writing_replaces_the_file_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path, WORKER)
    write(tmp_path, replace(WORKER, requests=11))
    assert [path.name for path in tmp_path.iterdir()] == ["worker-0.json"]
    assert json.loads((tmp_path / "worker-0.json").read_text())["requests"] == 11


def test_where_nothing_can_be_written_beside_it_the_file_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk."""
    write(tmp_path, replace(WORKER, waiting_for="something long that will not be there any more"))

    def no_space(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", no_space)
    write(tmp_path, replace(WORKER, requests=11))
    assert json.loads((tmp_path / "worker-0.json").read_text())["requests"] == 11


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    assert write_file(tmp_path / "missing" / "worker-0.json", WORKER) is False
