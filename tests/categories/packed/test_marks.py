"""The lines that name what came from where are comments to everybody else."""

import pytest

from categories.packed.marks import CSV_COLUMN, JSON, SQUIDGUARD, V2FLY
from categories.readers.domains import DomainsReader
from tests.categories.readers.reading import outcome


@pytest.mark.parametrize("mark", [CSV_COLUMN, JSON, SQUIDGUARD, V2FLY])
def test_a_mark_is_a_comment_in_a_plain_list(mark: str) -> None:
    assert outcome(DomainsReader(), f"{mark}domains") == []


def test_no_mark_begins_another() -> None:
    marks = (CSV_COLUMN, JSON, SQUIDGUARD, V2FLY)
    assert [other for mark in marks for other in marks if other.startswith(mark)] == list(marks)
