"""Texts of lists, looked through line by line and block by block."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from categories.search.texts import Line, holds, occurrences
from policy.words import EntryKind

HOST, PREFIX, PATTERN = EntryKind.HOST, EntryKind.PREFIX, EntryKind.PATTERN
TEXT = b"""# casinos of the world
0.0.0.0 Casino.test
||casino-online.test^
@@||casino.test^
bet.test
/casino[0-9]+/"""


def in_blocks(text: bytes, size: int) -> Iterator[bytes]:
    yield from (text[at : at + size] for at in range(0, len(text), size))


@given(st.integers(1, 100))
def test_lines_are_found_whatever_the_blocks_are(size: int) -> None:
    found = occurrences(in_blocks(TEXT, size), "casino", 10)
    assert found.count == 5
    assert found.lines == (
        Line(2, "0.0.0.0 Casino.test"),
        Line(3, "||casino-online.test^"),
        Line(6, "/casino[0-9]+/"),
    )


def test_of_many_lines_the_first_are_shown_and_all_are_counted() -> None:
    found = occurrences(in_blocks(b"a casino casino\n" * 1000, 64), "casino", 2)
    assert (found.count, [line.number for line in found.lines]) == (2000, [1, 2])


def test_a_line_is_bounded_and_inert() -> None:
    (line,) = occurrences([b"casino \x1b[31m" + b"x" * 500 + b"\n"], "casino", 2).lines
    assert line.text.startswith("casino \\x1b[31m")
    assert len(line.text) == 200


@pytest.mark.parametrize(
    ("kind", "entry", "line", "held"),
    [
        pytest.param(HOST, "bet.test", "bet.test", True, id="plain"),
        pytest.param(HOST, "bet.test", "0.0.0.0 a.test BET.test # x", True, id="hosts-file"),
        pytest.param(HOST, "bet.test", "||bet.test^", True, id="adblock"),
        pytest.param(HOST, "bet.test", "*.bet.test", True, id="wildcard"),
        pytest.param(HOST, "bet.test", ".bet.test", True, id="leading-dot"),
        pytest.param(HOST, "bet.test", "bet.test.", True, id="trailing-dot"),
        pytest.param(HOST, "bet.test", "address=/bet.test/0.0.0.0", True, id="dnsmasq"),
        pytest.param(HOST, "bet.test", 'local-zone: "bet.test" refuse', True, id="unbound"),
        pytest.param(HOST, "bet.test", "domain:bet.test @ads", True, id="v2fly"),
        pytest.param(HOST, "xn--bcher-kva.test", "bücher.test", True, id="in-its-script"),
        pytest.param(HOST, "bet.test", "notbet.test", False, id="a-longer-label"),
        pytest.param(HOST, "bet.test", "www.bet.test", False, id="a-subdomain"),
        pytest.param(HOST, "bet.test", "bet.test.example", False, id="another-parent"),
        pytest.param(HOST, "bet.test", "bet.test/casino", False, id="a-part-of-it"),
        pytest.param(HOST, "bet.test", "https://bet.test/casino", False, id="a-URL-on-it"),
        pytest.param(HOST, "bet.test", "bet-test", False, id="no-dot"),
        pytest.param(PREFIX, "example.org/casino", "https://www.example.org/casino/", True, id="prefix"),
        pytest.param(PREFIX, "example.org/casino", "||example.org/casino^", True, id="adblock-prefix"),
        pytest.param(PREFIX, "example.org/casino", "example.org/casino/poker", False, id="further-down"),
        pytest.param(PREFIX, "example.org/casino", "example.org/casinos", False, id="a-longer-segment"),
        pytest.param(PREFIX, "example.org/casino", "an.example.org/casino", False, id="of-a-subdomain"),
        pytest.param(PREFIX, "example.org/", "http://example.org/", True, id="all-of-a-site"),
        pytest.param(PATTERN, "/casino[0-9]+/", "casino[0-9]+", True, id="squidguard-expression"),
        pytest.param(PATTERN, "*lucky*", "*lucky*", True, id="a-wildcard-entry"),
        pytest.param(EntryKind.KEYWORD, "casino", "keyword:casino", True, id="keyword"),
        pytest.param(EntryKind.KEYWORD, "casino", "keyword:casinos", False, id="another-keyword"),
        pytest.param(EntryKind.PATH, "/casino/", "path:casino", True, id="path"),
        pytest.param(EntryKind.FILE_NAME, "*.msi", "file:*.msi", True, id="file-name"),
        pytest.param(EntryKind.ADDRESS, "192.0.2.0/24", "address:192.0.2.0/24", True, id="range"),
        pytest.param(EntryKind.ADDRESS, "192.0.2.0/24", "address:192.0.2.0/241", False, id="no-range"),
    ],
)
def test_a_text_holds_an_entry_and_not_its_likes(kind: EntryKind, entry: str, line: str, held: bool) -> None:
    text = f"# comment\nother.test\n{line}\nmore.test".encode()
    assert holds([text], kind, entry) is held
    assert holds(in_blocks(text, 7), kind, entry) is held
