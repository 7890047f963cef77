"""Bytes become numbered lines, or are refused for what they are."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.readers import lines as module
from categories.readers.lines import LONGEST_LINE, lines_of
from policy.errors import ListRefused


def lines(*blocks: bytes) -> list[str]:
    return [line for some in lines_of(blocks, "a list") for line in some]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a\nb\n", ["a", "b"], id="plain"),
        pytest.param(b"a\nb", ["a", "b"], id="no-end-of-the-last-line"),
        pytest.param(b"a\r\nb\r\n", ["a", "b"], id="crlf"),
        pytest.param(b"a\r\nb\r", ["a", "b"], id="cr-at-the-end"),
        pytest.param(b"\xef\xbb\xbfa\n", ["a"], id="bom"),
        pytest.param(b"a\n\n\nb\n", ["a", "", "", "b"], id="blank-lines-count"),
        pytest.param("é\n".encode(), ["é"], id="utf-8"),
        pytest.param(b"a\n\xe9\nb\n", ["a", "\udce9", "b"], id="a-line-that-is-not-utf-8"),
        pytest.param(b"a\x0bb\x0cc\xe2\x80\xa8d\n", ["a\x0bb\x0cc\u2028d"], id="only-line-feeds-end-lines"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_bytes_become_lines(content: bytes, expected: list[str]) -> None:
    assert lines(content) == expected


@given(st.text(alphabet="aé\n\r€", max_size=40), st.integers(1, 5))
def test_the_blocks_do_not_matter(text: str, size: int) -> None:
    """However a file is cut into blocks, in the middle of a character too, its lines are the same."""
    content = text.encode()
    blocks = [content[start : start + size] for start in range(0, len(content), size)]
    assert lines(*blocks) == lines(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"<!DOCTYPE html><html>", "web page", id="html"),
        pytest.param(b"\n\n  <html>\n", "web page", id="html-after-blank-lines"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0'?>", "web page", id="xml"),
        pytest.param(b'{"domains": []}', "JSON", id="json"),
        pytest.param(gzip.compress(b"bet.test\n"), "gzip", id="gzip"),
        pytest.param(b"PK\x03\x04rest", "zip", id="zip"),
        pytest.param(b"\xfd7zXZ\0rest", "xz", id="xz"),
        pytest.param("bet.test\n".encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param("bet.test\n".encode("utf-16-le"), "binary", id="utf-16-without-bom"),
        pytest.param(b"bet.test\n\x00\x01\x02", "binary", id="nul"),
        pytest.param(b"bet.test\nb\xc3", "cut off", id="half-a-character"),
        pytest.param(b"bet.test\n\xe2\x82", "cut off", id="two-thirds-of-a-character"),
        pytest.param(b"a" * (LONGEST_LINE + 1), "line 1 is longer", id="one-long-line"),
        pytest.param(b"a\nb\n" + b"a" * (LONGEST_LINE + 1), "line 3 is longer", id="a-long-line"),
    ],
)
def test_what_is_no_list_is_refused_in_one_line(content: bytes, why: str) -> None:
    with pytest.raises(ListRefused, match=why) as refused:
        lines(content)
    assert str(refused.value).startswith("a list: ")
    assert "\n" not in str(refused.value)


def test_a_list_without_end_is_refused_when_it_has_gone_too_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_LIST", 3 * 2**20)
    endless = iter(lambda: b"bet.test\n" * 1000, None)
    with pytest.raises(ListRefused, match="longer than 3 MiB"):
        for _ in lines_of(endless, "a list"):
            pass
