"""How people type times; London's clocks change, and so do these."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from console.cli.times import read_moment, read_since, read_span, show_moment, show_span

NOW = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)  # the day before the clocks go forward in London


@pytest.fixture(autouse=True)
def in_london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("+2h", NOW + timedelta(hours=2), id="hours"),
        pytest.param("90m", NOW + timedelta(minutes=90), id="minutes-without-a-plus"),
        pytest.param("24h", NOW + timedelta(hours=24), id="a-length-of-24-hours"),
        pytest.param("36h", NOW + timedelta(hours=36), id="a-length-that-is-no-whole-day"),
        pytest.param("1d", datetime(2026, 3, 29, 11, 0, tzinfo=UTC), id="a-day-keeps-the-hour-of-the-clock"),
        pytest.param("1w", datetime(2026, 4, 4, 11, 0, tzinfo=UTC), id="a-week"),
        pytest.param("17:30", datetime(2026, 3, 28, 17, 30, tzinfo=UTC), id="later-today"),
        pytest.param("09:00", datetime(2026, 3, 29, 8, 0, tzinfo=UTC), id="tomorrow-when-it-is-past"),
        pytest.param("2026-12-01", datetime(2026, 12, 1, tzinfo=UTC), id="a-date-is-its-first-moment"),
        pytest.param("2026-07-01T17:30", datetime(2026, 7, 1, 16, 30, tzinfo=UTC), id="local-summer-time"),
        pytest.param("2026-07-01T17:30Z", datetime(2026, 7, 1, 17, 30, tzinfo=UTC), id="a-zone-is-kept"),
    ],
)
def test_a_moment_to_come_is_read_as_a_person_means_it(text: str, expected: datetime) -> None:
    assert read_moment(text, NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:61", "2026-13-01", "h", "99999999d", "999999w", "-2h"]
)
def test_what_is_no_time_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected a date or time such as"):
        read_moment(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1h", NOW - timedelta(hours=1), id="an-hour-ago"),
        pytest.param("30m", NOW - timedelta(minutes=30), id="half-an-hour-ago"),
        pytest.param("2026-03-01T00:00", datetime(2026, 3, 1, tzinfo=UTC), id="iso"),
    ],
)
def test_since_looks_back(text: str, expected: datetime) -> None:
    assert read_since(text, NOW) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "999999w", "\x1b[31m"])
def test_since_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="expected a span such as"):
        read_since(text, NOW)


def test_a_time_is_shown_with_its_zone() -> None:
    assert show_moment(datetime(2026, 7, 1, 16, 30, tzinfo=UTC)) == "2026-07-01 17:30:00 BST"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7300, "2 h"), (200_000, "2 d")]
)
def test_a_span_is_shown_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert show_span(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h", 3600), (" 5 m ", 300), ("+5m", 300)]
)
def test_a_span_is_a_length_of_time(text: str, seconds: int) -> None:
    assert read_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "30", "-5m", "1:30", "9999999m"])
def test_what_is_no_span_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90s, 30m or 1h"):
        read_span(text)
