"""The spool's writing end: what `record` returned for is in the file, and what failed is not."""

import asyncio
import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from db.frames import DECISION, encode, frames
from db.segments import segments
from db.settings import Durability, SpoolSettings
from db.spool import SpoolWriter
from db.spool_reader import SpoolReader
from policy.decision import Decision
from policy.errors import DecisionLogUnavailable
from tests.db.examples import decision, outcome
from tests.descriptors import no_descriptors_left

SETTINGS = SpoolSettings()
POWER = SpoolSettings(durability=Durability.POWER)


def recorded(folder: Path) -> list[object]:
    return [frame.record() for segment in segments(folder) for frame in frames(segment.path.read_bytes())]


@pytest.mark.parametrize("settings", [SETTINGS, POWER], ids=["process", "power"])
def test_a_record_is_in_the_file_when_record_returns(tmp_path: Path, settings: SpoolSettings) -> None:
    writer = SpoolWriter(tmp_path / "slot-0", settings)
    made = decision()
    writer.record(made)
    assert recorded(tmp_path / "slot-0") == [made]
    ended = outcome(made)
    writer.outcome(ended)
    assert recorded(tmp_path / "slot-0") == [made, ended]
    writer.close()


def test_the_next_writer_of_a_slot_keeps_what_the_last_one_left(tmp_path: Path) -> None:
    made = [decision() for _ in range(3)]
    for one in made:
        writer = SpoolWriter(tmp_path, SETTINGS)
        writer.record(one)
        writer.close()
    assert recorded(tmp_path) == made


def test_two_processes_never_write_one_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.spool._LOCK_PATIENCE", 0.05)
    first = SpoolWriter(tmp_path, SETTINGS)
    with pytest.raises(DecisionLogUnavailable, match="another process has this folder"):
        SpoolWriter(tmp_path, SETTINGS)
    first.close()
    SpoolWriter(tmp_path, SETTINGS).close()


def test_a_writer_that_records_nothing_leaves_no_segment(tmp_path: Path) -> None:
    SpoolWriter(tmp_path, SETTINGS).close()
    assert segments(tmp_path) == []


def test_a_spool_that_holds_all_it_may_takes_no_more_until_something_was_shipped(tmp_path: Path) -> None:
    settings = SpoolSettings(max_bytes=1 << 20)
    writer = SpoolWriter(tmp_path, settings)
    taken = 0
    with pytest.raises(DecisionLogUnavailable, match=r"spool\.max_bytes"):
        for _ in range(10_000):
            writer.record(decision())
            taken += 1
    assert len(recorded(tmp_path)) == taken > 500
    assert len(segments(tmp_path)) > 4, "only whole segments can be removed, so there must be several"

    segments(tmp_path)[0].path.unlink()
    writer.record(decision())
    writer.close()


def _with_disk_limit(folder: Path) -> list[str]:
    """
    Records until a file may not grow, then while none may even hold a record, then with room again.

    In a process of its own, since the limit is the process's. The kernel writes what still fits, as on a
    full disk: a short write first, then an error. Returns the identifiers of what `record` returned for.
    """
    script = f"""
import resource, signal
from pathlib import Path
from db.settings import SpoolSettings
from db.spool import SpoolWriter
from policy.errors import DecisionLogUnavailable
from tests.db.examples import decision
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = SpoolWriter(Path({str(folder)!r}), SpoolSettings())
refused = []
for limit in (10_000, 500, resource.RLIM_INFINITY):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    refused.append(0)
    for _ in range(20):
        made = decision()
        try:
            writer.record(made)
            print(made.id)
        except DecisionLogUnavailable:
            refused[-1] += 1
assert refused[0] > 0 and refused[1:] == [20, 0], refused
"""
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()


def test_a_record_that_did_not_fit_is_taken_back_and_the_next_one_succeeds(tmp_path: Path) -> None:
    returned = _with_disk_limit(tmp_path)
    assert len(returned) > 30
    kept = [str(one.id) for one in recorded(tmp_path)]  # type: ignore[attr-defined]  # all are Decisions
    assert kept == returned
    for segment in segments(tmp_path):
        assert list(frames(segment.path.read_bytes()))[-1].end == segment.size, "nothing torn is left"
    assert len(segments(tmp_path)) <= 4, "failures do not heap up segments"


def test_without_descriptors_a_record_is_refused_and_the_next_segment_gets_the_next_number(
    tmp_path: Path,
) -> None:
    first = SpoolWriter(tmp_path, SETTINGS)
    kept = [decision(), decision()]
    first.record(kept[0])
    first.close()
    writer = SpoolWriter(tmp_path, SETTINGS)
    with no_descriptors_left(), pytest.raises(DecisionLogUnavailable, match="Too many open files"):
        writer.record(decision())
    writer.record(kept[1])
    writer.close()
    assert [segment.number for segment in segments(tmp_path)] == [1, 2]
    assert recorded(tmp_path) == kept


def test_without_descriptors_a_full_spool_goes_on_refusing_and_gives_up_nothing(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, SpoolSettings(max_bytes=1 << 20))
    with pytest.raises(DecisionLogUnavailable, match=r"spool\.max_bytes"):
        for _ in range(10_000):
            writer.record(decision())
    count = len(segments(tmp_path))
    with no_descriptors_left(), pytest.raises(DecisionLogUnavailable, match="Too many open files"):
        writer.record(decision())
    segments(tmp_path)[0].path.unlink()
    writer.record(decision())
    assert len(segments(tmp_path)) == count - 1, "it went on in the segment that it had"
    writer.close()


