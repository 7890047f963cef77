"""Everything of a decision that a reviewer may see, as it was recorded."""

from dataclasses import fields

from db.models import DecisionRow
from db.review.columns import COLUMNS, matches
from policy.decision import Decision
from policy.words import EntryKind, FoundBy
from tests.db.examples import MATCH

STORED = {
    "category": "gambling",
    "list": "ut1-gambling",
    "line": 4711,
    "entry": "bet.test",
    "kind": "host",
    "found_by": "host-index",
    "name": "www.bet.test",
    "specificity": 8,
}


def test_a_row_has_all_that_a_decision_has_but_what_is_sealed() -> None:
    assert set(COLUMNS) == {each.name for each in fields(Decision)} - {"sealed"} | {"batch"}
    assert set(COLUMNS) <= set(DecisionRow.__table__.columns.keys())


def test_matches_come_back_as_they_were() -> None:
    (match,) = matches([STORED])
    assert match == MATCH
    assert (type(match.kind), type(match.found_by)) == (EntryKind, FoundBy)


def test_what_another_release_stored_with_a_match_is_no_obstacle() -> None:
    older = {key: value for key, value in STORED.items() if key != "specificity"}
    (match,) = matches([{**older, "of_a_later_release": 1}])
    assert match.specificity == 0
