"""Schedules: by the clock on the wall, on the days it is changed too."""

import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policy.schedule import DAYS, Schedule, timetable

LONDON = ZoneInfo("Europe/London")


def london(text: str, *, second_time: bool = False) -> datetime:
    """An instant by the clock on a wall in London; `second_time` of an hour that comes twice."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=int(second_time)).astimezone(UTC)


@pytest.mark.parametrize(
    ("windows", "at", "holds"),
    [
        # 2026-03-02 is a Monday.
        pytest.param(
            ["mon-fri 12:00-14:00"], "2026-03-02T11:59:59.999999", False, id="the-last-instant-before"
        ),
        pytest.param(["mon-fri 12:00-14:00"], "2026-03-02T12:00:00", True, id="its-first-instant"),
        pytest.param(["mon-fri 12:00-14:00"], "2026-03-02T13:59:59.999999", True, id="its-last-instant"),
        pytest.param(["mon-fri 12:00-14:00"], "2026-03-02T14:00:00", False, id="its-end"),
        pytest.param(["mon-fri 12:00-14:00"], "2026-03-06T12:30:00", True, id="the-last-day-of-a-range"),
        pytest.param(["mon-fri 12:00-14:00"], "2026-03-07T12:30:00", False, id="the-day-after-a-range"),
        pytest.param(["sat,sun 00:00-24:00"], "2026-03-07T00:00:00", True, id="a-whole-day-begins"),
        pytest.param(["sat,sun 00:00-24:00"], "2026-03-08T23:59:59", True, id="a-whole-day-ends"),
        pytest.param(["sat,sun 00:00-24:00"], "2026-03-09T00:00:00", False, id="the-day-after"),
        pytest.param(["sat-mon 10:00-11:00"], "2026-03-09T10:00:00", True, id="a-range-over-the-week's-end"),
        pytest.param(["sat-mon 10:00-11:00"], "2026-03-10T10:00:00", False, id="after-such-a-range"),
        pytest.param(["fri 22:00-02:00"], "2026-03-06T23:00:00", True, id="before-midnight"),
        pytest.param(["fri 22:00-02:00"], "2026-03-07T01:59:59", True, id="after-midnight"),
        pytest.param(["fri 22:00-02:00"], "2026-03-07T02:00:00", False, id="its-end-next-day"),
        pytest.param(["fri 22:00-02:00"], "2026-03-06T01:00:00", False, id="not-the-night-before"),
        pytest.param(["fri 22:00-02:00"], "2026-03-07T23:00:00", False, id="not-the-night-after"),
        pytest.param(["sun 22:00-02:00"], "2026-03-09T01:00:00", True, id="into-the-next-week"),
        pytest.param(["fri 22:00-00:00"], "2026-03-06T23:59:59", True, id="until-midnight"),
        pytest.param(["fri 22:00-00:00"], "2026-03-07T00:00:00", False, id="until-midnight-and-no-longer"),
        pytest.param(
            ["mon 08:00-09:00", "mon 12:00-13:00"], "2026-03-02T12:30:00", True, id="the-second-window"
        ),
        pytest.param(
            ["mon 08:00-09:00", "mon 12:00-13:00"], "2026-03-02T10:00:00", False, id="between-two-windows"
        ),
        pytest.param(
            ["mon 08:00-12:00", "mon 10:00-13:00"], "2026-03-02T12:30:00", True, id="windows-that-overlap"
        ),
        pytest.param(["mon-fri 12:00-14:00"], "2026-07-06T12:30:00", True, id="in-summer-by-the-same-clock"),
        pytest.param(
            ["mon-fri 12:00-14:00"], "2026-07-06T14:00:00", False, id="in-summer-it-ends-by-the-clock"
        ),
    ],
)
def test_a_schedule_holds_inside_its_windows_and_nowhere_else(
    windows: list[str], at: str, holds: bool
) -> None:
    assert timetable("Europe/London", tuple(windows)).holds(london(at)) is holds


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        # The clock leaps on Sunday 29 March 2026 at 01:00 UTC from 01:00 to 02:00.
        pytest.param("sun 00:30-02:30", "2026-03-29T00:29:59Z", False, id="march-before-the-window"),
        pytest.param("sun 00:30-02:30", "2026-03-29T00:30:00Z", True, id="march-begins-in-winter-time"),
        pytest.param("sun 00:30-02:30", "2026-03-29T00:59:59Z", True, id="march-the-last-instant-of-winter"),
        pytest.param("sun 00:30-02:30", "2026-03-29T01:00:00Z", True, id="march-the-first-instant-of-summer"),
        pytest.param("sun 00:30-02:30", "2026-03-29T01:29:59Z", True, id="march-ends-in-summer-time"),
        pytest.param("sun 00:30-02:30", "2026-03-29T01:30:00Z", False, id="march-an-hour-shorter"),
        pytest.param("sun 00:30-01:30", "2026-03-29T00:59:59Z", True, id="march-until-the-leap"),
        pytest.param("sun 00:30-01:30", "2026-03-29T01:00:00Z", False, id="march-its-end-was-leapt-over"),
        pytest.param(
            "sun 01:30-03:00", "2026-03-29T00:59:59Z", False, id="march-its-beginning-is-leapt-over"
        ),
        pytest.param("sun 01:30-03:00", "2026-03-29T01:00:00Z", True, id="march-so-it-begins-with-the-leap"),
        pytest.param("sun 01:30-03:00", "2026-03-29T02:00:00Z", False, id="march-and-ends-by-the-clock"),
        pytest.param("sat 22:00-02:00", "2026-03-29T00:59:59Z", True, id="march-a-night-shift-ends"),
        pytest.param(
            "sat 22:00-02:00", "2026-03-29T01:00:00Z", False, id="march-a-night-shift-is-over-at-two"
        ),
        pytest.param(
            "sun 09:00-17:00", "2026-03-29T08:00:00Z", True, id="march-the-same-day-begins-in-summer-time"
        ),
        pytest.param(
            "sun 09:00-17:00", "2026-03-29T16:00:00Z", False, id="march-the-same-day-ends-in-summer-time"
        ),
        # It goes back on Sunday 25 October 2026 at 01:00 UTC from 02:00 to 01:00.
        pytest.param("sun 00:30-02:30", "2026-10-24T23:29:59Z", False, id="october-before-the-window"),
        pytest.param("sun 00:30-02:30", "2026-10-24T23:30:00Z", True, id="october-begins-in-summer-time"),
        pytest.param("sun 00:30-02:30", "2026-10-25T00:30:00Z", True, id="october-the-first-half-past-one"),
        pytest.param("sun 00:30-02:30", "2026-10-25T01:30:00Z", True, id="october-the-second-half-past-one"),
        pytest.param("sun 00:30-02:30", "2026-10-25T02:29:59Z", True, id="october-ends-in-winter-time"),
        pytest.param("sun 00:30-02:30", "2026-10-25T02:30:00Z", False, id="october-an-hour-longer"),
        pytest.param("sun 01:15-01:45", "2026-10-25T00:15:00Z", True, id="october-opens"),
        pytest.param("sun 01:15-01:45", "2026-10-25T00:45:00Z", False, id="october-closes"),
        pytest.param("sun 01:15-01:45", "2026-10-25T01:15:00Z", True, id="october-opens-again"),
        pytest.param("sun 01:15-01:45", "2026-10-25T01:45:00Z", False, id="october-closes-again"),
        pytest.param("sat 22:00-02:00", "2026-10-24T21:00:00Z", True, id="october-a-night-shift-begins"),
        pytest.param(
            "sat 22:00-02:00", "2026-10-25T00:59:59Z", True, id="october-a-night-shift-the-first-time"
        ),
        pytest.param(
            "sat 22:00-02:00", "2026-10-25T01:59:59Z", True, id="october-a-night-shift-the-second-time"
        ),
        pytest.param(
            "sat 22:00-02:00", "2026-10-25T02:00:00Z", False, id="october-a-night-shift-is-over-at-two"
        ),
        pytest.param(
            "sun 09:00-17:00", "2026-10-25T09:00:00Z", True, id="october-the-same-day-begins-in-winter-time"
        ),
        pytest.param("sun 09:00-17:00", "2026-10-25T08:59:59Z", False, id="october-and-not-an-hour-before"),
    ],
)
def test_both_clock_changes_are_met_by_the_clock_on_the_wall(window: str, at: str, holds: bool) -> None:
    assert timetable("Europe/London", (window,)).holds(datetime.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-03-22", 4, id="any-sunday"),
        pytest.param("2026-03-29", 3, id="an-hour-is-lost"),
        pytest.param("2026-10-25", 5, id="an-hour-is-won"),
    ],
)
def test_a_window_over_a_clock_change_is_as_long_as_the_night_was(day: str, hours: int) -> None:
    schedule = timetable("Europe/London", ("sun 00:00-04:00",))
    midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=LONDON).astimezone(UTC)
    held = [schedule.holds(midnight + timedelta(minutes=minute)) for minute in range(-60, 6 * 60)]
    assert sum(held) == hours * 60
    assert held.index(True) == 60, "from midnight"
    assert True not in held[60 + hours * 60 :], "one unbroken stretch"


zones = st.sampled_from(["Europe/London", "UTC", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu"])
minutes = st.integers(0, 24 * 60 - 1)
one_window = st.tuples(st.sets(st.integers(0, 6), min_size=1), minutes, st.integers(1, 24 * 60)).filter(
    lambda window: window[1] != window[2]
)
# Every instant of two years, and those around a clock change more often.
changes = st.sampled_from(
    [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2027, 4, 3, 15, tzinfo=UTC),
    ]
)
instants = st.one_of(
    st.integers(0, 2 * 366 * 86_400).map(
        lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.builds(
        lambda change, seconds: change + timedelta(seconds=seconds), changes, st.integers(-14_400, 14_400)
    ),
)


def written(days: set[int], begins: int, ends: int) -> str:
    names = ",".join(DAYS[day] for day in sorted(days))
    return f"{names} {begins // 60:02}:{begins % 60:02}-{ends // 60:02}:{ends % 60:02}"


@given(zones, st.lists(one_window, min_size=1, max_size=4), instants)
def test_it_holds_exactly_when_the_wall_shows_a_time_inside_a_window(
    zone: str, windows: list[tuple[set[int], int, int]], at: datetime
) -> None:
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    shown = wall.hour * 60 + wall.minute
    today, yesterday = wall.weekday(), (wall - timedelta(days=1)).weekday()
    expected = any(
        (today in days and begins <= shown and (shown < ends or ends < begins))
        or (yesterday in days and ends < begins and shown < ends)
        for days, begins, ends in windows
    )
    assert timetable(zone, tuple(written(*window) for window in windows)).holds(at) is expected


@given(one_window, instants)
def test_a_schedule_and_its_complement_never_hold_together_and_always_one_of_them(
    window: tuple[set[int], int, int], at: datetime
) -> None:
    _, begins, ends = window
    every = set(range(7))
    inside = timetable("Europe/London", (written(every, begins, ends),))
    outside = (
        timetable("Europe/London", (written(every, ends % 1440, begins if begins else 1440),))
        if ends % 1440 != begins
        else None
    )
    assert inside.holds(at) is not (outside is not None and outside.holds(at))


def test_times_are_those_of_the_schedule_s_zone() -> None:
    at = datetime(2026, 7, 6, 11, 30, tzinfo=UTC)
    assert timetable("Europe/London", ("mon 12:00-13:00",)).holds(at)
    assert not timetable("UTC", ("mon 12:00-13:00",)).holds(at)
    assert timetable("Europe/London", ("mon 12:00-13:00",)).holds(at.astimezone(ZoneInfo("Asia/Tokyo")))


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        pytest.param(
            'windows = ["mon 9:00-10:00"]', "'mon 9:00-10:00': expected days and times such as", id="hours"
        ),
        pytest.param('windows = ["weekday 09:00-10:00"]', "'weekday' is no day", id="day"),
        pytest.param('windows = ["mon- 09:00-10:00"]', "'mon-' is no day", id="half-a-range"),
        pytest.param(
            'windows = ["mon-tue-wed 09:00-10:00"]', "'mon-tue-wed' is no day", id="a-range-of-three"
        ),
        pytest.param('windows = ["mon, 09:00-10:00"]', "'' is no day", id="an-empty-day"),
        pytest.param('windows = ["Mon 09:00-10:00"]', "expected days and times", id="capitals"),
        pytest.param('windows = ["mon 09:00-25:00"]', "no such time as 25:00", id="an-hour-that-is-none"),
        pytest.param('windows = ["mon 09:60-10:00"]', "no such time as 09:60", id="a-minute-that-is-none"),
        pytest.param('windows = ["mon 09:00-24:01"]', "no such time as 24:01", id="after-the-end-of-a-day"),
        pytest.param('windows = ["mon 24:00-02:00"]', "has no length", id="begins-at-the-end-of-a-day"),
        pytest.param(
            'windows = ["mon 12:00-12:00"]', "has no length; a whole day is 00:00-24:00", id="no-length"
        ),
        pytest.param(
            'windows = ["mon \\u0661\\u0662:00-14:00"]',
            "expected days and times",
            id="digits-of-another-script",
        ),
        pytest.param("windows = []", "at least 1 item", id="never"),
        pytest.param(
            'zone = "Europe/Londn"\nwindows = ["mon 09:00-10:00"]', "no time zone 'Europe/Londn'", id="zone"
        ),
        pytest.param('zone = "../../etc/passwd"\nwindows = ["mon 09:00-10:00"]', "no time zone", id="a-path"),
        pytest.param('zone = ""\nwindows = ["mon 09:00-10:00"]', "no time zone ''", id="no-zone"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_was_expected(toml: str, said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Schedule.model_validate(tomllib.loads(toml))
    assert said in str(raised.value)


def test_no_text_of_a_window_makes_anything_but_a_schedule_or_a_refusal() -> None:
    @given(st.text(alphabet="montuewedthfrisa,-:0123456789 ", max_size=40))
    def holds(window: str) -> None:
        try:
            schedule = timetable("Europe/London", (window,))
        except ValueError as error:
            assert str(error).startswith("windows: ")
        else:
            assert all(0 <= begins <= ends <= 1440 for day in schedule.days for begins, ends in day)

    holds()
