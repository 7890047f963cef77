"""What several pages say."""

from datetime import UTC, datetime

import pytest

from addons.pages.strings import common
from tests.samples import policy_with_authority, shipped_policy


def test_a_telephone_number_is_given_where_there_is_one() -> None:
    assert common.by_telephone(policy_with_authority()) == "telephone the service desk on 555 0100"
    assert common.by_telephone(shipped_policy()) == "contact your IT service desk"


def test_a_page_says_whose_filter_speaks() -> None:
    assert common.whose_filter(policy_with_authority()) == "Example Force"
    assert common.whose_filter(shipped_policy()) == "your organisation"


def test_a_fault_of_ours_is_told_as_one() -> None:
    assert common.try_again(policy_with_authority()).endswith("telephone the service desk on 555 0100.")


@pytest.mark.parametrize(
    ("count", "said"), [(90, "90 days"), (365, "365 days"), (2190, "2,190 days (about 6 years)")]
)
def test_days_are_exact_and_years_are_said_of_many(count: int, said: str) -> None:
    assert common.days(count) == said


@pytest.mark.parametrize(("month", "said"), [(1, "4 January 2026, 12:30 GMT"), (7, "4 July 2026, 13:30 BST")])
def test_a_time_is_the_clocks_on_the_wall(month: int, said: str) -> None:
    assert common.time_of(datetime(2026, month, 4, 12, 30, tzinfo=UTC)) == said


def test_a_day_is_written_out() -> None:
    assert common.day_of("2026-03-04") == "4 March 2026"
