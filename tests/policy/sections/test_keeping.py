"""How long everything is kept: a period for each table, and never none."""

import pytest
from pydantic import ValidationError

from policy.sections.keeping import Keep
from tests.samples import shipped_policy

WHOLE = shipped_policy().keep.model_dump()


@pytest.mark.parametrize("table", WHOLE)
def test_a_table_without_a_period_is_refused(table: str) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        Keep.model_validate({name: days for name, days in WHOLE.items() if name != table})


@pytest.mark.parametrize("days", [0, -1, 3661, 1.5, "long"])
def test_a_period_is_some_days_and_ten_years_at_most(days: object) -> None:
    with pytest.raises(ValidationError):
        Keep.model_validate({**WHOLE, "notice_days": days})
    assert Keep.model_validate({**WHOLE, "notice_days": 3660}).notice_days == 3660
