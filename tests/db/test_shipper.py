"""Shipping: what the spool holds is in the log once, whoever dies in between, and however odd the record."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text

from db.base import Base
from db.engine import reading
from db.frames import DECISION, encode
from db.models import BatchRow, DecisionRow, OutcomeRow
from db.segments import new_segment, segments, slot_folder
from db.settings import SpoolSettings
from db.shipper import Shipped, Shipper
from db.spool import SpoolWriter
from policy.decision import Decision, Outcome
from policy.identifiers import on_the_hour, reference_of, uuid7
from policy.match import Match
from policy.words import RecordLevel, RetentionClass, Verdict
from tests.db.conftest import Database
from tests.db.examples import MATCH, decision, outcome


def spooled(root: Path, *records: Decision | Outcome, slot: int = 0) -> None:
    writer = SpoolWriter(slot_folder(root, slot), SpoolSettings())
    for record in records:
        if isinstance(record, Decision):
            writer.record(record)
        else:
            writer.outcome(record)
    writer.close()


def ship_all(engine: Engine, root: Path, batch_size: int = 100) -> int:
    shipper = Shipper(engine, root, batch_size)
    shipped = 0
    while (once := shipper.ship_once()).records:
        shipped += once.records
    return shipped


def stored_ids(engine: Engine) -> list[UUID]:
    with reading(engine) as connection:
        return list(connection.scalars(select(DecisionRow.id).order_by(DecisionRow.id)))


def count(engine: Engine, model: type[Base]) -> int:
    with reading(engine) as connection:
        return len(list(connection.execute(select(model.__table__))))


def stored(engine: Engine) -> list[Decision]:
    """The rows as the Decisions they were."""
    with reading(engine) as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(DecisionRow.__table__))]
    for row in rows:
        del row["batch"], row["salt"], row["host_key"]
        row["names"], row["categories"] = tuple(row["names"]), tuple(row["categories"])
        row["matches"] = tuple(Match(**match) for match in row["matches"])
    return [Decision(**row) for row in rows]


FULL = decision(
    at=datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC),
    organisation="Organisation",
    person="alice",
    unit="Unit",
    role="role",
    device="device",
    page="https://page.test",
    would_be=Verdict.ALLOW,
    exemption="E1",
    confirmation="C1",
    local_entry="L1",
    approval="A1",
    sealed=b"\x00\xff\x01sealed",
    matches=(MATCH, MATCH),
)
BARE = decision(
    person=None,
    unit=None,
    role=None,
    client_ip=None,
    method=None,
    scheme=None,
    host=None,
    port=None,
    path=None,
    names=(),
    referrer_host=None,
    category=None,
    categories=(),
    clause=None,
    list=None,
    line=None,
    entry=None,
    entry_kind=None,
    found_by=None,
    matches=(),
    retention_class=RetentionClass.PRIVILEGED,
    record=RecordLevel.CATEGORY,
)


def test_every_field_comes_back_from_the_database_as_it_was_recorded(engine: Engine, tmp_path: Path) -> None:
    spooled(tmp_path, FULL, BARE)
    ship_all(engine, tmp_path)
    assert sorted(stored(engine), key=lambda one: one.id) == sorted([FULL, BARE], key=lambda one: one.id)


def test_every_field_of_an_outcome_comes_back(engine: Engine, tmp_path: Path) -> None:
    made = [outcome(FULL), outcome(BARE, status=None, content_type=None, bytes_out=2**62)]
    spooled(tmp_path, *made)
    ship_all(engine, tmp_path)
    with reading(engine) as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(OutcomeRow.__table__))]
    for row in rows:
        del row["batch"], row["salt"]
    back = [Outcome(**row) for row in rows]
    assert sorted(back, key=lambda one: one.decision) == sorted(made, key=lambda one: one.decision)


def _words(text: str) -> list[str]:
    return text.split()


HOSTILE = {
    "nul": "a\0b",
    "lone-surrogate": "a\ud800b\udfff",
    "controls-and-bidi": "\x1b[2J\u202e\u2028\ufeff\x7f\x85",
    "a-hundred-thousand": "x" * 100_000,
    "astral": "\U0001f4a9" * 3_000,
    "copy-escapes": "\\N\t\\.\n\\x00\r\\",
    "quotes": "'; DROP TABLE decision; --\"%s{}$1",
    "json": '{"a": "\\u0000"}',
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_from_outside_keeps_a_record_from_the_database(
    engine: Engine, tmp_path: Path, hostile: str
) -> None:
    texts = _words(
        "gateway organisation person unit role device client_ip resource_why page method scheme host path "
        "referrer_host category clause list entry exemption local_entry reference ruleset policy engine"
    )
    match = Match(hostile, hostile, 1, hostile, MATCH.kind, MATCH.found_by, hostile)
    made = decision(
        **dict.fromkeys(texts, hostile), names=(hostile,), categories=(hostile,), matches=(match,) * 20
    )
    after = decision()
    spooled(tmp_path, made, outcome(made, content_type=hostile), after)
    assert Shipper(engine, tmp_path, 100).ship_once() == Shipped(records=3, set_aside=0)
    assert stored_ids(engine) == sorted([made.id, after.id])
    (back,) = (one for one in stored(engine) if one.id == made.id)
    assert "\0" not in json.dumps([back.path, back.names, back.matches[0].entry], default=str)
    if hostile.isprintable() and len(hostile) < 100:
        assert (back.path, back.names, back.matches[0].entry) == (hostile, (hostile,), hostile)


def test_batches_of_several_slots_and_segments_come_in_whole(engine: Engine, tmp_path: Path) -> None:
    made = [decision() for _ in range(60)]
    for slot in range(3):
        for begin in (0, 10):
            spooled(tmp_path, *made[slot * 20 + begin : slot * 20 + begin + 10], slot=slot)
    assert ship_all(engine, tmp_path, batch_size=7) == 60
    assert stored_ids(engine) == sorted(one.id for one in made)
    assert Shipper(engine, tmp_path, 7).ship_once() == Shipped(0, 0)
    assert [segments(slot_folder(tmp_path, slot)) for slot in range(3)] == [[], [], []]


def batches(engine: Engine) -> list[tuple[int, int]]:
    """Slot and number of decisions of every batch."""
    with reading(engine) as connection:
        rows = connection.execute(select(BatchRow.slot, BatchRow.decisions).order_by(BatchRow.id))
        return [(row.slot, row.decisions) for row in rows]


def test_a_batch_counts_the_decisions_that_name_it(engine: Engine, tmp_path: Path) -> None:
    made = [decision(), decision()]
    spooled(tmp_path, *made, outcome(made[0]), slot=2)
    ship_all(engine, tmp_path)
    with reading(engine) as connection:
        assert set(connection.scalars(select(DecisionRow.batch))) == set(
            connection.scalars(select(BatchRow.id))
        )
    assert batches(engine) == [(2, 2)]


def privileged() -> Decision:
    """A visit to a privileged site as `policy/record.py` leaves it."""
    identifier = on_the_hour(uuid7())
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return replace(BARE, id=identifier, exchange=identifier, reference=reference_of(identifier), at=hour)


@pytest.mark.parametrize("retention", [RetentionClass.PRIVILEGED, RetentionClass.VISIT])
@pytest.mark.parametrize("broken", [False, True], ids=["in-one-go", "one-by-one"])
def test_no_row_that_may_tell_the_hour_only_is_placed_among_its_neighbours(
    database: Database, tmp_path: Path, retention: RetentionClass, broken: bool
) -> None:
    """Neither by a batch, nor by what a batch counts, nor by where it lies in the table."""
    now = datetime.now(UTC)
    secret = [replace(privileged(), retention_class=retention) for _ in range(8)]
    mine = [decision(at=now, retention_class=RetentionClass.VISIT) for _ in range(9)]
    arrived: list[Decision | Outcome] = [mine[-1]]
    for before, one in zip(mine, secret, strict=False):
        arrived += [before, one, outcome(one, at=one.at)]
    # A record that the database refuses makes the shipper insert the others one by one.
    spooled(tmp_path, *arrived, *([decision(line=2**63)] if broken else []))
    ship_all(database.engine, tmp_path)
    assert batches(database.engine) == [(0, 9)]
    of_one = [DecisionRow.id.in_(ids(secret)), OutcomeRow.decision.in_(ids(secret))]
    with reading(database.engine) as connection:
        assert set(connection.scalars(select(DecisionRow.batch).where(of_one[0]))) == {None}
        # SQLite's tables of the log have no order but their key's (`test_models.py`).
        if database.is_postgresql:
            for column, where in zip((DecisionRow.id, OutcomeRow.decision), of_one, strict=True):
                lie = select(column).where(where).order_by(text("ctid"))
                assert list(connection.scalars(lie)) == sorted(ids(secret))


def ids(decisions: list[Decision]) -> list[UUID]:
    return [one.id for one in decisions]


def test_a_batch_of_nothing_but_such_rows_leaves_no_time(engine: Engine, tmp_path: Path) -> None:
    made = privileged()
    spooled(tmp_path, made, outcome(made, at=made.at))
    assert Shipper(engine, tmp_path, 10).ship_once() == Shipped(records=2, set_aside=0)
    assert stored_ids(engine) == [made.id]
    assert batches(engine) == []


def test_what_is_sent_again_is_there_once_and_counted_once(engine: Engine, tmp_path: Path) -> None:
    made = [decision(), privileged(), decision()]
    spooled(tmp_path, *made, *(outcome(one, at=one.at) for one in made))
    ((path, data),) = [(one.path, one.path.read_bytes()) for one in segments(slot_folder(tmp_path, 0))]
    for size in (100, 2, 100):
        path.write_bytes(data)
        (slot_folder(tmp_path, 0) / "position").unlink(missing_ok=True)
        assert ship_all(engine, tmp_path, size) == 6
    assert stored_ids(engine) == sorted(ids(made))
    assert count(engine, OutcomeRow) == 3
    assert batches(engine) == [(0, 2)]


def test_what_is_shipped_leaves_the_disk_though_nobody_asks_for_anything(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.spool._SEGMENT_SECONDS", 0.1)
    writer = SpoolWriter(slot_folder(tmp_path, 0), SpoolSettings())
    first, second = decision(), decision()
    shipper = Shipper(engine, tmp_path, 10)

    def held() -> int:
        shipper.ship_once()
        return sum(segment.size for segment in segments(slot_folder(tmp_path, 0)))

    for one in (first, second):
        writer.record(one)
        deadline = time.monotonic() + 10
        while held() > 0:
            assert time.monotonic() < deadline, "it is still there"
            time.sleep(0.02)
    writer.close()
    assert stored_ids(engine) == sorted(ids([first, second]))


@pytest.mark.parametrize("next_size", [1, 5, 100], ids=["smaller", "the-same", "larger"])
def test_a_shipper_that_dies_between_the_commit_and_its_position_doubles_nothing(
    engine: Engine, tmp_path: Path, next_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [decision() for _ in range(12)]
    spooled(tmp_path, *made)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("db.shipper.SpoolReader.advance", die)
        Shipper(engine, tmp_path, 5).ship_once()
    assert len(stored_ids(engine)) == 5, "committed"

    spooled(tmp_path, *(more := [decision() for _ in range(3)]))
    ship_all(engine, tmp_path, batch_size=next_size)
    shipper = Shipper(engine, tmp_path, next_size)
    for _ in range(30):
        shipper.ship_once()
    assert stored_ids(engine) == sorted(one.id for one in [*made, *more])
    assert sum(decisions for _, decisions in batches(engine)) == 15, "each in one batch"


def test_what_was_committed_is_not_sent_again_for_what_comes_behind_it(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(tmp_path, *(made := [decision() for _ in range(4)]))

    def unreadable(*_: object) -> None:
        raise OSError("a disk that fails")

    shipper = Shipper(engine, tmp_path, 2)
    with monkeypatch.context() as patched, pytest.raises(OSError, match="fails"):
        patched.setattr("db.shipper.SpoolReader.following", unreadable)
        shipper.ship_once()
    assert shipper.ship_once().records == 2
    assert stored_ids(engine) == sorted(ids(made))


def test_a_spool_restored_from_a_copy_doubles_nothing_and_loses_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    """Two machines from one image: the same segment name and offset, then different records."""
    first, second, third = decision(), decision(), decision()
    folder = slot_folder(tmp_path, 0)
    folder.mkdir()
    path = new_segment(folder).path
    for own in (second, third):
        path.write_bytes(encode(DECISION, first) + encode(DECISION, own))
        (folder / "position").unlink(missing_ok=True)
        ship_all(engine, tmp_path)
    assert stored_ids(engine) == sorted(one.id for one in (first, second, third))


def test_what_another_release_wrote_is_set_aside_and_the_rest_goes_on(engine: Engine, tmp_path: Path) -> None:
    folder = slot_folder(tmp_path, 0)
    folder.mkdir()
    good, unknown = decision(), encode(77, decision())
    new_segment(folder).path.write_bytes(unknown + encode(DECISION, good))
    assert Shipper(engine, tmp_path, 10).ship_once() == Shipped(records=1, set_aside=1)
    assert stored_ids(engine) == [good.id]
    assert (folder / "set-aside").read_bytes() == unknown


def test_a_record_the_database_refuses_is_set_aside_and_its_neighbours_are_not(
    database: Database, tmp_path: Path
) -> None:
    made = [decision() for _ in range(5)]
    # Neither database has so large an integer.
    refused = decision(line=2**63)
    spooled(tmp_path, *made[:2], refused, *made[2:], outcome(made[0]))
    assert Shipper(database.engine, tmp_path, 10).ship_once() == Shipped(records=6, set_aside=1)
    assert stored_ids(database.engine) == sorted(one.id for one in made)
    assert count(database.engine, OutcomeRow) == 1
    assert (slot_folder(tmp_path, 0) / "set-aside").read_bytes() == encode(DECISION, refused)


def test_records_of_any_month_and_class_have_a_place(engine: Engine, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    times = [now, now - timedelta(days=400), now + timedelta(days=4000), datetime(1, 1, 1, tzinfo=UTC)]
    made = [decision(at=at, retention_class=which) for at in times for which in RetentionClass]
    spooled(tmp_path, *made, *(outcome(one) for one in made))
    ship_all(engine, tmp_path)
    assert stored_ids(engine) == sorted(one.id for one in made)
    assert count(engine, OutcomeRow) == len(made)


def test_on_postgresql_records_of_now_lie_in_the_partition_of_their_class_and_month(
    postgresql: Database, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    spooled(tmp_path, decision(at=now), decision(at=now, retention_class=RetentionClass.VISIT))
    ship_all(postgresql.engine, tmp_path)
    with reading(postgresql.engine) as connection:
        places = set(connection.scalars(text("SELECT tableoid::regclass::text FROM decision")))
    assert places == {f"decision_{which}_{now:%Y_%m}" for which in ("refused", "visit")}
