"""When an authority is in force: from its first instant on, and not at its last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from policy.review.authority import Authority, Ended
from tests.policy.review.looks_table import AUTHORITIES, DAY

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
GRANTED = replace(AUTHORITIES["AAAAAAAA"].made("AAAAAAAA", NOW), begins=NOW, ends=NOW + DAY)
REVOKED = replace(GRANTED, revoked=Ended(NOW + DAY / 2, "chief", "No more need."))


@pytest.mark.parametrize(
    ("of", "at", "in_force"),
    [
        pytest.param(GRANTED, NOW - INSTANT, False, id="before"),
        pytest.param(GRANTED, NOW, True, id="first-instant"),
        pytest.param(GRANTED, NOW + DAY - INSTANT, True, id="last-instant"),
        pytest.param(GRANTED, NOW + DAY, False, id="over"),
        pytest.param(REVOKED, NOW + DAY / 2 - INSTANT, True, id="before-it-is-revoked"),
        pytest.param(REVOKED, NOW + DAY / 2, False, id="revoked"),
        pytest.param(
            replace(REVOKED, revoked=Ended(NOW + 2 * DAY, "chief", "Late.")),
            NOW + DAY,
            False,
            id="revoked-late",
        ),
        pytest.param(AUTHORITIES["WAXTNG00"].made("W", NOW), NOW, False, id="not-decided"),
        pytest.param(AUTHORITIES["REFSED00"].made("R", NOW), NOW, False, id="refused"),
    ],
)
def test_when_it_is_in_force(of: Authority, at: datetime, *, in_force: bool) -> None:
    assert of.in_force(at) is in_force