def test_a_full_disk_is_freed_by_shipping_what_this_very_writer_wrote(tmp_path: Path) -> None:
    """Once a write has failed, its segment has a successor and can go."""
    _with_disk_limit(tmp_path)
    reader = SpoolReader(tmp_path)
    while (batch := reader.next_batch(100)) is not None:
        reader.advance(batch)
    assert len(segments(tmp_path)) == 1


def test_a_disk_that_fails_is_reported_and_nothing_of_the_record_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SpoolWriter(tmp_path, SETTINGS)
    first, second = decision(), decision()
    writer.record(first)
    real = os.write
    calls = []

    def torn(fd: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 1:
            return real(fd, data[:50])
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched, pytest.raises(DecisionLogUnavailable, match="Input/output error"):
        patched.setattr("db.spool.os.write", torn)
        writer.record(decision())
    writer.record(second)
    assert recorded(tmp_path) == [first, second]
    assert sum(segment.size for segment in segments(tmp_path)) == 2 * len(encode(DECISION, first))
    writer.close()


def test_when_the_torn_record_cannot_be_cut_off_a_new_segment_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SpoolWriter(tmp_path, SETTINGS)
    first, second = decision(), decision()
    writer.record(first)
    real = os.write

    def torn(fd: int, data: bytes) -> int:
        real(fd, data[:50])
        raise OSError(errno.EIO, "Input/output error")

    def stuck(fd: int, length: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched, pytest.raises(DecisionLogUnavailable):
        patched.setattr("db.spool.os.write", torn)
        patched.setattr("db.spool.os.ftruncate", stuck)
        writer.record(decision())
    writer.record(second)
    assert recorded(tmp_path) == [first, second]
    assert len(segments(tmp_path)) == 2
    writer.close()


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, SpoolSettings(durability=Durability.POWER, max_bytes=2 << 20))
    made = [[decision() for _ in range(50)] for _ in range(8)]

    def work(mine: list[Decision]) -> None:
        for one in mine:
            writer.record(one)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    kept = {one.id for one in recorded(tmp_path)}  # type: ignore[attr-defined]  # all are Decisions
    assert kept == {one.id for mine in made for one in mine}


def test_on_an_event_loop_many_records_share_one_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = []
    real = os.fdatasync

    def counted(fd: int) -> None:
        syncs.append(fd)
        time.sleep(0.05)  # a slow disk: everybody who comes meanwhile waits for the next
        real(fd)

    monkeypatch.setattr("db.spool.os.fdatasync", counted)
    writer = SpoolWriter(tmp_path, POWER)

    async def many() -> None:
        await asyncio.gather(*(writer.record_soon(decision()) for _ in range(100)))

    asyncio.run(many())
    writer.close()
    assert len(recorded(tmp_path)) == 100
    assert 1 <= len(syncs) <= 10, "not one for each"


def test_one_who_gives_up_waiting_does_not_spoil_the_sync_for_the_others(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, POWER)

    async def several() -> list[object]:
        tasks = [asyncio.create_task(writer.record_soon(decision())) for _ in range(5)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    results = asyncio.run(several())
    writer.close()
    assert results[1:] == [None] * 4


def test_a_sync_that_fails_is_told_to_whoever_waits_and_the_segment_is_not_trusted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SpoolWriter(tmp_path, POWER)
    writer.record(decision())

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched, pytest.raises(DecisionLogUnavailable, match="cannot be synced"):
        patched.setattr("db.spool.os.fdatasync", failing)
        writer.record(decision())
    writer.record(decision())
    writer.close()
    assert len(segments(tmp_path)) == 2


def test_records_on_both_sides_of_a_new_segment_are_all_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.spool._SEGMENT_BYTES", 3 * len(encode(DECISION, decision())))
    writer = SpoolWriter(tmp_path, POWER)
    made = [decision() for _ in range(20)]

    async def all_of_them() -> None:
        await asyncio.gather(*(writer.record_soon(one) for one in made))

    asyncio.run(all_of_them())
    writer.close()
    assert recorded(tmp_path) == made
    assert len(segments(tmp_path)) > 4


@pytest.mark.parametrize("settings", [SETTINGS, POWER], ids=["process", "power"])
def test_a_segment_that_holds_anything_gets_a_successor_in_time_and_an_empty_one_does_not(
    tmp_path: Path, settings: SpoolSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.spool._SEGMENT_SECONDS", 0.05)
    writer = SpoolWriter(tmp_path, settings)
    made = [decision() for _ in range(3)]
    for count, one in enumerate(made, start=2):
        writer.record(one)
        deadline = time.monotonic() + 10
        while segments(tmp_path)[-1].size > 0:
            assert time.monotonic() < deadline, "it has no successor"
            time.sleep(0.01)
        time.sleep(0.2)
        assert len(segments(tmp_path)) == count
    writer.close()
    assert recorded(tmp_path) == made


def test_a_successor_that_finds_no_room_is_begun_by_the_next_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.spool._SEGMENT_SECONDS", 0.05)
    writer = SpoolWriter(tmp_path, SETTINGS)
    first, second = decision(), decision()
    writer.record(first)

    def full(folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("db.spool.new_segment", full)
        time.sleep(0.3)
        with pytest.raises(DecisionLogUnavailable, match="No space left"):
            writer.record(decision())
    writer.record(second)
    writer.close()
    assert recorded(tmp_path) == [first, second]
