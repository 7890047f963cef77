"""The spool in a backup: nothing that waits is missing, and nothing comes back that is past its days."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.frames import DECISION, HEADER, MAGIC, encode
from db.segments import segments
from db.settings import SpoolSettings
from db.spool import SpoolWriter
from db.spool_backup import WaitingSegment, put_back, waiting, within_days
from db.spool_reader import SpoolReader
from policy.decision import Decision, Outcome
from policy.document import read_policy
from policy.errors import BackupRefused
from policy.words import RetentionClass
from tests.db.examples import decision, outcome

NAME = "slot-0/00000001-0123456789abcdef0123456789abcdef.spool"


def spooled(root: Path, count: int, slot: int = 0) -> list[Decision]:
    writer = SpoolWriter(root / f"slot-{slot}", SpoolSettings(max_bytes=1 << 20))
    made = [decision() for _ in range(count)]
    for one in made:
        writer.record(one)
    writer.close()
    return made


def restored(root: Path, found: list[WaitingSegment]) -> list[Decision | Outcome]:
    for one in found:
        put_back(root, one.name, one.data, lambda _record: True)
    records: list[Decision | Outcome] = []
    for folder in sorted(root.iterdir()):
        reader = SpoolReader(folder)
        while (batch := reader.next_batch(100)) is not None:
            records += [frame.record() for frame in batch.frames]
            reader.advance(batch)
    return records


def test_every_waiting_record_of_every_slot_comes_back(tmp_path: Path) -> None:
    made = [*spooled(tmp_path / "a", 400), *spooled(tmp_path / "a", 5, slot=3)]
    assert len(segments(tmp_path / "a" / "slot-0")) > 2
    assert restored(tmp_path / "b", list(waiting(tmp_path / "a"))) == made


def test_what_is_shipped_is_not_copied_and_the_spool_is_as_it_was(tmp_path: Path) -> None:
    made = spooled(tmp_path / "a", 20)
    reader = SpoolReader(tmp_path / "a" / "slot-0")
    batch = reader.next_batch(7)
    assert batch is not None
    reader.advance(batch)
    before = {path: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()}
    assert restored(tmp_path / "b", list(waiting(tmp_path / "a"))) == made[7:]
    assert {path: path.read_bytes() for path in (tmp_path / "a").rglob("*") if path.is_file()} == before


def test_a_record_that_is_being_written_is_left_to_the_next_backup_and_damage_costs_only_itself(
    tmp_path: Path,
) -> None:
    made = spooled(tmp_path / "a", 3)
    path = segments(tmp_path / "a" / "slot-0")[0].path
    whole = path.read_bytes()
    size = len(whole) // 3
    path.write_bytes(whole[:size] + bytes(10) + whole[size:] + whole[: size // 2])
    assert restored(tmp_path / "b", list(waiting(tmp_path / "a"))) == made


def test_a_segment_that_is_shipped_while_we_look_is_no_loss(tmp_path: Path) -> None:
    made = spooled(tmp_path / "a", 400)
    looking = waiting(tmp_path / "a")
    first = next(looking)
    for segment in segments(tmp_path / "a" / "slot-0")[1:]:
        segment.path.unlink()
    assert list(looking) == []
    assert restored(tmp_path / "b", [first])[0] == made[0]


def test_no_spool_yet_is_an_empty_one(tmp_path: Path) -> None:
    assert list(waiting(tmp_path / "none")) == []


def test_what_is_past_its_days_does_not_come_back(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    policy = read_policy()
    days = policy.records[RetentionClass.OTHER].keep_days
    writer = SpoolWriter(tmp_path / "a" / "slot-0", SpoolSettings())
    for age in (0, days - 1, days + 1):
        made = decision(at=now - timedelta(days=age), retention_class=RetentionClass.OTHER)
        writer.record(made)
        writer.outcome(outcome(made))
    writer.close()
    (found,) = waiting(tmp_path / "a")
    assert put_back(tmp_path / "b", found.name, found.data, within_days(policy, now)) == (4, 2)
    (kept,) = waiting(tmp_path / "b")
    assert len(restored(tmp_path / "c", [kept])) == 4


def test_a_record_that_cannot_be_dated_is_refused(tmp_path: Path) -> None:
    data = encode(DECISION, decision(at=datetime(2026, 3, 4, 12)))  # noqa: DTZ001 (without a zone on purpose)
    keep = within_days(read_policy(), datetime.now(UTC))
    with pytest.raises(BackupRefused, match="a time without a zone"):
        put_back(tmp_path, NAME, data, keep)


def test_where_nothing_is_to_be_kept_there_is_no_segment(tmp_path: Path) -> None:
    assert put_back(tmp_path, NAME, encode(DECISION, decision()), lambda _record: False) == (0, 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "slot-0/00000001-0123456789abcdef0123456789abcdeg.spool",
        "slot-0/1-0123456789abcdef0123456789abcdef.spool",
        "slot--1/00000001-0123456789abcdef0123456789abcdef.spool",
        "slot-01/00000001-0123456789abcdef0123456789abcdef.spool",
        "../00000001-0123456789abcdef0123456789abcdef.spool",
        "slot-0/../../x",
        "slot-0/lock",
        "slot-0/position",
        "lock",
        "",
    ],
)
def test_only_a_segment_in_a_slot_is_put_back(tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupRefused, match="not the name"):
        put_back(tmp_path / "spool", name, encode(DECISION, decision()), lambda _record: True)
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_read_cannot_be_dated_and_is_refused(tmp_path: Path) -> None:
    from db.frames import _framed

    with pytest.raises(BackupRefused, match="the release that made the backup"):
        put_back(tmp_path, NAME, _framed(99, b"\x80"), lambda _record: True)
    assert list(tmp_path.iterdir()) == []


WHOLE = encode(DECISION, decision()) * 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.integers(0, len(WHOLE) - 1).map(lambda at: WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :]),
        st.integers(1, len(WHOLE) - 1).map(lambda at: WHOLE[:at]),
        st.integers(0, 2**32 - 1).map(lambda size: WHOLE + HEADER.pack(MAGIC, DECISION, size, 0)),
    )
)
def test_bytes_that_are_no_records_are_refused(tmp_path: Path, data: bytes) -> None:
    frame = len(WHOLE) // 3
    if data and not (len(data) % frame == 0 and data == WHOLE[: len(data)]):
        with pytest.raises(BackupRefused):
            put_back(tmp_path / "never", NAME, data, lambda _record: True)
    assert not (tmp_path / "never").exists()
