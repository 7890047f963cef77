"""The standing authority: whole and in time, or none."""

from datetime import date
from typing import Any

import pytest

from policy.sections.authority import StandingAuthority
from policy.words import Purpose
from tests.samples import policy_with_authority

WHOLE = policy_with_authority().authority
ON = date(2026, 6, 1)


def test_an_empty_one_says_everything_that_is_missing() -> None:
    assert StandingAuthority().missing == tuple(StandingAuthority.model_fields)
    assert not StandingAuthority().in_force(ON)


@pytest.mark.parametrize(
    ("field", "empty"),
    [
        ("organisation", ""),
        ("reference", ""),
        ("granted_by", ""),
        ("purposes", ()),
        ("granted_on", None),
        ("review_by", None),
        ("impact_assessment", ""),
    ],
)
def test_one_empty_field_is_enough_for_there_to_be_none(field: str, empty: Any) -> None:
    lacking = WHOLE.model_copy(update={field: empty})
    assert lacking.missing == (field,)
    assert not lacking.in_force(ON)
    assert WHOLE.in_force(ON)
    assert WHOLE.purposes == (Purpose.BREACH,)
