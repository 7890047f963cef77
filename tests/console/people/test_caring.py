"""Which exemptions are to be seen to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from console.people.caring import care
from db.exemption_uses import Uses
from policy.registers import Exemption, GranteeKind, TargetKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ONE = Exemption(
    "A",
    GranteeKind.PERSON,
    "jane",
    TargetKind.HOST,
    "a.test",
    NOW - 100 * DAY,
    NOW + 100 * DAY,
    "work",
    "bob",
)
USED = {"A": Uses(3, 2, date(2026, 11, 20))}


@pytest.mark.parametrize(
    ("changes", "uses", "found"),
    [
        pytest.param({}, USED, (False, False, False), id="in-order"),
        pytest.param({}, {}, (True, False, False), id="unused"),
        pytest.param({"start": NOW - 10 * DAY}, {}, (False, False, False), id="granted-lately"),
        pytest.param({"start": NOW + DAY}, {}, (False, False, False), id="to-come"),
        pytest.param({"until": NOW + 14 * DAY}, USED, (False, True, False), id="ends-soon"),
        pytest.param({"until": NOW + 15 * DAY}, USED, (False, False, False), id="ends-later"),
        pytest.param({"review": NOW}, USED, (False, False, True), id="review-due"),
        pytest.param({"review": NOW + DAY}, USED, (False, False, False), id="review-to-come"),
    ],
)
def test_what_is_to_be_seen_to_is_told(
    changes: dict[str, datetime], uses: dict[str, Uses], found: tuple[bool, bool, bool]
) -> None:
    exemption = replace(ONE, **changes)  # type: ignore[arg-type]  # only fields that are times
    (one,) = care([exemption], uses, since=NOW - 90 * DAY, soon=14 * DAY, now=NOW)
    assert (one.unused, one.ending, one.review_due) == found
    assert one.uses == uses.get("A")


def test_what_is_to_be_seen_to_comes_first_then_what_ends_first() -> None:
    later = replace(ONE, id="B", until=NOW + 200 * DAY, review=NOW)
    found = care(
        [ONE, replace(ONE, id="C", until=NOW + 50 * DAY), later],
        USED | {"B": USED["A"], "C": USED["A"]},
        since=NOW - 90 * DAY,
        soon=14 * DAY,
        now=NOW,
    )
    assert [one.exemption.id for one in found] == ["B", "C", "A"]
