"""One answer a line, whatever the line holds."""

import io
import json
from datetime import UTC, datetime
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.categorise import LONGEST_LINE, Asked, read_lines
from policy.match import Match
from tests.samples import match, shipped_policy

NOW = datetime(2026, 3, 4, tzinfo=UTC)


class ListedHosts:
    """A Ruleset of a few hosts."""

    def __init__(self, *matches: Match) -> None:
        self._matches = {match.entry: match for match in matches}

    def matches(self, host: str, target: str = "/") -> tuple[Match, ...]:
        assert target.startswith("/")
        return tuple(found for entry, found in self._matches.items() if host.endswith(entry))


ASKED = Asked(
    ListedHosts(match("gambling", "bet.test"), match("webmail", "mail.test"), match("games", "münchen.test")),
    shipped_policy(),
    NOW,
)


def answer(line: bytes) -> dict[str, object]:
    written = ASKED.json_answer(line)
    assert written.endswith(b"\n")
    assert written.count(b"\n") == 1
    assert written.isascii()
    return cast("dict[str, object]", json.loads(written))


def test_a_listed_url_has_verdict_reason_categories_and_where_the_entry_stands() -> None:
    assert answer(b"https://www.bet.test/x?q=1") == {
        "url": "https://www.bet.test/x?q=1",
        "verdict": "block",
        "reason": "listed",
        "categories": ["gambling"],
        "matches": [
            {
                "category": "gambling",
                "list": "gambling",
                "line": 7,
                "entry": "bet.test",
                "kind": "host",
                "found_by": "host-index",
            }
        ],
    }


@pytest.mark.parametrize(
    ("line", "verdict", "reason", "categories"),
    [
        pytest.param(b"bet.test", "block", "listed", ["gambling"], id="a-bare-host"),
        pytest.param(b"  http://BET.test/\t", "block", "listed", ["gambling"], id="spaces-around"),
        pytest.param(b"http://mail.test/", "allow", "listed", ["webmail"], id="listed-and-allowed"),
        pytest.param(b"http://example.test/", "allow", "not-listed", [], id="not-listed"),
        pytest.param(b"\xef\xbb\xbfhttp://bet.test/\r", "block", "listed", ["gambling"], id="bom-and-crlf"),
    ],
)
def test_lines_are_judged(line: bytes, verdict: str, reason: str, categories: list[str]) -> None:
    found = answer(line)
    assert (found["verdict"], found["reason"], found["categories"]) == (verdict, reason, categories)


@pytest.mark.parametrize(
    ("line", "url", "error"),
    [
        pytest.param(b"", "", "the line is empty", id="empty"),
        pytest.param(b" \t", " \t", "the line is empty", id="blank"),
        pytest.param(b"\r", "", "the line is empty", id="only-a-carriage-return"),
        pytest.param(b"http://\xff\xfe/", "http://\\xff\\xfe/", "it is not UTF-8", id="not-utf-8"),
        pytest.param(
            b"http://a\x00b/",
            "http://a\x00b/",
            "the host has a character that no host has",
            id="nul-in-the-host",
        ),
        pytest.param(b"mailto:a@b.test", "mailto:a@b.test", "it is not a web address", id="another-scheme"),
    ],
)
def test_a_broken_line_has_an_error_and_nothing_else(line: bytes, url: str, error: str) -> None:
    assert answer(line) == {"url": url, "error": error}


def test_a_line_that_is_too_long_is_given_back_in_part() -> None:
    found = answer(b"http://bet.test/" + b"a" * LONGEST_LINE)
    assert found["error"] == f"the line is longer than {LONGEST_LINE} bytes"
    assert len(str(found["url"])) == 1024


@given(st.binary(max_size=200).filter(lambda line: b"\n" not in line))
def test_any_line_gives_one_object(line: bytes) -> None:
    found = answer(line)
    assert "url" in found
    assert ("error" in found) != ("verdict" in found)


@given(st.binary(max_size=200).filter(lambda line: b"\n" not in line))
def test_any_line_gives_one_inert_line_for_eyes(line: bytes) -> None:
    written = ASKED.plain_answer(line)
    assert written.count(b"\n") == 1
    assert "\x1b" not in written.decode()


def test_for_eyes_the_entry_is_named() -> None:
    assert ASKED.plain_answer(b"bet.test") == (
        b"block    gambling             bet.test  (bet.test: gambling, line 7)\n"
    )
    assert ASKED.plain_answer(b"") == b"error    the line is empty: \n"


class Dribbling(io.RawIOBase):
    """A pipe that gives `size` bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content, self._size = content, size

    def read1(self, _: int = -1) -> bytes:
        piece, self._content = self._content[: self._size], self._content[self._size :]
        return piece


@given(
    st.lists(st.binary(max_size=9).filter(lambda line: b"\n" not in line)), st.integers(1, 7), st.booleans()
)
def test_lines_are_read_whole_in_order_and_counted(lines: list[bytes], size: int, ended: bool) -> None:
    content = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    expected = content.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    stream = cast("BinaryIO", Dribbling(content, size))
    assert [line for block in read_lines(stream) for line in block] == expected


def test_what_is_there_is_answered_before_more_is_waited_for() -> None:
    stream = cast("BinaryIO", Dribbling(b"one\ntw", 4))
    assert next(read_lines(stream)) == [b"one"]


def test_a_line_without_an_end_does_not_fill_memory() -> None:
    stream = cast("BinaryIO", Dribbling(b"x" * 1_000_000 + b"\nnext\n", 60_000))
    lines = [line for block in read_lines(stream) for line in block]
    assert [len(line) for line in lines[1:]] == [4]
    assert LONGEST_LINE < len(lines[0]) <= LONGEST_LINE + 60_001
