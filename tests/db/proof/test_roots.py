"""Roots of a batch: one for each table, class and day, read back as they were written, and no others."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from db.proof.merkle import root
from db.proof.roots import Group, Root, Trees, read_roots

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
A, B = b"a" * 32, b"b" * 32


def test_rows_stand_together_that_go_together() -> None:
    trees = Trees()
    trees.add("decision", [("visit", NOON, A)])
    trees.add("decision", [("visit", NOON + timedelta(hours=11), B)])
    trees.add("decision", [("visit", NOON + timedelta(hours=12), A)])
    trees.add("decision", [("refused", NOON, A)])
    trees.add("outcome", [("visit", NOON, A)])
    assert dict(read_roots(trees.roots())) == {
        Group("decision", "visit", date(2026, 3, 14)): Root(2, root([A, B])),
        Group("decision", "visit", date(2026, 3, 15)): Root(1, A),
        Group("decision", "refused", date(2026, 3, 14)): Root(1, A),
        Group("outcome", "visit", date(2026, 3, 14)): Root(1, A),
    }


def test_a_day_is_one_of_utc() -> None:
    trees = Trees()
    trees.add("decision", [("visit", datetime(2026, 3, 15, 1, tzinfo=timezone(timedelta(hours=2))), A)])
    ((group, _),) = read_roots(trees.roots())
    assert group.day == date(2026, 3, 14)


@pytest.mark.parametrize(
    "kept",
    [
        {"form": 2, "groups": []},
        {"groups": []},
        {"form": 1, "groups": [["decision", "visit", "2026-03-14", 1]]},
        {"form": 1, "groups": [["decision", "visit", "14 March", 1, "00"]]},
        {"form": 1, "groups": [["decision", "visit", "2026-03-14", 1, "not hexadecimal"]]},
    ],
    ids=["a-later-form", "no-form", "a-part-missing", "no-day", "no-hash"],
)
def test_what_was_not_written_here_is_not_read(kept: dict[str, object]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        list(read_roots(kept))
