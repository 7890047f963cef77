"""Covers: hours later, once a row, by class; what they hold are hashes in their own order and no more."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from db.engine import reading
from db.proof.covers import cover_hours
from db.proof.reading import split
from db.review_models import HourCoverRow
from policy.words import RecordLevel, RetentionClass
from tests.db.examples import decision, outcome
from tests.db.stored import stored


def alone(engine: Engine, hours_ago: int, retention: RetentionClass = RetentionClass.PRIVILEGED) -> None:
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours_ago)
    made = decision(at=at, record=RecordLevel.CATEGORY, retention_class=retention)
    stored(engine, made, outcome(made, at=at))


def covers(engine: Engine) -> list[tuple[str, str, int]]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(HourCoverRow.source, HourCoverRow.retention_class, HourCoverRow.leaves)
        ).all()
    for _, _, leaves in rows:
        assert split(leaves) == sorted(split(leaves))
    return sorted((source, retention.value, len(split(leaves))) for source, retention, leaves in rows)


def test_rows_of_an_hour_and_class_are_covered_together_and_once(engine: Engine) -> None:
    for _ in range(3):
        alone(engine, 4)
    alone(engine, 4, RetentionClass.OTHER)
    stored(engine, decision(at=datetime.now(UTC) - timedelta(hours=4)))  # in a batch
    assert cover_hours(engine, datetime.now(UTC)) == 4
    expected = [
        ("decision", "other", 1),
        ("decision", "privileged", 3),
        ("outcome", "other", 1),
        ("outcome", "privileged", 3),
    ]
    assert covers(engine) == expected
    assert cover_hours(engine, datetime.now(UTC)) == 0
    assert covers(engine) == expected


def test_what_comes_later_is_covered_by_a_row_of_its_own(engine: Engine) -> None:
    alone(engine, 4)
    cover_hours(engine, datetime.now(UTC))
    alone(engine, 4)
    assert cover_hours(engine, datetime.now(UTC)) == 2
    assert covers(engine) == [("decision", "privileged", 1)] * 2 + [("outcome", "privileged", 1)] * 2


def test_an_hour_is_left_alone_until_two_hours_after_its_end(engine: Engine) -> None:
    alone(engine, 2)
    assert cover_hours(engine, datetime.now(UTC)) == 0
