"""One moment of a gateway, from its files and from the machine."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from addons.observe import observed
from addons.observe.certificates import Ends
from addons.observe.observed import Lookout, Places, Who
from addons.server.status import GatewayFile, GatewayStatus, GenerationNow, WorkerFile, now_text, write_file
from tests.addons.ca.made import authority


def places(state: Path) -> Places:
    (state / "run").mkdir()
    return Places(state, state / "run", state / "rulesets", state / "lists", state / "ca", b"\0nobody")


def write_gateway(run: Path, workers: int = 1) -> None:
    """A gateway every process of which is this one."""
    pid, now = os.getpid(), now_text()
    generations = (GenerationNow(2, pid, "serving"), GenerationNow(1, 2**22 + 1, "draining"))
    file = GatewayFile(
        pid,
        2,
        workers,
        ("127.0.0.1:8080",),
        now,
        now,
        generations,
        children={"keeper": pid, "signer": 2**22 + 1},
    )
    write_file(run / "gateway.json", file)
    write_file(run / "worker-4.json", WorkerFile(pid, 4, 2, True, "", now, "d", now, 5, 40, 7, {}))


def test_every_process_that_lives_is_looked_at_by_its_role(tmp_path: Path) -> None:
    where = places(tmp_path)
    write_gateway(where.run)
    found = Lookout(where).look()
    assert set(found.processes) == {Who("supervisor"), Who("generation"), Who("keeper"), Who("worker", 4)}
    assert found.status.serving
    assert (found.lists, found.authorities) == (None, ())
    assert found.free_bytes is not None
    assert abs((found.at - datetime.now(UTC)).total_seconds()) < 5


def test_however_often_it_is_asked_it_looks_once_a_second(tmp_path: Path) -> None:
    clock = [100.0]
    where = places(tmp_path)
    write_gateway(where.run)
    lookout = Lookout(where, lambda: clock[0])
    first = lookout.look()
    write_gateway(where.run, workers=7)
    clock[0] += 0.9
    assert lookout.look() is first
    clock[0] += 0.2
    assert lookout.look().status.workers_wanted == 7


def test_a_folder_with_nothing_in_it_is_a_gateway_that_does_not_run(tmp_path: Path) -> None:
    found = Lookout(places(tmp_path)).look()
    assert not found.status.serving
    assert found.processes == {}


def test_the_moment_can_be_written_down_and_read_again(tmp_path: Path) -> None:
    """As it is for `status`."""
    where = places(tmp_path)
    write_gateway(where.run)
    status = Lookout(where).look().status
    told = msgspec.json.encode(status)
    assert msgspec.json.decode(told, type=GatewayStatus) == status
    assert json.loads(told)["workers"][0]["slot"] == 4


def test_a_signer_that_does_not_answer_has_not_changed_what_is_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuing = authority("issuing").certificate
    answers = [(), (issuing.public_bytes(Encoding.DER),), ()]
    monkeypatch.setattr(observed, "chain_in_force", lambda _: answers.pop(0))
    clock = [100.0]
    lookout = Lookout(places(tmp_path), lambda: clock[0])
    assert lookout.look().authorities == ()
    clock[0] += 4
    assert (lookout.look().authorities, len(answers)) == ((), 2), "it is not asked at every look"
    clock[0] += 2
    known = lookout.look().authorities
    assert known == (Ends("issuing", issuing.not_valid_after_utc),)
    clock[0] += 31
    assert (lookout.look().authorities, answers) == (known, [])
