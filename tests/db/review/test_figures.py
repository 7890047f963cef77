"""How decisions are counted."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import literal, select

from db.columns import UtcDateTime
from db.engine import reading
from db.review.figures import Size, beginning, plus
from policy.review.figures import Figures
from tests.db.conftest import Database

MOMENT = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)


@pytest.mark.parametrize(
    ("size", "begins"),
    [
        ("hour", datetime(2026, 3, 14, 15, tzinfo=UTC)),
        ("day", datetime(2026, 3, 14, tzinfo=UTC)),
        ("month", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_is_in_its_hour_day_and_month_of_utc(
    database: Database, size: Size, begins: datetime
) -> None:
    with reading(database.engine) as connection:
        at = literal(MOMENT, UtcDateTime())
        assert connection.scalar(select(beginning(connection, at, size))) == begins


def test_figures_add_up_one_by_one() -> None:
    assert plus(Figures(1, 2, 3, 4, 5, 6), Figures(allowed=10, withdrawn=1)) == Figures(11, 2, 3, 4, 5, 7)
