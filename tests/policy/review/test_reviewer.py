"""Who asks: whatever the register and the policy do not say, they do not have."""

from policy.review.reviewer import Reviewer
from policy.review.scope import WITHIN_AN_AUTHORITY
from policy.words import ReviewerRole


def test_who_has_no_office_manages_nobody_and_may_nothing() -> None:
    nobody = Reviewer("county", "jane", frozenset())
    assert not nobody.roles
    assert not nobody.offices
    assert not nobody.team
    assert nobody.manager is nobody.unit is nobody.manager_unit is None


def test_three_roles_read_decisions_of_people_and_the_others_never() -> None:
    assert set(ReviewerRole) - WITHIN_AN_AUTHORITY == {
        ReviewerRole.IT,
        ReviewerRole.STATISTICS,
        ReviewerRole.DATA_PROTECTION,
        ReviewerRole.AUDITOR,
    }
