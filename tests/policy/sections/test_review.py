"""Who may read the log, by their offices."""

from typing import Any

import pytest
from pydantic import ValidationError

from policy.sections.review import Review, held
from policy.words import ReviewerRole
from tests.policy.policies import policy_with
from tests.samples import shipped_policy

SHIPPED = shipped_policy().file.review


def test_a_policy_that_names_no_office_lets_nobody_read() -> None:
    """No policy before this section existed gives anybody a role by it."""
    empty = Review()
    assert empty.roles_of(frozenset({"", "Line Manager", "Professional Standards"})) == frozenset()
    assert empty.granting == ()


@pytest.mark.parametrize("role", ReviewerRole, ids=str)
def test_the_shipped_policy_names_an_office_for_each_role(role: ReviewerRole) -> None:
    offices = SHIPPED.role.of(role).offices
    assert offices
    assert all(role in SHIPPED.roles_of(frozenset({office.upper()})) for office in offices)


def test_an_office_gives_the_roles_that_name_it_and_no_others() -> None:
    assert SHIPPED.roles_of(frozenset({"line  manager"})) == frozenset()
    assert SHIPPED.roles_of(frozenset({" LINE MANAGER ", "Cleaner"})) == {ReviewerRole.LINE_MANAGER}
    assert SHIPPED.roles_of(frozenset({"Information Security Officer"})) == {
        ReviewerRole.INFORMATION_SECURITY,
        ReviewerRole.STATISTICS,
    }


def test_the_granting_offices_have_no_role_of_their_own() -> None:
    """Who grants does not look; the shipped offices keep the two apart."""
    assert SHIPPED.roles_of(frozenset(SHIPPED.granting)) == frozenset()


def test_an_office_is_quoted_as_the_policy_writes_it() -> None:
    assert held(frozenset({"head of office"}), ("Somebody", "Head of Office")) == "Head of Office"
    assert held(frozenset({"head"}), ("Head of Office",)) is None
    assert held(frozenset({""}), ()) is None


@pytest.mark.parametrize(
    "keys",
    [
        {"longest_days": 29},
        {"longest_days": 0},
        {"granted_by": "x" * 101},
        {"role": {"chief": {"offices": ["Chief"]}}},
        {"role": {"line_manager": {"offices": [""]}}},
        {"role": {"line_manager": {"categories": ["games"]}}},
        {"role": {"information_security": {"categories": ["No Category"]}}},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Review.model_validate(keys)


def test_a_watched_category_is_one_of_the_policy() -> None:
    with pytest.raises(ValidationError, match="'gardening' is no category of this policy"):
        policy_with().file.model_validate(
            policy_with().file.model_dump()
            | {"review": {"role": {"information_security": {"categories": ["gardening"]}}}}
        )
