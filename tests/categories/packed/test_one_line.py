"""A list in one line gets a line for each name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.packed.one_line import is_one_line, one_a_line
from categories.readers import read_blocks

NAMES = [f"{number}.bet.test" for number in range(30)]
HEADING = "# A list, of one line\n# License: MIT, see there\n\n"
TEXT = (HEADING + ",".join(NAMES) + "\n").encode()


def test_each_name_has_its_line_and_the_heading_stays() -> None:
    assert is_one_line(TEXT)
    text = b"".join(one_a_line([TEXT[:380], TEXT[380:]]))
    assert text == (HEADING + "\n".join(NAMES) + "\n").encode()
    assert [entry.line for entry in read_blocks([text], "a list").entries] == list(range(4, 34))


def test_spaces_behind_the_commas_do_not_matter() -> None:
    text = b"".join(one_a_line([TEXT.replace(b",", b", ")]))
    assert [entry.text for entry in read_blocks([text], "a list").entries] == NAMES


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"a.test,b.test\n", id="only-two"),
        pytest.param(b"id,url,added" + b",more" * 30 + b"\n", id="header-of-a-table"),
        pytest.param(b"# " + b"a.test," * 30 + b"\nb.test\n", id="in-a-comment"),
        pytest.param(b"a.test\n" * 30, id="one-a-line"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_such_a_list(text: bytes) -> None:
    assert not is_one_line(text)


@given(st.binary(max_size=200))
def test_any_bytes_keep_their_number(text: bytes) -> None:
    assert len(b"".join(one_a_line([text]))) == len(text)
