"""Columns of numbers and texts in a mapped file."""

from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.index.columns import Columns, write_columns


@given(
    small=st.lists(st.integers(0, 255)),
    large=st.lists(st.integers(0, 2**32 - 1)),
    texts=st.lists(st.text(st.characters(codec="utf-8"))),
)
def test_columns_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, small: list[int], large: list[int], texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("columns") / "columns"
    write_columns(path, {"small": array("B", small), "large": array("I", large)}, {"texts": texts})
    columns = Columns(path)
    assert list(columns.numbers("small")) == small
    assert list(columns.numbers("large")) == large
    assert list(columns.texts("texts")) == texts
    assert len(columns.texts("texts")) == len(texts)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x10" + bytes(15)], ids=["empty", "noise", "zeros"])
def test_what_is_no_file_of_columns_is_a_value_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "columns"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        Columns(path)
