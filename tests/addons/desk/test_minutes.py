"""The minutes of personal use: an estimate, of today alone."""

from datetime import UTC, datetime, timedelta

import pytest

from addons.desk import minutes as module
from addons.desk.minutes import Minutes
from policy.document import read_policy
from policy.presence import Presence

JANE, JOHN = ("", "jane"), ("other", "jane")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def of_day(at: datetime) -> str:
    return at.date().isoformat()


def test_a_minute_counts_once_however_many_pages_it_had() -> None:
    minutes = Minutes(of_day, Presence())
    assert minutes.note(JANE, NOON)
    assert not minutes.note(JANE, NOON + timedelta(seconds=59))
    assert minutes.note(JANE, NOON + timedelta(seconds=60))
    assert minutes.note(JOHN, NOON)
    assert minutes.used == {JANE: 2, JOHN: 1}
    assert minutes.day == "2026-03-04"


def test_the_next_day_nobody_has_used_anything() -> None:
    minutes = Minutes(of_day, Presence())
    minutes.note(JANE, NOON)
    assert minutes.turn(NOON + timedelta(days=1))
    assert (minutes.used, minutes.day) == ({}, "2026-03-05")
    assert not minutes.turn(NOON + timedelta(days=2)), "there was nothing to forget"


def test_a_day_ends_at_midnight_by_the_clock_on_the_wall() -> None:
    """In summer London's midnight is an hour before UTC's."""
    minutes = Minutes(read_policy().allowance_day, Presence())
    minutes.note(JANE, datetime(2026, 7, 1, 22, 59, tzinfo=UTC))
    assert minutes.turn(datetime(2026, 7, 1, 23, 0, tzinfo=UTC))
    assert minutes.day == "2026-07-02"


def test_a_desk_that_begins_takes_over_todays_and_forgets_yesterdays() -> None:
    before = Presence(used={JANE: 5}, allowance_day="2026-03-04")
    minutes = Minutes(of_day, before)
    minutes.note(JANE, NOON)
    assert minutes.used == {JANE: 6}
    minutes = Minutes(of_day, before)
    minutes.note(JANE, NOON + timedelta(days=1))
    assert minutes.used == {JANE: 1}


def test_no_more_people_are_counted_than_there_could_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PEOPLE", 1)
    minutes = Minutes(of_day, Presence())
    assert minutes.note(JANE, NOON)
    assert not minutes.note(JOHN, NOON)
    assert minutes.note(JANE, NOON + timedelta(minutes=1))
    assert minutes.used == {JANE: 2}
