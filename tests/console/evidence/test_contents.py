"""The shapes of an export."""

from console.evidence.contents import Gaps, Row
from tests.reviewed import reviewed


def test_a_row_was_asked_for_and_stands_by_itself_unless_it_is_said() -> None:
    row = Row(reviewed())
    assert row.asked_for
    assert row.belongs_to is None


def test_what_is_not_known_of_spools_is_not_taken_for_nothing_lost() -> None:
    assert not Gaps().spools_known
