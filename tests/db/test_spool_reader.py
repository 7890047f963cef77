"""The spool's reading end: everything once, in order, whatever a crash or a disk left behind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.frames import OUTCOME, encode
from db.segments import new_segment, segments
from db.settings import SpoolSettings
from db.spool import SpoolWriter
from db.spool_reader import SpoolReader
from policy.decision import Decision
from tests.db.examples import decision, outcome

AT = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


def spooled_as(folder: Path, made: Sequence[Decision]) -> None:
    writer = SpoolWriter(folder, SpoolSettings())
    for one in made:
        writer.record(one)
    writer.close()


def drain(reader: SpoolReader, most: int = 7) -> list[object]:
    found: list[object] = []
    while (batch := reader.next_batch(most)) is not None:
        found += [frame.record() for frame in batch.frames]
        reader.advance(batch)
    return found


def spooled(folder: Path, count: int, max_bytes: int = 1 << 30) -> list[Decision]:
    writer = SpoolWriter(folder, SpoolSettings(max_bytes=max_bytes))
    made = [decision() for _ in range(count)]
    for one in made:
        writer.record(one)
    writer.close()
    return made


def test_everything_is_read_once_and_in_order_over_several_segments(tmp_path: Path) -> None:
    made = [*spooled(tmp_path, 500, max_bytes=1 << 20), *spooled(tmp_path, 10)]
    assert len(segments(tmp_path)) > 3
    reader = SpoolReader(tmp_path)
    assert drain(reader, most=60) == made
    assert len(segments(tmp_path)) == 1, "what is shipped is removed, but for the segment that may grow"


def test_a_reader_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    made = spooled(tmp_path, 20)
    first = SpoolReader(tmp_path)
    batch = first.next_batch(8)
    assert batch is not None
    first.advance(batch)
    assert drain(SpoolReader(tmp_path)) == made[8:]


def test_without_its_position_a_reader_begins_again_and_loses_nothing(tmp_path: Path) -> None:
    made = spooled(tmp_path, 5)
    assert drain(SpoolReader(tmp_path)) == made
    for broken in ("", "{}", "[1]", '{"segment": 5, "offset": "x"}'):
        (tmp_path / "position").write_text(broken)
        assert drain(SpoolReader(tmp_path)) == made


def test_a_batch_that_was_not_shipped_is_read_again(tmp_path: Path) -> None:
    spooled(tmp_path, 5)
    reader = SpoolReader(tmp_path)
    assert reader.next_batch(3) == reader.next_batch(3)


def test_a_frame_that_is_not_finished_yet_is_waited_for(tmp_path: Path) -> None:
    whole = encode(OUTCOME, outcome(decision()))
    path = new_segment(tmp_path).path
    path.write_bytes(whole + whole[:-3])
    reader = SpoolReader(tmp_path)
    assert len(drain(reader)) == 1
    with path.open("ab") as file:
        file.write(whole[-3:])
    assert len(drain(reader)) == 1
    assert reader.damaged_bytes == 0


def test_the_torn_tail_of_a_dead_writer_is_no_record_and_no_damage(tmp_path: Path) -> None:
    whole = encode(OUTCOME, outcome(decision()))
    for cut in (1, 2, 10, len(whole) - 1):
        new_segment(tmp_path).path.write_bytes(whole + whole[:cut])
    made = spooled(tmp_path, 2)
    reader = SpoolReader(tmp_path)
    assert drain(reader)[-2:] == made
    assert reader.damaged_bytes == 0
    assert list(tmp_path.glob("*.damaged")) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(damage=st.binary(min_size=1, max_size=60), place=st.integers(0, 3))
def test_damage_costs_only_what_it_covers_and_is_kept_to_be_looked_at(
    tmp_path_factory: pytest.TempPathFactory, damage: bytes, place: int
) -> None:
    folder = tmp_path_factory.mktemp("slot")
    made = [outcome(decision()) for _ in range(4)]
    framed = [encode(OUTCOME, one) for one in made]
    path = new_segment(folder).path
    path.write_bytes(b"".join(framed[:place]) + damage + b"".join(framed[place:]))
    last = spooled(folder, 1)
    reader = SpoolReader(folder)
    assert drain(reader) == [*made, *last]
    assert reader.damaged_bytes == len(damage)
    assert len(list(folder.glob("*.damaged"))) == 1


def test_zeros_where_a_disk_lost_the_end_of_a_segment_are_damage(tmp_path: Path) -> None:
    new_segment(tmp_path).path.write_bytes(b"\0" * 4096)
    made = spooled(tmp_path, 1)
    reader = SpoolReader(tmp_path)
    assert drain(reader) == made
    assert reader.damaged_bytes == 4096


def test_a_slot_that_nobody_writes_is_cleared_and_one_that_is_written_is_not(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, SpoolSettings())
    writer.record(decision())
    reader = SpoolReader(tmp_path)
    reader.clear()
    assert len(segments(tmp_path)) == 1, "not read yet"
    assert len(drain(reader)) == 1
    reader.clear()
    assert len(segments(tmp_path)) == 1, "somebody writes it"
    writer.record(decision())
    writer.close()
    reader.clear()
    assert len(segments(tmp_path)) == 1, "one is not shipped yet"
    assert len(drain(reader)) == 1
    reader.clear()
    assert segments(tmp_path) == []
    assert drain(reader) == []
    made = spooled(tmp_path, 3)
    assert drain(reader) == made


def test_what_waits_is_counted(tmp_path: Path) -> None:
    reader = SpoolReader(tmp_path)
    assert (reader.pending().records, reader.pending().bytes) == (0, 0)
    spooled(tmp_path, 300, max_bytes=1 << 20)
    pending = reader.pending()
    assert pending.records == 300
    assert pending.bytes == sum(segment.size for segment in segments(tmp_path))
    batch = reader.next_batch(30)
    assert batch is not None
    reader.advance(batch)
    assert reader.pending().records == 300 - len(batch.frames)
    assert reader.pending().bytes == pending.bytes - batch.end
    spooled(tmp_path, 5)
    assert reader.pending().records == 305 - len(batch.frames)
    drain(reader)
    assert (reader.pending().records, reader.pending().bytes) == (0, 0)
    assert SpoolReader(tmp_path).pending().records == 0


def on_the_hour(record: Decision) -> Decision:
    return replace(record, at=record.at.replace(minute=0, second=0, microsecond=0))


def test_since_when_the_oldest_record_waits_is_known(tmp_path: Path) -> None:
    assert SpoolReader(tmp_path).oldest() is None
    made = [replace(decision(), at=AT + timedelta(seconds=number)) for number in range(5)]
    spooled_as(tmp_path, made)
    reader = SpoolReader(tmp_path)
    assert reader.oldest() == AT
    batch = reader.next_batch(3)
    assert batch is not None
    reader.advance(batch)
    assert reader.oldest() == AT + timedelta(seconds=3)
    drain(reader)
    assert reader.oldest() is None


def test_what_is_kept_by_the_hour_does_not_make_the_wait_seem_longer(tmp_path: Path) -> None:
    exact = replace(decision(), at=AT)
    spooled_as(tmp_path, [on_the_hour(exact), on_the_hour(exact), exact])
    assert SpoolReader(tmp_path).oldest() == AT


def test_where_only_the_hour_is_known_the_segment_says_since_when_at_most(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    spooled_as(tmp_path, [on_the_hour(replace(decision(), at=now - timedelta(hours=2)))])
    oldest = SpoolReader(tmp_path).oldest()
    assert oldest is not None
    assert abs(oldest - now) < timedelta(seconds=30)


def test_a_record_of_another_release_says_nothing_of_its_time(tmp_path: Path) -> None:
    spooled_as(tmp_path, [])
    path = new_segment(tmp_path).path
    path.write_bytes(encode(9, replace(decision(), at=AT)) + encode(1, replace(decision(), at=LATER)))
    assert SpoolReader(tmp_path).oldest() == LATER


def test_what_follows_a_batch_is_what_is_next_once_that_is_shipped(tmp_path: Path) -> None:
    writer = SpoolWriter(tmp_path, SpoolSettings())
    made = [decision() for _ in range(5)]
    for one in made:
        writer.record(one)
    reader = SpoolReader(tmp_path)
    first = reader.next_batch(2)
    assert first is not None
    following = reader.following(first, 2)
    reader.advance(first)
    assert following == reader.next_batch(2)
    assert following is not None
    reader.advance(following)
    last = reader.next_batch(2)
    assert last is not None
    assert reader.following(last, 2) is None
    writer.close()
