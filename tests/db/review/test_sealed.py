"""The sealed parts that leave: of privileged rows of the period and the categories, and of no others."""

from dataclasses import replace
from datetime import timedelta

from db.engine import reading
from db.review.sealed import sealed_rows
from policy.decision import Decision
from policy.review.authority import Authority
from policy.words import RecordLevel, RetentionClass
from tests.db.conftest import Database
from tests.db.examples import decision
from tests.db.review.reviewing import SINCE, TERMS, UNTIL, scope_of, ship

SCOPE = scope_of(Authority("A", TERMS, "rita", SINCE))


def test_privileged_rows_with_a_sealed_part_of_the_period_come_oldest_first(database: Database) -> None:
    def privileged(hours: int, **changes: object) -> Decision:
        return decision(
            **{
                "at": SINCE + timedelta(hours=hours),
                "record": RecordLevel.CATEGORY,
                "retention_class": RetentionClass.PRIVILEGED,
                "sealed": b"sealed",
                "category": "unions",
                **changes,
            }
        )

    late, early = privileged(9), privileged(2)
    others = [
        privileged(3, sealed=None),
        privileged(0, at=UNTIL),
        privileged(0, at=SINCE - timedelta(hours=1)),
        privileged(4, retention_class=RetentionClass.VISIT),
    ]
    ship(database, [late, early, *others])
    with reading(database.engine) as connection:
        assert [row.id for row in sealed_rows(connection, SCOPE)] == [early.id, late.id]
        bounded = replace(SCOPE, categories=frozenset({"health"}))
        assert list(sealed_rows(connection, bounded)) == []
