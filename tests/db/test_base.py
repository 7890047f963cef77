"""What all tables have in common: the same type for the same thing, everywhere."""

from enum import StrEnum

import pytest

from db.base import Base
from db.columns import UtcDateTime, Word
from db.tables import METADATA


def test_there_is_one_registry() -> None:
    assert Base.metadata is METADATA


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_time_is_aware_and_every_word_is_one_of_ours(table: object) -> None:
    for column in table.columns:  # type: ignore[attr-defined]  # a Table, which pytest's ids want as object
        assert column.type.__class__.__name__ != "DateTime", column.name
        if column.name == "at" or column.name.endswith("_at"):
            assert isinstance(column.type, UtcDateTime), column.name
        if isinstance(column.type, Word):
            assert issubclass(column.type.words, StrEnum)
