"""Dip samples are of days that are over."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from policy.errors import ReviewRefused
from policy.review.rows import MOST_SAMPLED, DipSampleQuestion
from policy.review.sampling import refuse_unfit_sample

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
ASKED = DipSampleQuestion("training", "county", date(2026, 11, 13), date(2026, 11, 20))


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        pytest.param(ASKED, None, id="the-last-week"),
        pytest.param(replace(ASKED, since=date(2026, 11, 19)), None, id="yesterday"),
        pytest.param(replace(ASKED, size=MOST_SAMPLED), None, id="as-many-as-there-may-be"),
        pytest.param(replace(ASKED, until=date(2026, 11, 21)), "days that are over", id="today"),
        pytest.param(replace(ASKED, until=date(9999, 1, 1)), "days that are over", id="for-ever"),
        pytest.param(replace(ASKED, since=ASKED.until), "before it begins", id="no-day"),
        pytest.param(replace(ASKED, size=0), "1 to 100 rows", id="nothing"),
        pytest.param(replace(ASKED, size=MOST_SAMPLED + 1), "1 to 100 rows", id="too-many"),
    ],
)
def test_which_samples_may_be_drawn(asked: DipSampleQuestion, why: str | None) -> None:
    if why is None:
        refuse_unfit_sample(asked, NOW)
    else:
        with pytest.raises(ReviewRefused, match=why):
            refuse_unfit_sample(asked, NOW)


def test_the_day_is_that_of_utc_wherever_the_clock_hangs() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-5)))
    refuse_unfit_sample(ASKED, there)
