"""The figures of a quarter: which moments are in it, and which numbers of people are not told."""

from datetime import UTC, datetime

import pytest

from policy.errors import ReviewRefused
from policy.review.disclosure import FEWEST
from policy.review.transparency import Counts, Quarter, figures, last_quarter, read_quarter
from policy.words import Purpose


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-Q4", datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (" 2026q1 ", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        ("2028-q2", datetime(2028, 4, 1, tzinfo=UTC), datetime(2028, 7, 1, tzinfo=UTC)),
    ],
)
def test_a_quarter_is_three_months_of_utc(text: str, since: datetime, until: datetime) -> None:
    quarter = read_quarter(text)
    assert (quarter.since, quarter.until) == (since, until)
    assert read_quarter(str(quarter)) == quarter


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-Q5", "2026-Q0", "Q4-2026", "1999-Q4", "9999-Q4", "٢٠٢٦-Q4", "2026-Q4\n2026-Q3"]
)
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ReviewRefused, match="is no quarter"):
        read_quarter(text)


@pytest.mark.parametrize(
    ("number", "told"), [(0, 0), (1, None), (FEWEST - 1, None), (FEWEST, FEWEST), (250, 250)]
)
def test_few_people_are_not_counted_for_others(number: int, told: int | None) -> None:
    shown = dict(figures(Counts(people_told=number, people_not_yet=number)))
    assert shown["people told of a review"] == told
    assert shown["people not told of one yet"] == told


def test_acts_are_told_however_few_and_by_purpose() -> None:
    counts = Counts(asked={Purpose.CRIME: 2}, granted={Purpose.CRIME: 1}, refused=1, privileged_changes=3)
    shown = dict(figures(counts))
    assert (shown["authorities asked for, crime"], shown["authorities asked for, breach"]) == (2, 0)
    assert shown["authorities granted, crime"] == shown["authorities refused"] == 1
    assert shown["changes to lists of privileged sites"] == 3
    assert all(number is not None for number in shown.values())


def test_every_count_has_a_figure_of_its_own() -> None:
    """A count that nobody reads is not in the report, however long it is kept."""
    names = [name for name in Counts.__dataclass_fields__ if name not in {"asked", "granted", "looks"}]
    for name in names:
        shown = [number for _, number in figures(Counts(**{name: 77}))]  # type: ignore[arg-type]  # by name
        assert shown.count(77) == 1
    for name in ("asked", "granted", "looks"):
        shown = [number for _, number in figures(Counts(**{name: dict.fromkeys(Purpose, 77)}))]  # type: ignore[arg-type]  # by name
        assert shown.count(77) == len(Purpose)


@pytest.mark.parametrize(
    ("now", "quarter"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-Q3"),
        (datetime(2026, 10, 1, tzinfo=UTC), "2026-Q3"),
        (datetime(2026, 9, 30, 23, 59, tzinfo=UTC), "2026-Q2"),
        (datetime(2027, 1, 1, tzinfo=UTC), "2026-Q4"),
        (datetime(2027, 3, 31, tzinfo=UTC), "2026-Q4"),
    ],
)
def test_the_last_quarter_that_is_over(now: datetime, quarter: str) -> None:
    assert str(last_quarter(now)) == quarter


def test_the_last_quarter_of_a_year_ends_with_it() -> None:
    assert Quarter(2026, 4).until == Quarter(2027, 1).since
