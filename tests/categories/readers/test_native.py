"""Sluicegate's own format, and the document that describes it."""

import re
from pathlib import Path

import pytest

from categories.readers.native import MARK, NativeReader
from policy.words import EntryKind
from tests.categories.readers.reading import ADDRESS, BAD, HOST, PATTERN, PREFIX, Outcome, outcome

DOCUMENT = Path(__file__).parents[3] / "docs" / "lists-formats.md"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("example.org", [(HOST, "example.org")], id="host"),
        pytest.param("*.example.org", [(HOST, "example.org")], id="host-with-a-star"),
        pytest.param("Bücher.test  # why", [(HOST, "xn--bcher-kva.test")], id="host-and-comment"),
        pytest.param("192.0.2.7", [(HOST, "192.0.2.7")], id="address"),
        pytest.param("2001:db8::7", [(HOST, "2001:db8::7")], id="ipv6"),
        pytest.param("example.org/path", [(PREFIX, "example.org/path")], id="prefix"),
        pytest.param("https://www.example.org/Path/ # why", [(PREFIX, "example.org/path")], id="url"),
        pytest.param("example.org/", [(PREFIX, "example.org/")], id="one-host-alone"),
        pytest.param("*://*.example.*/bet*", [(PATTERN, "*.example.*/bet*")], id="wildcard"),
        pytest.param("*.example.org/bet*", [(PATTERN, "*.example.org/bet*")], id="wildcard-without-scheme"),
        pytest.param("casino*.test", [(PATTERN, "casino*.test")], id="wildcard-host"),
        pytest.param(r"/casino[0-9]+\.test/", [(PATTERN, r"/casino[0-9]+\.test/")], id="expression"),
        pytest.param("/a #b/", [(PATTERN, "/a #b/")], id="expression-with-a-mark"),
        pytest.param("path:/casino/", [(EntryKind.PATH, "/casino/")], id="path"),
        pytest.param("file: *.msi", [(EntryKind.FILE_NAME, "*.msi")], id="file"),
        pytest.param(
            "search:Fake number plates # why",
            [(EntryKind.SEARCH_TERM, "fake number plates")],
            id="search-term",
        ),
        pytest.param("keyword:online-casino # why", [(EntryKind.KEYWORD, "online-casino")], id="keyword"),
        pytest.param("address:192.0.2.0/24", [(ADDRESS, "192.0.2.0/24")], id="range"),
        pytest.param("# comment", [], id="comment"),
        pytest.param(MARK, [], id="the-mark"),
        pytest.param("", [], id="blank"),
        pytest.param("*.casino", [(HOST, "casino")], id="a-whole-suffix"),
        pytest.param("casino", BAD, id="one-word"),
        pytest.param("two words.test", BAD, id="two-words"),
        pytest.param("port:80", BAD, id="unknown-word"),
        pytest.param("/((/", BAD, id="broken-expression"),
        pytest.param("//", BAD, id="empty-expression"),
        pytest.param("*", BAD, id="everything"),
    ],
)
def test_a_line_of_our_own(line: str, found: Outcome) -> None:
    assert outcome(NativeReader(), line) == found


def test_it_is_known_by_its_first_line_alone() -> None:
    assert NativeReader.recognise([MARK, "bet.test"]) == 2
    assert NativeReader.recognise([f"{MARK} ", "bet.test"]) == 2
    assert NativeReader.recognise(["bet.test", MARK]) == 0
    assert NativeReader.recognise([]) == 0


def test_the_example_in_the_document_reads_as_it_says() -> None:
    """Every kind of entry stands in it, and no line of it is bad."""
    example = re.search(rf"```text\n({re.escape(MARK)}\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert example is not None
    reader = NativeReader()
    kinds = [kind for line in example[1].splitlines() for kind, _ in reader.read(line)]
    assert set(kinds) == set(EntryKind)
