"""Text from outside is bounded and inert, whatever it is."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.text import CELL_LENGTH, csv_line, storable


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain text", "plain text"),
        ("Müller 日本 😀", "Müller 日本 😀"),
        ("a\x00b", "a\\x00b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("line\nfeed\r", "line\\x0afeed\\x0d"),
        ("\ud800", "\\ud800"),
        ("\u202eright to left", "\\u202eright to left"),
        ("\u2028", "\\u2028"),
        ("\U000e0001", "\\U000e0001"),
        ("[/bold]", "[/bold]"),
    ],
)
def test_what_databases_refuse_or_terminals_obey_is_escaped(text: str, stored: str) -> None:
    assert storable(text, 100) == stored


@given(st.text(st.characters(), max_size=300), st.integers(2, 200))
def test_any_text_is_bounded_printable_and_encodable(text: str, length: int) -> None:
    stored = storable(text, length)
    assert len(stored) <= length
    stored.encode("utf-8")
    assert stored.isprintable()


def test_a_cut_is_shown() -> None:
    assert storable("abcdef", 4) == "abc…"
    assert storable("abcd", 4) == "abcd"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        pytest.param("bet.test", '"bet.test"', id="plain"),
        pytest.param(None, "", id="nothing"),
        pytest.param(-12, "-12", id="a-number-of-ours"),
        pytest.param(True, '"True"', id="a-word"),
        pytest.param("=1+1", '"\'=1+1"', id="formula"),
        pytest.param("+1", '"\'+1"', id="plus"),
        pytest.param("-1", '"\'-1"', id="text-that-looks-like-a-number"),
        pytest.param("@SUM(A1)", '"\'@SUM(A1)"', id="at"),
        pytest.param("＝1", '"\'＝1"', id="full-width"),  # noqa: RUF001 - they count as such
        pytest.param("  =1", '"\'  =1"', id="behind-spaces"),
        pytest.param("'=1", "\"''=1\"", id="an-apostrophe-of-its-own"),
        pytest.param("'tis", '"\'tis"', id="an-apostrophe-that-hides-nothing"),
        pytest.param("a-b=c", '"a-b=c"', id="inside-a-word"),
        pytest.param("/a;=1+1", '"/a;\'=1+1"', id="where-a-semicolon-cuts"),
        pytest.param('/a",=1', '"/a"",\'=1"', id="where-a-quote-and-a-comma-cut"),
        pytest.param("\t=1", '"\\x09=1"', id="a-tab-that-would-be-skipped"),
        pytest.param("a\r\n=1", '"a\\x0d\\x0a=1"', id="no-second-line"),
    ],
)
def test_a_cell_is_shown_by_a_spreadsheet_and_never_calculated(value: object, line: str) -> None:
    assert csv_line([value]) == line + "\r\n"


@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=5))
def test_any_row_is_one_line_of_as_many_cells(cells: list[str]) -> None:
    line = csv_line(cells)
    assert line.isascii() or line.encode("utf-8")
    (read,) = csv.reader(io.StringIO(line, newline=""))
    assert len(read) == len(cells)
    for cell, shown in zip(cells, read, strict=True):
        assert not shown.lstrip().startswith(("=", "+", "-", "@"))
        if "'" not in cell:
            assert shown.replace("'", "") == storable(cell, CELL_LENGTH)


@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=5), st.sampled_from(";\t|"))
def test_a_spreadsheet_that_cuts_elsewhere_calculates_nothing_either(cells: list[str], cut: str) -> None:
    for shown in next(csv.reader(io.StringIO(csv_line(cells), newline=""), delimiter=cut)):
        assert not shown.strip('" ').startswith(("=", "+", "-", "@"))
